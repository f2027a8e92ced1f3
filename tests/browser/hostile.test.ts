import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameKey } from '../../core/domain/name-key.ts';
import { appendAudit } from '../../core/store/audit.ts';
import { insertMany } from '../../core/store/bulk.ts';
import { addFolderStats, finishScan } from '../../core/store/public-folder-stats.ts';
import { type Exported, LdifProject, mailbox } from '../directory/ldif-project.ts';
import { describeWith } from '../support/parts.ts';
import { ConsoleProcess, launchBrowser, Person } from './driver.ts';
import { HOSTILE } from './project.ts';

const NAMES = HOSTILE.filter((name) => name.trim() !== '').map((name) => name.replaceAll('\0', ''));
const [MARKUP = '', , RIGHT_TO_LEFT = ''] = NAMES;
const FIELDS = [
  'displayName',
  'givenName',
  'sn',
  'department',
  'company',
  'title',
  'description',
  'info',
  'l',
  'physicalDeliveryOfficeName',
  'extensionAttribute1',
];

/** Screens that show what came from a directory, a mailbox or a machine. */
const PLACES = [
  '/',
  '/forests',
  '/recipients',
  '/recipients?row=1',
  '/recipients?side=target',
  '/recipients?side=target&row=9',
  '/matches',
  '/matches?row=1',
  '/matches?row=3',
  '/prepare',
  '/prepare?row=1',
  '/prepare?row=3',
  '/plan',
  '/plan?tab=waves',
  '/plan?tab=timeline',
  '/batches',
  '/batches/1',
  '/batches/1?row=1',
  '/batches/1?row=3',
  '/batches/1?tab=cutover',
  '/batches/1?tab=mails',
  '/public-folders',
  '/public-folders?side=sizes',
  '/public-folders?side=target',
  '/workers',
  '/workers?row=1',
  '/workers?row=2',
  '/reports',
  '/reports?tab=members',
  '/reports?tab=findings',
  '/reports?tab=badItems',
  '/notifications',
  '/audit',
  '/audit?row=1',
  '/settings',
];

/** In the page: text with direction marks that shares its paragraph with other text and is not held apart from it. */
const SPILLING = `(() => {
  const inline = (style) => style.display.startsWith('inline') && style.display !== 'inline-block' && style.display !== 'inline-flex' && style.display !== 'inline-grid' || style.display === 'contents';
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!/[\\u202A-\\u202E\\u2066\\u2067]/.test(node.data)) continue;
    let element = node.parentElement;
    let apart = false;
    while (element && !apart) {
      const style = getComputedStyle(element);
      if (/isolate|plaintext/.test(style.unicodeBidi) && (element.textContent === node.data || inline(style) || element.childNodes.length === 1)) apart = true;
      if (!inline(style)) break;
      element = element.parentElement;
    }
    const held = /^[^\\u202A-\\u202E]*$/.test(node.data.replaceAll(/\\u2068[^\\u2069]*[\\u2069]+/g, ''));
    if (!apart && !held && element && element.textContent.trim() !== node.data.trim()) found.push(element.outerHTML.slice(0, 160));
    else if (!apart && !held && element && !/^[\\u202A-\\u202E\\u2066-\\u2069]/.test(node.data.trim())) found.push('within: ' + node.data.slice(0, 120));
  }
  return found;
})()`;

/** Rows of long lists that are higher or lower than the others. */
const ROWS = `[...new Set([...document.querySelectorAll('[role=rowgroup] [role=row]')].map((row) => row.clientHeight))]`;

describeWith('chromium', 'names that mean harm, on every screen that shows names', () => {
  let folder: string;
  let project: LdifProject;
  let console_: ConsoleProcess;
  let browser: Browser;
  let person: Person;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-hostile-'));
    const url = `sqlite:${join(folder, 'x.db')}`;
    project = await makeProject(url);
    console_ = await ConsoleProcess.start(url, join(folder, 'home'));
    browser = await launchBrowser();
    person = await Person.at(browser, console_.url);
    await person.page.addInitScript(`globalThis.tripped = [];
      document.addEventListener('securitypolicyviolation', (event) => tripped.push(event.violatedDirective + ' ' + event.sourceFile));`);
  });
  afterAll(async () => {
    await browser?.close();
    await console_?.stop();
    await project?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is wrong with the screen as it stands. */
  async function faults(place: string): Promise<string[]> {
    const { page } = person;
    await page.locator('main [role=status]').first().waitFor();
    await page.locator('.MuiSkeleton-root').first().waitFor({ state: 'detached' });
    await page.locator('[role=row] .waiting').first().waitFor({ state: 'detached' });
    if (place.includes('row=')) await person.drawer().getByRole('heading').first().waitFor();
    const found = [...(await page.evaluate<string[]>(SPILLING)), ...(await person.outOfSight())];
    if ((await page.title()) !== 'Transplant') found.push('a script ran');
    if ((await page.locator('main img, main script, main iframe').count()) > 0) found.push('markup became elements');
    if (await person.scrollsSideways()) found.push('scrolls sideways');
    const heights = await page.evaluate<number[]>(ROWS);
    if (heights.length > 1) found.push(`rows of ${heights.join(' and ')} px`);
    found.push(...(await page.evaluate<string[]>('globalThis.tripped ?? []')));
    return found.map((text) => `${place}: ${text}`);
  }

  it('shows them as text, in place and held apart, and trips no policy', async () => {
    const found: string[] = [];
    await person.goTo('/');
    for (const place of PLACES) {
      await person.moveTo(place);
      found.push(...(await faults(place)));
      await person.page.screenshot({
        path: join(
          import.meta.dirname,
          '..',
          '..',
          'artefacts',
          'screens',
          `hostile-${place.replaceAll(/\W+/g, '-')}.png`,
        ),
      });
    }
    expect(found).toEqual([]);
  });

  it.each([
    '/recipients',
    '/recipients?side=target',
    '/matches?row=1',
    '/batches/1',
    '/public-folders?side=sizes',
    '/workers',
    '/audit',
  ])('shows the markup itself: %s', async (place) => {
    await person.moveTo(place);
    await person.page.getByText(MARKUP).first().waitFor();
  });

  it('finds them in the palette, and says them in the line of what was done', async () => {
    const { page } = person;
    for (const name of [MARKUP, RIGHT_TO_LEFT]) {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill(name.slice(0, 10));
      await page.getByRole('option', { name: name.trim() }).first().waitFor();
      expect(await page.evaluate<string[]>(SPILLING)).toEqual([]);
      await page.keyboard.press('Escape');
    }
    await person.goTo('/workers?row=3');
    await person.drawer().getByRole('button', { name: 'Drain' }).click();
    await page.locator('footer').getByText('\u2068gnp.exe right\u2069 finishes').waitFor();
    expect(await faults('toast')).toEqual([]);
  });

  it('made the page complain about nothing', () => {
    // There is no Exchange server here: the tree itself cannot be read, and says so in its place.
    expect(person.complaints.filter((text) => !text.includes('/publicFolders.'))).toEqual([]);
  });
});

