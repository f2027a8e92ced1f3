import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { buildPages, buildRenderer } from '../build/build.ts';
import { type ConsoleServer, serveConsole } from '../cli/console-server.ts';
import type { Store } from '../core/store/store.ts';
import { launchBrowser } from '../tests/browser/driver.ts';
import { makeProject } from '../tests/browser/project.ts';
import { type BenchRun, median } from './bench.ts';
import { memoryOfADay } from './console/day.ts';
import { type Cookies, firstPaint, letIn } from './console/paint.ts';
import { frameTimes } from './console/scroll.ts';

const ROWS = 100_000;
const PAINTS = 9;
const SCROLLS = 5;

const root = join(import.meta.dirname, '..');

export interface Site {
  /** Where it is served, and what lets a browser in: its token works once. */
  origin: string;
  cookies: Cookies;
}

/**
 * The console against the least that React and MUI can do: first useful paint against an empty page of the same build,
 * frame times while 100,000 rows are scrolled against bare @tanstack/react-virtual, and memory after a day of updates
 * against memory after ten minutes. Rounds of both sides are paired, medians of their ratios count.
 */
export const run: BenchRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  const open: { close(): Promise<unknown> }[] = [];
  try {
    progress(`filling ${ROWS} rows`);
    const store = await makeProject(`sqlite:${join(folder, 'x.db')}`, ROWS);
    open.push(store);
    await buildRenderer(join(folder, 'console'), true);
    for (const peer of ['empty', 'rows']) {
      const peers = join(root, 'renderer', 'peers');
      await buildPages(peers, join(folder, peer), true, join(peers, `${peer}.tsx`));
    }
    const browser = await launchBrowser();
    open.push(browser);
    const serve = async (name: string): Promise<Site> => {
      const server = await serveFolder(store, join(folder, name));
      open.push(server);
      return { origin: new URL(server.url).origin, cookies: await letIn(browser, server.url) };
    };
    const [console_, empty, rows] = [await serve('console'), await serve('empty'), await serve('rows')];
    return await measure(browser, { console: console_, empty, rows }, progress);
  } finally {
    for (const one of open.toReversed()) await one.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measure(
  browser: Browser,
  sites: Record<'console' | 'empty' | 'rows', Site>,
  progress: (text: string) => void,
) {
  const paint = await firstPaint(browser, sites.console, sites.empty, PAINTS);
  progress(`first useful paint: ${paint.ours.toFixed(0)} ms, empty page ${paint.peer.toFixed(0)} ms`);
  const scroll = await frameTimes(browser, sites.console, sites.rows, SCROLLS);
  progress(`p95 frame: ${scroll.ours.toFixed(1)} ms, bare ${scroll.peer.toFixed(1)} ms`);
  const day = await memoryOfADay(launchBrowser, sites.console, progress);
  const figures = {
    paintMs: paint.ours,
    emptyPaintMs: paint.peer,
    frameP95Ms: scroll.ours,
    bareFrameP95Ms: scroll.peer,
    framesSeen: scroll.frames,
    memoryTenMinutesMB: day.tenMinutes / 1e6,
    memoryDayMB: day.day / 1e6,
    nodesTenMinutes: day.nodesTenMinutes,
    nodesDay: day.nodesDay,
    updates: day.updates,
    daysGoneThrough: day.days,
    load: loadavg()[0] ?? 0,
  };
  return {
    name: 'console',
    figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toFixed(1))])),
    ratios: {
      paint: rounded(median(paint.ratios)),
      frameP95: rounded(median(scroll.ratios)),
      memory: rounded(day.day / day.tenMinutes),
    },
    aims: { paint: 1.5, frameP95: 1.5, memory: 1.2 },
    skipped: [],
  };
}

const rounded = (value: number) => Number(value.toFixed(2));

async function serveFolder(store: Store, rendererFolder: string): Promise<ConsoleServer> {
  const keyring = () => Promise.reject(new Error('a list needs no key'));
  return await serveConsole(
    {
      rendererFolder,
      context: (correlation) => ({ store, actor: { user: 'bench', host: 'bench' }, correlation, keyring }),
      onUnexpected: (error) => process.stderr.write(`${String(error)}\n`),
    },
    0,
  );
}
