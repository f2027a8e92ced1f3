import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleProcess, launchBrowser, Person } from '../tests/browser/driver.ts';
import { Mouse } from '../tests/browser/journey/hands.ts';
import { Journey } from '../tests/browser/journey/journey.ts';

/** The pictures of README and docs, taken of a practice lab on its way: `npm run screenshots`. */

const images = join(import.meta.dirname, '..', 'docs', 'images');
const BATCH = 'Wave 1';

/** Pictures of a finished project, each with its scheme and the text that says it has been read. */
const PICTURES = [
  { name: 'overview', path: '/', says: 'Last entries of the audit log', scheme: 'light' },
  { name: 'batch', path: '/batches/1?row=4', says: 'Only folders with work left', scheme: 'dark' },
  { name: 'cutover', path: '/batches/1?tab=cutover', says: 'Turn mail flow', scheme: 'light' },
  { name: 'folders', path: '/public-folders?side=sizes&depth=2', says: /folders with/, scheme: 'light' },
] as const;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-screenshots-'));
  const console_ = await ConsoleProcess.start(undefined, join(folder, 'home'));
  const browser = await launchBrowser();
  try {
    const person = await Person.at(browser, console_.url);
    mkdirSync(images, { recursive: true });
    const keep = async (name: string) => {
      await person.page.screenshot({ path: join(images, `${name}.png`) });
      process.stderr.write(`${name}.png\n`);
    };
    // The journey's own pictures of the steps on the way are of use as well.
    const wanted: Record<string, string> = {
      'journey-05-conflict': 'match',
      'journey-07-waves': 'waves',
      'journey-12-certificate': 'certificate',
    };
    person.onPicture = async (name) => {
      const as = wanted[name];
      if (as === undefined) return;
      // Of the waves it is the picture of who shares with whom that says something.
      if (as === 'waves') await person.page.locator('.react-flow').scrollIntoViewIfNeeded();
      await keep(as);
    };
    const journey = new Journey(person, new Mouse(person.page));
    await journey.firstRun();
    await journey.preflight();
    await journey.discover();
    await journey.measureFolders();
    await journey.match();
    await journey.prepare();
    await journey.planWaves(BATCH);
    await journey.run({});
    await journey.cutOver(BATCH);
    await journey.certify();
    for (const { name, path, says, scheme } of PICTURES) {
      await person.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await person.moveTo(path);
      await person.page.getByText(says).first().waitFor();
      await person.page.waitForTimeout(500);
      await keep(name);
    }
  } finally {
    await browser.close();
    await console_.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) await main();
