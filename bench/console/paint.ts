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

export interface Paint {
  /** When the sentence that says how things stand is on the screen. */
  useful: Pair;
  /** When that can be worked with, too. */
  ready: Pair;
}

/**
 * Tells when the sentence is on the screen, in the document and painted, and when it is so in what the program has drawn:
 * a first screen that came with the page is inert.
 */
const WATCH = `(() => {
  const watch = (selector, name) => {
    const seen = () => [...document.querySelectorAll(selector)].some((e) => e.textContent.trim() !== '');
    const look = () => {
      if (!seen()) return requestAnimationFrame(look);
      // After the frame in which it stands: the next one begins when it has been painted.
      requestAnimationFrame(() => { globalThis[name] = performance.now(); });
    };
    document.addEventListener('readystatechange', look, { once: true });
  };
  watch('main [role=status]', 'usefulAt');
  watch('#root > :not([inert]) [role=status]', 'readyAt');
})()`;

/** Milliseconds from the start of navigation until a page is of use, with nothing in the browser's cache; paired. */
export async function firstPaint(browser: Browser, ours: Site, peer: Site, rounds: number): Promise<Paint> {
  const times: { ours: Times; peer: Times }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const one = { ours: await open(browser, ours), peer: await open(browser, peer) };
    // The first round warms the server and the system's cache.
    if (round > 0) times.push(one);
  }
  const pair = (name: keyof Times): Pair => ({
    ours: median(times.map((time) => time.ours[name])),
    peer: median(times.map((time) => time.peer[name])),
    ratios: times.map((time) => time.ours[name] / time.peer[name]),
  });
  return { useful: pair('useful'), ready: pair('ready') };
}

interface Times {
  useful: number;
  ready: number;
}

/** Spends the one-time token; what it gave lets later contexts in. */
export async function letIn(browser: Browser, url: string): Promise<Cookies> {
  const context = await browser.newContext();
  await (await context.newPage()).goto(url);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function open(browser: Browser, site: Site): Promise<Times> {
  const context = await browser.newContext({ storageState: site.cookies, viewport: { width: 1280, height: 768 } });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  await page.goto(`${site.origin}/`);
  const at = await page.evaluate<Times>(
    `new Promise((done) => {
      const look = () =>
        globalThis.readyAt === undefined
          ? setTimeout(look, 5)
          : done({ useful: globalThis.usefulAt, ready: globalThis.readyAt });
      look();
    })`,
  );
  await context.close();
  return at;
}
