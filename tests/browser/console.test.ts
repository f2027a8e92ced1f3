import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../core/store/store.ts';
import { describeWith } from '../support/parts.ts';
import { ConsoleProcess, launchBrowser, Person, SIZES } from './driver.ts';
import { HOSTILE, makeProject } from './project.ts';

const MEMBERS = 5_000;

/** Waits for a value; the deadline is far off, because a busy machine is no fault of the console. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describeWith('chromium', 'the console in a browser', () => {
  let folder: string;
  let store: Store;
  let console_: ConsoleProcess;
  let browser: Browser;
  let person: Person;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-browser-'));
    const database = `sqlite:${join(folder, 'x.db')}`;
    store = await makeProject(database, MEMBERS);
    console_ = await ConsoleProcess.start(database, join(folder, 'home'));
    browser = await launchBrowser();
    person = await Person.at(browser, console_.url);
  });
  afterAll(async () => {
    await browser?.close();
    await console_?.stop();
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes its token once, and nobody else in', async () => {
    const second = await Person.at(browser, console_.url);
    expect(await second.page.locator('body').innerText()).toContain('has been used');
    await second.page.goto(`${console_.origin}/batches`);
    expect(await second.page.locator('body').innerText()).toContain('Open the link');
    await second.leave();
  });

  it('does not let a page of another origin read or do anything', async () => {
    const { page } = await Person.at(browser, 'about:blank');
    await page.route('https://evil.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<p>evil</p>' }),
    );
    await page.goto('https://evil.example/');
    const tried = await page.evaluate(async (origin) => {
      const read = await fetch(`${origin}/api/batches.list`, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      );
      const opaque = await fetch(`${origin}/api/batches.act`, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
        body: '{"batch":1,"action":"undo"}',
      }).then(
        () => 'sent',
        () => 'refused',
      );
      return { read, opaque };
    }, console_.origin);
    expect(tried.read).toBe('refused');
    const row = await store.db.selectFrom('batch').select('state').executeTakeFirstOrThrow();
    expect(row.state).toBe('syncing');
    await page.close();
  });

  it('shows the project, the database and a sentence of how things stand', async () => {
    await person.goTo('/batches');
    await eventually(() => person.rows()).toEqual(['Wave 4']);
    // Head, list and sentence come with answers of their own.
    const header = () => person.page.locator('header').innerText();
    await eventually(header).toContain('Northwind to Fabrikam');
    await eventually(header).toContain('sqlite:');
    await eventually(() => person.page.getByRole('main').getByRole('status').innerText()).toBe(
      '1 batch; 1 is running.',
    );
  });

  it('opens a batch, finds people, and keeps what is seen in the address', async () => {
    await person.openBatch('Wave 4');
    await eventually(() => person.rows().then((rows) => rows.length)).toBeGreaterThan(10);
    await person.search('ørsted, søren 4');
    await eventually(() => person.rows()).toContain('Ørsted, Søren 4009');
    expect(person.page.url()).toContain('q=');
    await person.page.reload();
    await eventually(() => person.rows()).toContain('Ørsted, Søren 4009');
    await person.search('');
    await person.chooseState('Needs decision');
    await eventually(() => person.rows()).toHaveLength(1);
    await person.chooseState('Needs decision');
  });

  it('opens a drawer with folders, bad items and history, walks rows with arrows, and closes with Escape', async () => {
    await person.goTo('/batches/1?row=2');
    const drawer = person.drawer();
    await drawer.getByText('Projects').waitFor();
    await drawer.getByText('A/B').waitFor();
    await drawer.getByRole('tab', { name: 'Bad items' }).click();
    await drawer.getByText('AAMkADk5-bad-item').waitFor();
    await person.page.getByRole('grid').focus();
    await person.page.keyboard.press('ArrowDown');
    await eventually(() => person.page.url()).not.toContain('row=2');
    await person.page.keyboard.press('Escape');
    await eventually(() => person.page.url()).not.toContain('row=');
    await person.page.goBack();
  });

  it('is worked with the keyboard alone', async () => {
    await person.goTo('/batches');
    await person.page.getByRole('grid').waitFor();
    await person.page.getByRole('grid').focus();
    await person.page.keyboard.press('Enter');
    await person.page.getByRole('heading', { name: 'Wave 4' }).waitFor();
    const seen: string[] = [];
    for (let i = 0; i < 40 && !seen.includes('Pause'); i++) {
      await person.page.keyboard.press('Tab');
      seen.push(await person.focused());
    }
    expect(seen).toContain('Pause');
    await person.page.keyboard.press('Enter');
    await person.page.getByText(/members paused/).waitFor();
    const { state } = await store.db.selectFrom('batch').select('state').executeTakeFirstOrThrow();
    expect(['held', 'cuttingOver', 'failed', 'decision']).toContain(state);
    await person.page.getByRole('button', { name: 'More actions' }).press('Enter');
    await person.page.getByRole('menuitem', { name: 'Go on' }).press('Enter');
    await person.page.getByText(/members started/).waitFor();
  });

  it('shows hostile names as text, in place, and its policy is never tripped', async () => {
    await person.goTo('/batches/1');
    for (const name of HOSTILE.slice(0, 2)) {
      await person.search(name.slice(0, 12));
      await eventually(() => person.rows()).toContain(name);
    }
    await person.search('');
    const heights = await person.page
      .locator('[role=rowgroup] [role=row]')
      .evaluateAll((rows) => rows.map((row) => row.clientHeight));
    expect(new Set(heights).size).toBe(1);
    expect(await person.page.title()).toBe('Transplant');
    expect(await person.scrollsSideways()).toBe(false);
  });

  it('jumps to the end of a long list at once', async () => {
    await person.goTo('/batches/1?sort=name');
    await eventually(() => person.rows().then((rows) => rows.length)).toBeGreaterThan(10);
    await person.page.getByRole('grid').focus();
    await person.page.keyboard.press('End');
    await eventually(() => person.rows().then((rows) => rows.at(-1))).toBe(HOSTILE[4]);
    const shown = await person.page.locator('[role=rowgroup] [role=row]').count();
    expect(shown).toBeLessThan(60);
  });

  it('has nothing serious to say against it for axe-core, in light and dark', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      await person.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const place of ['/batches', '/batches/1', '/batches/1?row=2']) {
        await person.goTo(place);
        await person.page.getByRole('grid').waitFor();
        await eventually(() => person.rows().then((rows) => rows.length)).toBeGreaterThan(0);
        // A page that just changed its scheme is painted in two steps; what stays is what counts.
        await eventually(async () => (await person.barriers()).map((found) => `${place} ${scheme}: ${found}`)).toEqual(
          [],
        );
      }
    }
  });

  it('fits every size, in light and dark', async () => {
    for (const [name, size] of Object.entries(SIZES)) {
      for (const scheme of ['light', 'dark'] as const) {
        await person.page.setViewportSize(size);
        await person.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await person.goTo('/batches/1?row=2');
        await person.drawer().getByText('Projects').waitFor();
        await eventually(() => person.rows().then((rows) => rows.length)).toBeGreaterThan(5);
        expect(await person.outOfSight()).toEqual([]);
        await person.picture(`batch-${name}-${scheme}`);
      }
    }
  });

  it('says how things stand before the program has been read, in the place where the program says it, to nobody that presses', async () => {
    const { page } = person;
    const program = /assets\/index-.*\.js$/;
    const { promise: held, resolve: read } = Promise.withResolvers<void>();
    await page.route(program, async (route) => {
      await held;
      await route.continue();
    });
    try {
      await page.evaluate(`localStorage.setItem('mui-mode', 'dark')`);
      await page.goto(console_.origin, { waitUntil: 'commit' });
      const sentence = page.locator('main [role=status]').first();
      await eventually(() => sentence.textContent()).toMatch(/1 batch is running/);
      expect(await page.locator('html').getAttribute('data-scheme')).toBe('dark');
      const reached = `(document.querySelector('nav a').focus(), document.activeElement !== document.body)`;
      expect(await page.evaluate(reached)).toBe(false);
      const places = () => Promise.all([sentence.boundingBox(), page.locator('nav a').nth(5).boundingBox()]);
      const before = await places();
      read();
      await page.locator('#root > [inert]').waitFor({ state: 'detached' });
      await eventually(places).toEqual(before);
      expect(await page.evaluate(reached)).toBe(true);
      // The program keeps the choice in the same place.
      expect(await page.locator('html').getAttribute('data-scheme')).toBe('dark');
      await page.getByRole('button', { name: 'Light colours' }).waitFor();
    } finally {
      read();
      await page.unroute(program);
      await page.evaluate(`localStorage.removeItem('mui-mode')`);
    }
  });

  it('made the page complain about nothing', () => {
    expect(person.complaints).toEqual([]);
  });
});
