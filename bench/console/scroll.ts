import type { Browser, Page } from 'playwright-core';
import { median } from '../bench.ts';
import type { Site } from '../console.bench.ts';
import type { Pair } from './paint.ts';

/** Frames that are looked at in a round. */
const FRAMES = 240;

/** Scrolls as a hand on a wheel does, further each frame, and tells how long each frame took, ms. */
const SCROLL = `new Promise((done) => {
  const scroller = document.querySelector('.scroll');
  const times = [];
  let before;
  let position = scroller.scrollHeight / 4;
  const step = (now) => {
    if (before !== undefined) times.push(now - before);
    before = now;
    if (times.length >= ${FRAMES}) return done(times);
    position += 150;
    scroller.scrollTop = position;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

/** The 95th percentile of frame times while 100,000 rows are scrolled, ours and those of bare react-virtual; paired. */
export async function frameTimes(
  browser: Browser,
  ours: Site,
  peer: Site,
  rounds: number,
): Promise<Pair & { frames: number }> {
  const list = await openAt(browser, ours, '/batches/1', '[role=rowgroup] [role=row]');
  const bare = await openAt(browser, peer, '/', '.row');
  const times: { ours: number; peer: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const one = { ours: await p95(list), peer: await p95(bare) };
    if (round > 0) times.push(one);
  }
  await list.context().close();
  await bare.context().close();
  return {
    ours: median(times.map((time) => time.ours)),
    peer: median(times.map((time) => time.peer)),
    ratios: times.map((time) => time.ours / time.peer),
    frames: FRAMES * rounds,
  };
}

async function openAt(browser: Browser, site: Site, path: string, row: string): Promise<Page> {
  const context = await browser.newContext({ storageState: site.cookies, viewport: { width: 1280, height: 768 } });
  const page = await context.newPage();
  await page.goto(`${site.origin}${path}`);
  await page.locator(row).nth(10).waitFor();
  return page;
}

async function p95(page: Page): Promise<number> {
  await page.bringToFront();
  const times = (await page.evaluate<number[]>(SCROLL)).sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.95)] ?? Number.NaN;
}
