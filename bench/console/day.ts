import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Site } from '../console.bench.ts';

/** A running batch is read once a second; that often in ten minutes and in a day. */
const TEN_MINUTES = 600;
const DAY = 86_400;
/** A machine that is too slow for a day tells what it reached instead, ms. */
const PATIENCE_MS = 300_000;

/**
 * Time in the page goes as fast as the page can work: pauses are a thousandth, the clock goes on by a second with every
 * reading of the batch, and every answer differs from the one before. The first answer of each kind is the service's
 * own; later ones are made from it here, so that the page is what is measured.
 */
const FAST = `(() => {
  const later = globalThis.setTimeout.bind(globalThis);
  const every = globalThis.setInterval.bind(globalThis);
  globalThis.setTimeout = (work, ms = 0, ...more) => later(work, ms / 1000, ...more);
  globalThis.setInterval = (work, ms = 0, ...more) => every(work, ms / 1000, ...more);
  const start = Date.now();
  globalThis.updates = 0;
  Date.now = () => start + globalThis.updates * 1000;
  const real = globalThis.fetch.bind(globalThis);
  const known = new Map();
  const grow = {
    'batches.show': (batch) => {
      globalThis.updates++;
      batch.now = Date.now();
      batch.totals.itemsDone += globalThis.updates % 1000;
      batch.totals.byState.syncing = (globalThis.updates % 7) + 1;
    },
    'batches.lines': ({ lines }) => lines.forEach((line, i) => { line.itemsDone = (globalThis.updates * 3 + i * 17) % (line.itemsTotal + 1); }),
    'batches.workload': (one) => { one.itemsDone = globalThis.updates % (one.itemsTotal + 1); },
    'status.events': (page) => {
      page.cursor += 3;
      page.events = [1, 2, 3].map((i) => ({ id: page.cursor - i, kind: 'workload.state', at: Date.now() }));
    },
  };
  globalThis.fetch = async (url, options) => {
    const name = /\\/api\\/([\\w.]+)/.exec(String(url))?.[1];
    if (!name || (options?.method ?? 'GET') !== 'GET') return await real(url, options);
    const key = name === 'status.events' ? name : String(url);
    if (!known.has(key)) {
      if (known.size > 200) known.clear();
      const asked = name === 'status.events' ? String(url).replace(/%22waitMs%22%3A\\d+/, '%22waitMs%22%3A0') : url;
      known.set(key, await (await real(asked, options)).text());
    }
    const answer = JSON.parse(known.get(key));
    if (answer.result) grow[name]?.(answer.result.data);
    await new Promise((go) => later(go, 0));
    return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } });
  };
})()`;

export interface Day {
  /** Bytes of the page's heap after everything that is not needed was thrown away. */
  tenMinutes: number;
  day: number;
  nodesTenMinutes: number;
  nodesDay: number;
  updates: number;
}

/** What a console that stands on a running batch, with a drawer open, holds after ten minutes and after a day. */
export async function memoryOfADay(browser: Browser, site: Site, progress: (text: string) => void): Promise<Day> {
  const context = await browser.newContext({
    storageState: site.cookies,
    viewport: { width: 1280, height: 768 },
  });
  const page = await context.newPage();
  await page.addInitScript(FAST);
  await page.goto(`${site.origin}/batches/1?row=2&sort=name`);
  const session = await context.newCDPSession(page);
  await updatesReach(page, TEN_MINUTES, performance.now() + PATIENCE_MS);
  const early = await held(session);
  progress(`after ten minutes: ${(early.heap / 1e6).toFixed(1)} MB`);
  const reached = await updatesReach(page, DAY, performance.now() + PATIENCE_MS);
  const late = await held(session);
  progress(`after ${reached} updates: ${(late.heap / 1e6).toFixed(1)} MB`);
  await context.close();
  return {
    tenMinutes: early.heap,
    day: late.heap,
    nodesTenMinutes: early.nodes,
    nodesDay: late.nodes,
    updates: reached,
  };
}

async function updatesReach(page: Page, wanted: number, deadline: number): Promise<number> {
  for (;;) {
    const now = await page.evaluate<number>('globalThis.updates');
    if (now >= wanted || performance.now() > deadline) return now;
    await page.waitForTimeout(500);
  }
}

async function held(session: CDPSession): Promise<{ heap: number; nodes: number }> {
  // Twice: what a finalizer lets go of is free after the second time.
  for (let i = 0; i < 2; i++) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  return { heap: usedSize, nodes };
}
