import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeImceaex } from '../../core/plan/heal/imceaex.ts';
import { insertMany } from '../../core/store/bulk.ts';
import { putLocks } from '../../core/store/folder-locks.ts';
import { addFolderStats, finishScan } from '../../core/store/public-folder-stats.ts';
import { exchangeReport } from '../directory/bounces.ts';
import { LdifProject, mailbox } from '../directory/ldif-project.ts';
import { describeWith } from '../support/parts.ts';
import { ConsoleProcess, launchBrowser, Person } from './driver.ts';
import { Mouse } from './journey/hands.ts';

const RULES =
  'joins: [{ name: hr-number, source: "id(digits(extensionAttribute3))", target: id(employeeNumber), certain: true }]';
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

/** What people write and decide in the console, once each, and what the project then holds. */
describeWith('chromium', 'places of the console where something is written', () => {
  let folder: string;
  let project: LdifProject;
  let console_: ConsoleProcess;
  let browser: Browser;
  let person: Person;
  let hands: Mouse;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-editors-'));
    const url = `sqlite:${join(folder, 'x.db')}`;
    project = await makeProject(url);
    console_ = await ConsoleProcess.start(url, join(folder, 'home'));
    browser = await launchBrowser();
    person = await Person.at(browser, console_.url);
    hands = new Mouse(person.page);
  });
  afterAll(async () => {
    await browser?.close();
    await console_?.stop();
    await project?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const says = (text: string | RegExp) => person.page.getByText(text).first().waitFor({ timeout: 20_000 });
  const saved = (text: string | RegExp) =>
    person.page.locator('footer').getByText(text).first().waitFor({ timeout: 20_000 });

  /** Presses a button, or a line of a menu, that asks for files, and gives it some. */
  const pickFiles = async (button: string | [menu: string, line: string], files: string[]) => {
    const chooser = person.page.waitForEvent('filechooser');
    if (typeof button === 'string') await hands.press(button);
    else await hands.pick(...button);
    await (await chooser).setFiles(files);
  };

  it('tries rules while they are written, names what is wrong, saves them and goes back', async () => {
    await person.goTo('/matches/rules');
    await hands.type('Rules, as YAML or JSON', 'joins: [{ name: x, source: nobody( }]');
    await says(/Line \d+, column \d+/);
    expect(await person.page.getByRole('button', { name: 'Save and match' }).isDisabled()).toBe(true);
    await hands.type('Rules, as YAML or JSON', RULES);
    await says('1 object would come out otherwise.');
    expect((await project.matchOf('Anna Berg')).state).toBe('create');
    await hands.press('Save and match');
    await saved('The rules are saved');
    expect((await project.matchOf('Anna Berg')).rule).toBe('hr-number');
    await hands.press('Back to the built-in ones');
    await saved('The built-in ones are in force again.');
    expect((await project.matchOf('Anna Berg')).state).toBe('create');
  });

  it('tries the attribute flow while it is written, shows one object, and saves it', async () => {
    await person.goTo('/prepare/flow');
    await hands.type('Attribute flow, as YAML or JSON', 'export: [{ attribute: company, constant: Contoso }]');
    await says(/\d+ objects? would get other values/);
    await hands.type('Address, logon name or DN of a source object', 'anna.berg@source.example');
    await hands.press('Show');
    await person.page.getByRole('row', { name: /company \(out\) constant .*Contoso/ }).waitFor();
    await hands.press('Save');
    await saved('The flow is saved');
    expect((await project.api.prepare.flow.get()).saved?.text).toContain('Contoso');
  });

  it('adds and removes a blackout, and refuses words that are no time', async () => {
    await person.goTo('/plan?tab=timeline');
    await hands.type('When', 'sometime soon');
    await hands.type('Reason', 'Stocktaking');
    const add = person.page.getByRole('button', { name: 'Add', exact: true });
    expect(await add.isDisabled()).toBe(true);
    await hands.type('When', '2026-12-24T00:00..2026-12-27T00:00 Europe/Oslo');
    await hands.press('Add');
    await saved('The window holds from now on.');
    const { windows } = await project.api.schedule.windows();
    expect(windows).toMatchObject([{ kind: 'blackout', zone: 'Europe/Oslo', reason: 'Stocktaking', scope: '*' }]);
    await hands.press('Remove');
    await saved('The window is removed.');
    expect((await project.api.schedule.windows()).windows).toEqual([]);
  });

  it('plans a maintenance window', async () => {
    await person.goTo('/settings');
    await hands.press('Add a window');
    const dialog = person.page.getByRole('dialog');
    await hands.type('Reason', 'New disks', dialog);
    await hands.press('Add a window', dialog);
    await saved('The window is planned.');
    expect((await project.api.settings.show()).windows).toMatchObject([{ scope: '*', reason: 'New disks' }]);
  });

  it('sets the times of a batch', async () => {
    await person.goTo('/batches/1?tab=cutover');
    await person.page.getByLabel('Starts').fill('2027-03-28T01:00');
    await person.page.getByLabel('Cuts over').fill('2027-03-28T02:30');
    await person.page.getByLabel('Time zone').fill('Europe/Oslo');
    await hands.press('Save the times');
    await saved('The times are kept.');
    // In Oslo clocks skip from 02:00 to 03:00 on that day: the half hour stands for the instant of the change.
    const { schedule } = await project.api.schedule.show({ batch: 1 });
    expect(schedule.map(({ kind, at }) => [kind, new Date(at).toISOString()])).toEqual(
      expect.arrayContaining([
        ['start', '2027-03-28T00:00:00.000Z'],
        ['cutover', '2027-03-28T01:00:00.000Z'],
      ]),
    );
  });

  it('decides who gets the rights of somebody without a counterpart, and takes it back', async () => {
    await person.goTo('/public-folders');
    await hands.press('Give to …');
    const dialog = person.page.getByRole('dialog');
    await hands.type('Address in the target', 'bob.kern@target.example', dialog);
    await hands.press('Give to …', dialog);
    await says('rights go to bob.kern@target.example');
    const decided = async () => (await project.api.publicFolders.orphans({}))[0]?.decision;
    expect(await decided()).toMatchObject({ choice: 'map', targetAddress: 'bob.kern@target.example' });
    await hands.press('Take back');
    await eventually(decided).toBe(undefined);
    await hands.press('Leave behind');
    await says('rights are left behind');
    expect(await decided()).toMatchObject({ choice: 'drop' });
  });

  it('changes where a subtree goes', async () => {
    await hands.press('Change where Projects goes');
    const dialog = person.page.getByRole('dialog');
    await hands.choose('Goes to', 'A shared mailbox or group');
    expect(await dialog.getByRole('button', { name: 'Set the target' }).isDisabled()).toBe(true);
    await hands.type('Address of the mailbox', 'projects@target.example', dialog);
    await hands.press('Set the target', dialog);
    await says('A shared mailbox or group: projects@target.example');
    const [span] = await project.api.publicFolders.workloads();
    expect(span?.target).toMatchObject({ kind: 'mailbox', address: 'projects@target.example' });
  });

  it('makes a batch that leaves old and large items behind', async () => {
    await person.goTo('/plan');
    await hands.press('Make the batch');
    const dialog = person.page.getByRole('dialog');
    await hands.type('Name', 'Late wave', dialog);
    await hands.press('What stays behind, and more', dialog);
    await hands.type('Without these folders', '@deleteditems\n/Inbox/Old', dialog);
    await dialog.getByLabel('From this day on').fill('2020-01-31');
    await hands.type('Items up to, MB', '25', dialog);
    expect(await person.outOfSight()).toEqual([]);
    await hands.press('Make the batch', dialog);
    await person.page.getByRole('heading', { name: 'Late wave' }).waitFor();
    const { options } = await project.api.batches.show({ batch: 'Late wave' });
    expect(options.filter).toMatchObject({
      excludeFolders: ['@deleteditems', '/Inbox/Old'],
      since: Date.UTC(2020, 0, 31),
      maxItemBytes: 25 * 1024 * 1024,
    });
  });

  it('has a subtree synced both ways, and one way again', async () => {
    await person.goTo('/public-folders');
    const set = async (value: RegExp) => {
      await hands.press(/^Change where .*Projects goes/);
      const dialog = person.page.getByRole('dialog');
      if (
        (await dialog.getByRole('combobox', { name: 'Goes to' }).innerText()) !==
        'The same place among the public folders'
      )
        await hands.choose('Goes to', /The same place/);
      await hands.choose('Directions', value);
      await hands.press('Set the target', dialog);
      await dialog.waitFor({ state: 'detached' });
    };
    await set(/Both ways; in a conflict the newer item wins/);
    await person.page.getByText('both ways; in a conflict the newer item wins').waitFor();
    expect((await project.api.publicFolders.workloads())[0]?.bothWays).toBe('newest');
    await set(/From source to target/);
    await eventually(async () => (await project.api.publicFolders.workloads())[0]?.bothWays).toBeUndefined();
  });

  it('sets an application that signs in to Exchange, and shows nothing of its secret again', async () => {
    await person.goTo('/forests');
    const dialog = person.page.getByRole('dialog');
    const open = () => hands.press(/^(Set|Change): Exchange account of source/);
    await open();
    await hands.choose('Signs in', /with a secret/);
    await hands.type('Tenant', 'northwind.example', dialog);
    await hands.type('Client id', '11111111-2222-3333-4444-555555555555', dialog);
    await dialog.getByLabel('Secret', { exact: true }).fill('planted-secret');
    await hands.type('Authority', 'https://login.northwind.example', dialog);
    await hands.press('Save', dialog);
    await dialog.waitFor({ state: 'detached' });
    const { config, accounts } = await project.api.forests.show({ name: 'source' });
    expect(config.oauth).toEqual({
      tenant: 'northwind.example',
      credential: 'secret',
      authority: 'https://login.northwind.example',
    });
    expect(accounts).toMatchObject([{ purpose: 'exchange', hasPassword: true }]);
    await open();
    expect(await dialog.getByLabel('Tenant').inputValue()).toBe('northwind.example');
    expect(await dialog.getByLabel('Secret', { exact: true }).inputValue()).toBe('');
    expect(await person.page.content()).not.toContain('planted-secret');
    await hands.choose('Signs in', /with a certificate/);
    await hands.type('Private key', 'no PEM', dialog);
    await hands.press('Save', dialog);
    await dialog.getByRole('alert').waitFor();
    await hands.choose('Signs in', /user and password/);
    await hands.type('User', 'service@northwind.example', dialog);
    await dialog.getByLabel('Password', { exact: true }).fill('planted-password');
    await hands.press('Save', dialog);
    await dialog.waitFor({ state: 'detached' });
    expect((await project.api.forests.show({ name: 'source' })).config.oauth).toBeUndefined();
  });

  it('sets a proxy and standbys, refuses what is no address, and says why no Exchange was found', async () => {
    await person.goTo('/forests?edit=source');
    const drawer = person.drawer();
    await hands.type('Proxy', 'ftp://proxy', drawer);
    await hands.press('Save', drawer);
    await drawer.getByText('the address of a proxy must start with http://').waitFor();
    await hands.type('Proxy', 'http://proxy.northwind.example:3128', drawer);
    await hands.type('Reached without the proxy', '.northwind.example, 10.0.0.0/8', drawer);
    await hands.type(
      'Standby domain controllers',
      'ldaps://dc2.northwind.example ldaps://dc3.northwind.example',
      drawer,
    );
    await hands.press('Save', drawer);
    await drawer.waitFor({ state: 'detached' });
    expect((await project.api.forests.show({ name: 'source' })).config).toMatchObject({
      proxy: 'http://proxy.northwind.example:3128',
      proxyBypass: ['.northwind.example', '10.0.0.0/8'],
      ldapStandbys: ['ldaps://dc2.northwind.example', 'ldaps://dc3.northwind.example'],
    });
    await person.goTo('/forests?edit=source');
    await hands.type('Proxy', '', drawer);
    await hands.type('Standby domain controllers', '', drawer);
    await hands.press('Save', drawer);
    await drawer.waitFor({ state: 'detached' });
    const { config } = await project.api.forests.show({ name: 'source' });
    expect([config.proxy, config.ldapStandbys]).toEqual([undefined, undefined]);
    await person.goTo('/forests?edit=source');
    await hands.press('Look for it', drawer);
    await drawer
      .getByRole('alert')
      .getByText(/Autodiscover|Exchange|EWS/)
      .first()
      .waitFor();
  });

  it('shows what subtrees hold, largest first, and goes below one', async () => {
    await person.goTo('/public-folders');
    await hands.press('Sizes and owners');
    await says('4 folders with 1,111 items');
    await eventually(() => person.rows()).toEqual(['Projects', 'Archive']);
    await hands.press('Items');
    await hands.press(/^Items/);
    await eventually(() => person.rows()).toEqual(['Archive', 'Projects']);
    await hands.openRow('Projects');
    await eventually(() => person.rows()).toEqual(['Projects / South', 'Projects / North']);
    await person.search('olga');
    await eventually(() => person.rows()).toEqual(['Projects / South']);
    await hands.press(/^Only below Projects/);
    await eventually(() => person.page.url()).not.toContain('below');
  });

  it('changes the order of members with keys', async () => {
    await person.goTo('/batches/1?sort=priority');
    const order = () => person.rows();
    await eventually(order).toHaveLength(3);
    const [first, second, third] = await order();
    await person.page.getByRole('grid').focus();
    await person.page.keyboard.press('Alt+ArrowDown');
    await eventually(order).toEqual([second, first, third]);
    await person.page.keyboard.press('Alt+End');
    await eventually(order).toEqual([second, third, first]);
    await hands.markRow(third ?? '');
    await hands.pick('Order', /^First of all/);
    await eventually(order).toEqual([third, second, first]);
    const [entry] = (await project.api.audit.list({ action: 'batch.order' })).slice(0, 1);
    expect(entry).toMatchObject({ object: 'batch Wave 1' });
  });

  it('changes the order of members by dragging them', async () => {
    await person.goTo('/batches/1');
    const order = () => person.rows();
    await eventually(order).toHaveLength(3);
    await person.page.getByRole('grid').focus();
    await person.page.keyboard.press('Alt+ArrowDown');
    await person.page.getByText(/Only in the order of turns/).waitFor();
    await hands.press('Show the order of turns, to change it');
    await eventually(() => person.page.url()).toContain('sort=priority');
    const grips = person.page.locator('[role=rowgroup] .grip');
    await eventually(() => grips.count()).toBe(3);
    const [first = '', second, third] = await order();
    expect(await grips.first().getAttribute('aria-label')).toBe(`Move ${first}: drag, or Alt+↑ and Alt+↓`);
    const drag = async (from: number, to: number, dy: number) => {
      const [start, end] = [await grips.nth(from).boundingBox(), await grips.nth(to).boundingBox()];
      if (!start || !end) throw new Error('no row to drag');
      await person.page.mouse.move(start.x + 4, start.y + 18);
      await person.page.mouse.down();
      await person.page.mouse.move(end.x + 4, end.y + dy, { steps: 4 });
      await person.page.locator('.drop').waitFor();
    };
    await drag(0, 2, 30);
    await person.picture('batch-dragged');
    await person.page.keyboard.press('Escape');
    await person.page.locator('.drop').waitFor({ state: 'detached' });
    await person.page.mouse.up();
    expect(await order()).toEqual([first, second, third]);
    await drag(0, 2, 30);
    await person.page.mouse.up();
    await eventually(order).toEqual([second, third, first]);
    await drag(2, 0, 2);
    await person.page.mouse.up();
    await eventually(order).toEqual([first, second, third]);
    expect(person.page.url()).not.toContain('row=');
  });

  it('tells whether a certificate is as it was signed, and whether this project knows its key', async () => {
    await person.goTo('/reports?batch=1');
    await hands.press('Issue and sign');
    await saved('The certificate is signed.');
    const download = person.page.waitForEvent('download');
    await hands.pick('Files', 'certificate.json');
    const file = join(folder, 'certificate.json');
    await (await download).saveAs(file);
    // The menu stays for the other files.
    await person.page.keyboard.press('Escape');
    const dialog = person.page.getByRole('dialog');
    const check = async (path: string, says_: RegExp) => {
      await pickFiles('Check a certificate', [path]);
      await dialog.getByText(says_).waitFor();
      expect(await person.barriers()).toEqual([]);
      return await dialog.innerText();
    };
    const shown = await check(file, /It is as it was signed/);
    expect(shown).toContain('Wave 1');
    expect(shown).toMatch(/audit log of this project has this signature/);
    await person.picture('certificate-checked');
    await person.page.keyboard.press('Escape');
    const altered = join(folder, 'altered.json');
    writeFileSync(altered, readFileSync(file, 'utf8').replace('Wave 1', 'Wave 2'));
    await check(altered, /It was altered/);
    await hands.press('Close', dialog);
    await dialog.waitFor({ state: 'detached' });
  });

  it('reads bounce messages and leads to the plan that adds what is missing', async () => {
    await person.goTo('/matches');
    const [bounce, other] = [join(folder, 'bounce.eml'), join(folder, 'outlook.msg')];
    writeFileSync(bounce, exchangeReport(encodeImceaex('/o=source/ou=x/cn=Recipients/cn=bobkern')));
    writeFileSync(other, Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    const dialog = person.page.getByRole('dialog');
    await pickFiles(['More', 'Read bounce messages'], [bounce, other]);
    await dialog.getByText(/1 missing address is planned/).waitFor();
    const shown = await dialog.innerText();
    expect(shown).toMatch(/outlook\.msg.* was not read: it is Outlook's \.msg form/);
    expect(shown).toContain('CN=Bob Kern,OU=People,DC=target,DC=example');
    expect(shown).not.toContain('private words');
    expect(await person.barriers()).toEqual([]);
    await person.picture('bounces-read');
    await hands.press('Look at the plan', dialog);
    await eventually(() => person.page.url()).toMatch(/prepare\?plan=\d+/);
    await says(/^1 directory change is planned/);
    const [plan] = await project.api.prepare.list();
    expect(plan).toMatchObject({ purpose: 'heal', state: 'planned' });
  });

  it('shows which public folders a batch has locked, and what blocks the others', async () => {
    await person.goTo('/batches/1?tab=cutover');
    await says('No folder of it is locked');
    const { store } = project;
    const [span] = await project.api.publicFolders.workloads();
    const before = { calendar: false, entries: [], unknown: [] };
    const lock = (name: string, state: 'locked' | 'blocked', reason: string | null) => ({
      workloadId: span?.id ?? 0,
      key: name,
      folderId: name,
      path: `/Projects/${name}`,
      state,
      before,
      reason,
    });
    const rows = [lock('North', 'locked', null), lock('South', 'blocked', 'olga@source.example keeps it open.')];
    await putLocks(store, store.db, rows);
    await says('1 locked, 1 blocked.');
    const table = person.page.getByRole('region', { name: 'Locks of public folders' });
    await eventually(() => table.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/South.*blocked.*olga/s),
      expect.stringMatching(/North.*locked/s),
    ]);
    expect(await person.barriers()).toEqual([]);
  });

  it('starts over with a new key once that was typed, and says what is to be entered again', async () => {
    await person.goTo('/settings');
    await hands.press('Start over with a new key …');
    const dialog = person.page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Start over' });
    expect(await confirm.isDisabled()).toBe(true);
    await hands.type(/Type .*new key.* to go on/, 'new key', dialog);
    await hands.press('Start over', dialog);
    await dialog.getByText('Enter these passwords again').waitFor();
    expect(await dialog.innerText()).toMatch(/source.*Exchange.*service@northwind\.example/);
    expect(await person.barriers()).toEqual([]);
    await person.picture('new-key');
    await hands.press('Close', dialog);
    await dialog.waitFor({ state: 'detached' });
    expect(await project.api.audit.list({ action: 'key.startOver' })).toHaveLength(1);
  });

  it('made the page complain about nothing', () => {
    // There is no Exchange server here, and a certificate was none: what cannot be done says so in its place.
    const expected = /\/(publicFolders\.children|forests\.setAccount|forests\.findEws)/;
    expect(person.complaints.filter((text) => !expected.test(text))).toEqual([]);
  });
});

