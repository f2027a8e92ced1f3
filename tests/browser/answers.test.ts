import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeImceaex } from '../../core/plan/heal/imceaex.ts';
import { putLocks } from '../../core/store/folder-locks.ts';
import { exchangeReport } from '../directory/bounces.ts';
import type { LdifProject } from '../directory/ldif-project.ts';
import { describeWith } from '../support/parts.ts';
import { Desk } from './desk.ts';
import type { Person } from './driver.ts';
import type { Mouse } from './journey/hands.ts';

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

/** What people ask the console now and then, once each. */
describeWith('chromium', 'places of the console that answer a question', () => {
  let desk: Desk;
  let project: LdifProject;
  let person: Person;
  let hands: Mouse;

  beforeAll(async () => {
    desk = await Desk.open();
    ({ project, person, hands } = desk);
  });
  afterAll(() => desk?.close());

  const says = (text: string | RegExp) => desk.says(text);
  const saved = (text: string | RegExp) => desk.saved(text);

  it('tells whether a certificate is as it was signed, and whether this project knows its key', async () => {
    await person.goTo('/reports?batch=1');
    await hands.press('Issue and sign');
    await saved('The certificate is signed.');
    const download = person.page.waitForEvent('download');
    await hands.pick('Files', 'certificate.json');
    const file = join(desk.folder, 'certificate.json');
    await (await download).saveAs(file);
    // The menu stays for the other files.
    await person.page.keyboard.press('Escape');
    const dialog = person.page.getByRole('dialog');
    const check = async (path: string, says_: RegExp) => {
      await desk.pickFiles('Check a certificate', [path]);
      await dialog.getByText(says_).waitFor();
      expect(await person.barriers()).toEqual([]);
      return await dialog.innerText();
    };
    const shown = await check(file, /It is as it was signed/);
    expect(shown).toContain('Wave 1');
    expect(shown).toMatch(/audit log of this project has this signature/);
    await person.picture('certificate-checked');
    await person.page.keyboard.press('Escape');
    const altered = join(desk.folder, 'altered.json');
    writeFileSync(altered, readFileSync(file, 'utf8').replace('Wave 1', 'Wave 2'));
    await check(altered, /It was altered/);
    await hands.press('Close', dialog);
    await dialog.waitFor({ state: 'detached' });
  });

  it('reads bounce messages and leads to the plan that adds what is missing', async () => {
    await person.goTo('/matches');
    const [bounce, other] = [join(desk.folder, 'bounce.eml'), join(desk.folder, 'outlook.msg')];
    writeFileSync(bounce, exchangeReport(encodeImceaex('/o=source/ou=x/cn=Recipients/cn=bobkern')));
    writeFileSync(other, Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    const dialog = person.page.getByRole('dialog');
    await desk.pickFiles(['More', 'Read bounce messages'], [bounce, other]);
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
    // Another console has the key, and nobody has let this one in.
    const account = { forest: 'source', purpose: 'exchange', user: 'service@northwind.example' } as const;
    await project.api.forests.setAccount({ ...account, password: 'planted-password' });
    await person.goTo('/settings');
    await hands.press('Start over with a new key …');
    const dialog = person.page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Start over' });
    expect(await confirm.isDisabled()).toBe(true);
    await hands.type(/Type .*new key.* to go on/, 'new key', dialog);
    await hands.press('Start over', dialog);
    await dialog.getByText('Enter these passwords again').waitFor();
    const shown = await dialog.innerText();
    expect(shown).toMatch(/source.*Exchange.*service@northwind\.example/);
    expect(shown).toMatch(/approve them again\s+tester@/);
    expect(await person.barriers()).toEqual([]);
    await person.picture('new-key');
    await hands.press('Close', dialog);
    await dialog.waitFor({ state: 'detached' });
    expect(await project.api.audit.list({ action: 'key.startOver' })).toHaveLength(1);
  });

  it('made the page complain about nothing', () => {
    expect(person.complaints).toEqual([]);
  });
});
