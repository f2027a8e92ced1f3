import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Site } from '../console.bench.ts';

/** Seconds that one reading of the running batch stands for: a day in minutes, each reading with all its answers. */
const STEP_S = 15;
const TEN_MINUTES = 600 / STEP_S;
const DAY = 86_400 / STEP_S;
/** The whole of it, ms; a machine that is too slow for a day tells what it reached instead. */
const PATIENCE_MS = 220_000;
/** A page that stands still for so long, ms, has ended. */
const STILL_MS = 20_000;

/**
 * Time in the page goes as fast as the page can work: pauses are a thousandth, the clock goes on by fifteen seconds with every
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
  Date.now = () => start + globalThis.updates * ${STEP_S * 1000};
  const real = globalThis.fetch.bind(globalThis);
  const known = new Map();
  // A turn of the event loop without the pause that timers have.
  const turn = () => new Promise((go) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); go(); };
    port2.postMessage(0);
  });
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
    await turn();
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
  /** Of the day, 1 when it was gone through. */
  days: number;
}

/**
 * What a console that stands on a running batch, with a drawer open, holds after ten minutes and after a day. It has a
 * browser of its own, and a second one where the first ends before the day does.
 * @throws Error when the second one ends too
 */
export async function memoryOfADay(
  launch: () => Promise<Browser>,
  site: Site,
  progress: (text: string) => void,
): Promise<Day> {
  for (let again = true; ; again = false) {
    const browser = await launch();
    try {
      return await day(browser, site, progress);
    } catch (error) {
      if (!again || (browser.isConnected() && !(error instanceof Stopped))) throw error;
      progress(`once more: ${String(error)}`);
    } finally {
      await browser.close();
    }
  }
}

class Stopped extends Error {}

async function day(browser: Browser, site: Site, progress: (text: string) => void): Promise<Day> {
  const end = performance.now() + PATIENCE_MS;
  const context = await browser.newContext({ storageState: site.cookies, viewport: { width: 1280, height: 768 } });
  const page = await context.newPage();
  await page.addInitScript(FAST);
  await page.goto(`${site.origin}/batches/1?row=2&sort=name`);
  const session = await context.newCDPSession(page);
  await updatesReach(page, TEN_MINUTES, end);
  const early = await held(session);
  progress(`after ten minutes: ${(early.heap / 1e6).toFixed(1)} MB`);
  const reached = await updatesReach(page, DAY, end);
  const late = await held(session);
  progress(`after ${(reached / DAY).toFixed(2)} days: ${(late.heap / 1e6).toFixed(1)} MB`);
  return {
    tenMinutes: early.heap,
    day: late.heap,
    nodesTenMinutes: early.nodes,
    nodesDay: late.nodes,
    updates: reached,
    days: reached / DAY,
  };
}

/** @throws Stopped when the page does nothing any more */
async function updatesReach(page: Page, wanted: number, deadline: number): Promise<number> {
  let last = { updates: -1, at: performance.now() };
  for (;;) {
    const updates = await page.evaluate<number>('globalThis.updates');
    if (updates >= wanted || performance.now() > deadline) return updates;
    if (updates !== last.updates) last = { updates, at: performance.now() };
    else if (performance.now() - last.at > STILL_MS) throw new Stopped(`the page stopped after ${updates} readings`);
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
