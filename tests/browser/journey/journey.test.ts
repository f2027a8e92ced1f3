import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/parts.ts';
import { ConsoleProcess, LOOKS, launchBrowser, Person, SIZES } from '../driver.ts';
import { Keys, Mouse } from './hands.ts';
import { Journey } from './journey.ts';
import { descendants, WorkerProcess } from './processes.ts';
import { DIALOGS, SCREENS, visit } from './screens.ts';

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
    person.everywhere = process.env.TRANSPLANT_JOURNEY !== 'keys';
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
  step('finds the address of Exchange', () => journey.findExchange());
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

  /**
   * axe-core looks at every screen at the smallest size in both schemes, and at each in one more size and scheme, by turns;
   * `npm run soak -- looks` has it look at all of them everywhere. A narrow window is looked at for things out of sight.
   */
  const all = process.env.TRANSPLANT_LOOKS === 'all';
  const turns = LOOKS.filter(({ size }) => size !== 'smallest');
  it.each([{ size: 'narrow', scheme: 'light' } as const, ...LOOKS])(
    'keeps nobody out and nothing out of sight: $size, $scheme',
    async ({ size, scheme }) => {
      const found: string[] = [];
      await person.page.setViewportSize(SIZES[size]);
      await person.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [i, screen] of SCREENS.entries()) {
        const turn = turns[i % turns.length];
        const axe = all || size === 'smallest' || (turn?.size === size && turn.scheme === scheme);
        const wanted = axe || (screen.wide && (size === 'narrow' || (size === 'usual') === (scheme === 'light')));
        if (!wanted) continue;
        await visit(person, screen);
        const barriers = axe ? await person.lastingBarriers() : [];
        found.push(...[...barriers, ...(await person.outOfSight())].map((text) => `${screen.name}: ${text}`));
        if (await person.scrollsSideways()) found.push(`${screen.name} scrolls sideways`);
        await person.picture(`${screen.name}-${size}-${scheme}`);
      }
      expect(found).toEqual([]);
    },
    LONG,
  );

  it.each(DIALOGS)(
    'keeps nobody out of what opens over a screen: $name',
    async ({ name, path, says, open }) => {
      await person.page.setViewportSize(SIZES.smallest);
      await person.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await visit(person, { name, path, says });
      await open(person.page);
      await person.page.locator('[role=dialog], [role=menu]').first().waitFor();
      expect(await person.look(`over-${name}`)).toEqual([]);
      await person.page.keyboard.press('Escape');
    },
    LONG,
  );

  it('made the page complain about nothing', () => {
    expect(person.complaints).toEqual([]);
  });
});
