import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/parts.ts';
import { ConsoleProcess, launchBrowser, Person, SIZES } from '../driver.ts';
import { Keys, Mouse } from './hands.ts';
import { Journey } from './journey.ts';
import { descendants, WorkerProcess } from './processes.ts';
import { SCREENS, visit } from './screens.ts';

const BATCH = 'Wave 1';
const LONG = 240_000;

describeWith('chromium', 'the way from nothing to a certificate', () => {
  let folder: string;
  let console_: ConsoleProcess;
  let second: WorkerProcess | undefined;
  let browser: Browser;
  let person: Person;
  let database: string;
  let journey: Journey;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-journey-'));
    database = `sqlite:${join(folder, 'home', 'transplant.db')}`;
    console_ = await ConsoleProcess.start(undefined, join(folder, 'home'));
    browser = await launchBrowser();
    person = await Person.at(browser, console_.url);
    const hands = process.env.TRANSPLANT_JOURNEY === 'keys' ? new Keys(person.page) : new Mouse(person.page);
    journey = new Journey(person, hands);
  });
  afterAll(async () => {
    await browser?.close();
    await second?.stop();
    await console_?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A step of the way; what the screen showed when it failed is kept. */
  const step = (title: string, go: () => Promise<void>) =>
    it(
      title,
      async () => {
        try {
          await go();
        } catch (error) {
          await person.picture(`failed-${title.replaceAll(/\W+/g, '-')}`);
          throw error;
        }
      },
      LONG,
    );

  step('sets a practice lab up', () => journey.firstRun());
  step('checks what the move needs', () => journey.preflight());
  step('reads both directories', () => journey.discover());
  step('measures the public folders', () => journey.measureFolders());
  step('matches, and decides what is doubtful', () => journey.match());
  step('prepares the directories, takes it back, and prepares them again', () => journey.prepare());
  step('plans waves', () => journey.planWaves(BATCH));
  step('runs, pauses, lets a worker in, and goes on when the other one is killed', () =>
    journey.run({
      anotherWorker: async () => {
        second = await WorkerProcess.start('second-worker', database, join(folder, 'second'));
        return second;
      },
      killWorker: async () => {
        const workers = descendants(console_.pid).filter(({ words }) => words.includes(' worker run '));
        expect(workers.length).toBeGreaterThan(0);
        for (const { pid } of workers) process.kill(pid, 'SIGKILL');
      },
    }),
  );
  step('cuts over', () => journey.cutOver(BATCH));
  step('compares every item and signs the certificate', () => journey.certify());
  step('signs the batch off', () => journey.signOff(BATCH));

  /** Colours are looked at in both schemes; the tree of a page does not change with the size of the window. */
  const LOOKS = [
    { size: 'smallest', scheme: 'light', axe: true },
    { size: 'smallest', scheme: 'dark', axe: true },
    { size: 'narrow', scheme: 'light', axe: false },
    { size: 'usual', scheme: 'light', axe: false },
    { size: 'large', scheme: 'dark', axe: false },
  ] as const;
  it.each(LOOKS)(
    'keeps nobody out and nothing out of sight: $size, $scheme',
    async ({ size, scheme, axe }) => {
      const found: string[] = [];
      await person.page.setViewportSize(SIZES[size]);
      await person.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const screen of axe ? SCREENS : SCREENS.filter(({ wide }) => wide)) {
        await visit(person, screen);
        const barriers = axe ? await lastingBarriers(person) : [];
        found.push(...[...barriers, ...(await person.outOfSight())].map((text) => `${screen.name}: ${text}`));
        if (await person.scrollsSideways()) found.push(`${screen.name} scrolls sideways`);
        await person.picture(`${screen.name}-${size}-${scheme}`);
      }
      expect(found).toEqual([]);
    },
    LONG,
  );

  it('made the page complain about nothing', () => {
    expect(person.complaints).toEqual([]);
  });
});

/** What axe-core finds again and again: a page that just changed its scheme is painted in two steps. */
async function lastingBarriers(person: Person): Promise<string[]> {
  let found = await person.barriers();
  for (let i = 0; i < 4 && found.length > 0; i++) found = await person.barriers();
  return found;
}
