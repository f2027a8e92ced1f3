import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LdifProject } from '../directory/ldif-project.ts';
import { describeWith } from '../support/parts.ts';
import { Desk } from './desk.ts';
import type { Person } from './driver.ts';
import type { Mouse } from './journey/hands.ts';

const RULES =
  'joins: [{ name: hr-number, source: "id(digits(extensionAttribute3))", target: id(employeeNumber), certain: true }]';
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

/** What people write and decide in the console, once each, and what the project then holds. */
describeWith('chromium', 'places of the console where something is written', () => {
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

  it('made the page complain about nothing', () => {
    // There is no Exchange server here, and a certificate was none: what cannot be done says so in its place.
    const expected = /\/(publicFolders\.children|forests\.setAccount|forests\.findEws)/;
    expect(person.complaints.filter((text) => !expected.test(text))).toEqual([]);
  });
});