/** Four people, three of them with a counterpart, two in a batch with a subtree of public folders that was read and measured. */
async function makeProject(url: string): Promise<LdifProject> {
  const source = ['Bob Kern', 'Cleo Lund', 'Dora Maas'].map((name) => mailbox(name, 'source'));
  const target = ['Bob Kern', 'Cleo Lund', 'Dora Maas'].map((name) =>
    mailbox(name, 'target', { proxyAddresses: [`smtp:${name.toLowerCase().replace(' ', '.')}@source.example`] }),
  );
  const project = await LdifProject.open(
    [...source, mailbox('Anna Berg', 'source', { extensionAttribute3: 'HR 00815' })],
    [...target, mailbox('Annika Hansen', 'target', { employeeNumber: '815' })],
    url,
  );
  await project.api.match.run({});
  const choice = { kind: 'filter' as const, expression: 'mail!=dora*' };
  await project.api.batches.create({ name: 'Wave 1', choice, publicFolders: ['/Projects'] });
  const { store } = project;
  const [span] = await project.api.publicFolders.workloads();
  await insertMany(store, store.db, 'folder', [
    {
      workload_id: span?.id ?? 0,
      source_key: '1',
      source_id: 'folder-1',
      path: '/Projects',
      folder_class: 'IPF.Note',
      state: 'planned',
      facts: JSON.stringify({ name: 'Projects', root: '/Projects', orphans: ['gone@source.example'] }),
      items_total: 0,
      items_done: 0,
      items_bad: 0,
      bytes_done: 0,
      updated_at: 0,
    },
  ]);
  const folders = [
    ['/Projects', 1, 'anna@source.example'],
    ['/Projects/North', 10, null],
    ['/Projects/South', 100, 'olga@source.example'],
    ['/Archive', 1_000, null],
  ] as const;
  await addFolderStats(
    store,
    1,
    folders.map(([path, items, owner]) => ({
      key: path,
      id: path,
      parentKey: null,
      path,
      depth: path.split('/').length - 1,
      folderClass: 'IPF.Note',
      items,
      bytes: path === '/Archive' ? 5 : items * 10,
      changedAt: Date.UTC(2026, 0, items % 28),
      owner,
      mailEnabled: false,
    })),
  );
  await finishScan(store, { scan: 1, at: Date.UTC(2026, 10, 1), folders: 4, items: 1_111, bytes: 1_115, tookMs: 5 });
  return project;
}