const inDn = (text: string) =>
  text.slice(0, 60).replaceAll(/[,+"\\<>;=#]/g, (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

function person_(name: string, i: number, side: 'source' | 'target'): Exported {
  const fields = Object.fromEntries(
    FIELDS.map((field) => [field, side === 'target' && field === 'department' ? `${name} too` : name]),
  );
  return {
    ...mailbox(`Person ${i}`, side, { ...fields, employeeID: i % 2 === 0 ? `E${i}` : `${side}${i}` }),
    dn: `CN=${inDn(name)}${i},OU=${inDn(RIGHT_TO_LEFT)},DC=${side},DC=example`,
  } as Exported;
}

/** Everything that has a name has one of these. */
async function makeProject(url: string): Promise<LdifProject> {
  const project = await LdifProject.open(
    NAMES.map((name, i) => person_(name, i, 'source')),
    NAMES.map((name, i) => person_(name, i, 'target')),
    url,
  );
  const { store, api } = project;
  await api.match.run({});
  await api.prepare.plan({});
  await api.batches.create({
    name: RIGHT_TO_LEFT.trim().slice(0, 60),
    choice: { kind: 'all' },
    publicFolders: [`/${MARKUP.replaceAll('/', '')}`],
  });
  const now = Date.now();
  await insertMany(
    store,
    store.db,
    'folder',
    NAMES.map((name, i) => ({
      workload_id: 1,
      source_key: String(i),
      source_id: `folder-${i}`,
      path: `/${encodeURIComponent(name)}`,
      folder_class: 'IPF.Note',
      state: 'syncing',
      facts: '{}',
      items_total: 10,
      items_done: 5,
      items_bad: 1,
      bytes_done: 1,
      updated_at: now,
    })),
  );
  await insertMany(
    store,
    store.db,
    'bad_item',
    NAMES.map((name, i) => ({
      workload_id: 1,
      folder_path: `/${encodeURIComponent(name)}`,
      source_key: new Uint8Array(16).fill(i),
      source_id: `item-${i}`,
      item_class: name.slice(0, 100),
      size: 1,
      reason: 'corrupt',
      message: name.slice(0, 1_000),
      state: 'open',
      updated_at: now,
    })),
  );
  await addFolderStats(
    store,
    1,
    NAMES.map((name, i) => ({
      key: String(i),
      id: String(i),
      parentKey: null,
      path: `/${encodeURIComponent(name)}`,
      depth: 1,
      folderClass: 'IPF.Note',
      items: 10 + i,
      bytes: 10,
      changedAt: now,
      owner: name.slice(0, 200),
      mailEnabled: false,
    })),
  );
  await finishScan(store, { scan: 1, at: now, folders: NAMES.length, items: 100, bytes: 100, tookMs: 5 });
  await insertMany(
    store,
    store.db,
    'machine',
    NAMES.slice(0, 3).map((name, i) => ({
      name: name.slice(0, 60),
      name_key: nameKey(name.slice(0, 60)),
      kind: 'worker',
      state: i === 0 ? 'waiting' : 'approved',
      public_key: '',
      fingerprint: 'ab'.repeat(32),
      version: '0.1.0',
      facts: '{}',
      enrolled_at: now,
      approved_at: i === 0 ? null : now,
      approved_by: i === 0 ? null : name.slice(0, 60),
      approval: null,
      last_seen: now,
    })),
  );
  await appendAudit(
    store,
    NAMES.map((name) => ({
      who: name.slice(0, 60),
      host: name.slice(0, 60),
      action: 'batch.create',
      object: name.slice(0, 500),
      after: { name: name.slice(0, 500), [name.slice(0, 40)]: 1 },
    })),
  );
  return project;
}
