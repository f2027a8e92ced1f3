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
const PAINTS = 15;
const SCROLLS = 5;
/** CONSOLE_PARTS leaves some of it out. */
const PARTS = (process.env.CONSOLE_PARTS ?? 'paint,scroll,day').split(',');

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
      await buildPages(peers, join(folder, peer), true, { main: join(peers, `${peer}.tsx`) });
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
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  if (PARTS.includes('paint')) {
    const { useful, ready } = await firstPaint(browser, sites.console, sites.empty, PAINTS);
    progress(`first useful paint: ${useful.ours.toFixed(0)} ms, empty page ${useful.peer.toFixed(0)} ms`);
    progress(`can be worked with: ${ready.ours.toFixed(0)} ms, empty page ${ready.peer.toFixed(0)} ms`);
    Object.assign(figures, { paintMs: useful.ours, emptyPaintMs: useful.peer, readyMs: ready.ours });
    Object.assign(ratios, { paint: median(useful.ratios), ready: median(ready.ratios) });
  }
  if (PARTS.includes('scroll')) {
    const scroll = await frameTimes(browser, sites.console, sites.rows, SCROLLS);
    progress(`p95 frame: ${scroll.ours.toFixed(1)} ms, bare ${scroll.peer.toFixed(1)} ms`);
    Object.assign(figures, { frameP95Ms: scroll.ours, bareFrameP95Ms: scroll.peer, framesSeen: scroll.frames });
    ratios.frameP95 = median(scroll.ratios);
  }
  if (PARTS.includes('day')) {
    const day = await memoryOfADay(launchBrowser, sites.console, progress);
    Object.assign(figures, {
      memoryTenMinutesMB: day.tenMinutes / 1e6,
      memoryDayMB: day.day / 1e6,
      nodesTenMinutes: day.nodesTenMinutes,
      nodesDay: day.nodesDay,
      updates: day.updates,
      daysGoneThrough: day.days,
    });
    ratios.memory = day.day / day.tenMinutes;
  }
  figures.load = loadavg()[0] ?? 0;
  const to = (digits: number, values: Record<string, number>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(digits))]));
  return {
    name: 'console',
    figures: to(1, figures),
    ratios: to(2, ratios),
    aims: { paint: 1.5, frameP95: 1.5, memory: 1.2 },
    skipped: [],
  };
}

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
