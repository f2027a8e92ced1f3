import type { Browser, BrowserContextOptions } from 'playwright-core';
import { median } from '../bench.ts';
import type { Site } from '../console.bench.ts';

export interface Pair {
  /** Medians of the rounds. */
  ours: number;
  peer: number;
  /** Ours against the peer, round by round. */
  ratios: number[];
}

export type Cookies = NonNullable<BrowserContextOptions['storageState']>;

/** Tells when the sentence that says how things stand is on the screen: in the document, and painted. */
const WATCH = `(() => {
  const seen = () => [...document.querySelectorAll('main [role=status]')].some((e) => e.textContent.trim() !== '');
  const look = () => {
    if (!seen()) return requestAnimationFrame(look);
    // After the frame in which it stands: the next one begins when it has been painted.
    requestAnimationFrame(() => { globalThis.usefulAt = performance.now(); });
  };
  document.addEventListener('readystatechange', look, { once: true });
})()`;

/** Milliseconds from the start of navigation until a page is of use, with nothing in the browser's cache; paired. */
export async function firstPaint(browser: Browser, ours: Site, peer: Site, rounds: number): Promise<Pair> {
  const times: { ours: number; peer: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const one = { ours: await open(browser, ours), peer: await open(browser, peer) };
    // The first round warms the server and the system's cache.
    if (round > 0) times.push(one);
  }
  return {
    ours: median(times.map((time) => time.ours)),
    peer: median(times.map((time) => time.peer)),
    ratios: times.map((time) => time.ours / time.peer),
  };
}

/** Spends the one-time token; what it gave lets later contexts in. */
export async function letIn(browser: Browser, url: string): Promise<Cookies> {
  const context = await browser.newContext();
  await (await context.newPage()).goto(url);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function open(browser: Browser, site: Site): Promise<number> {
  const context = await browser.newContext({ storageState: site.cookies, viewport: { width: 1280, height: 768 } });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  await page.goto(`${site.origin}/`);
  const at = await page.evaluate<number>(
    'new Promise((done) => { const look = () => globalThis.usefulAt === undefined ? setTimeout(look, 5) : done(globalThis.usefulAt); look(); })',
  );
  await context.close();
  return at;
}
