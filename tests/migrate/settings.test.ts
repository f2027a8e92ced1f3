import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import type { Delegate, InboxRule, InboxRules, RulePart, SettingsStore } from '../../core/exchange/settings.ts';
import { settingsOf } from '../../core/store/mailbox-settings.ts';
import { lastVerification, type SettingFinding } from '../../core/store/verifications.ts';
import { describeWith, python } from '../support/parts.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

/** Delegates, rules, automatic replies and configurations on their way from one organisation to the other. */
let world: World;
let source: MailStore;
let target: MailStore;
let from: SettingsStore;
let to: SettingsStore;
/** A person of the source whom nobody in the target stands for. */
let stranger = '';
let projects = '';

const [OWNER, FRIEND] = ['tester0@source.test', 'tester1@source.test'];
const HOUR = 3_600_000;
const START = Date.UTC(2030, 0, 1);

const rule = (name: string, conditions: RulePart[], actions: RulePart[], more: Partial<InboxRule> = {}): InboxRule => ({
  id: '',
  name,
  priority: 1,
  enabled: true,
  unsupported: false,
  inError: false,
  conditions,
  exceptions: [],
  actions,
  ...more,
});
const subject = (text: string): RulePart => ({ name: 'ContainsSubjectStrings', kind: 'strings', values: [text] });
const moveTo = (id: string): RulePart => ({ name: 'MoveToFolder', kind: 'folder', folder: { id } });
const forward = (address: string): RulePart => ({
  name: 'ForwardToRecipients',
  kind: 'addresses',
  addresses: [{ name: 'Somebody', address, routing: 'SMTP' }],
});
const delegate = (address: string, more: Partial<Delegate> = {}): Delegate => ({
  address,
  displayName: '',
  levels: { Calendar: 'Editor', Tasks: 'Reviewer' },
  receiveCopies: true,
  viewPrivate: false,
  ...more,
});
const categories = { dictionary: null, xml: Buffer.from('<categories/>').toString('base64'), binary: null };

beforeAll(async () => {
  world = await World.start({ users: 3, lab: { users: 2, items: 40, folders: 1, seed: 3 } });
  stranger = world.lab.organisations[0]?.mailboxes[0]?.user ?? '';
  source = world.box('source', OWNER);
  target = world.box('target', OWNER);
  if (!source.settings || !target.settings) throw new Error('no settings');
  from = source.settings;
  to = target.settings;
  const inbox = await world.inbox(source);
  projects = await world.folder(source, inbox, 'Projekte');
  await world.put(source, projects, [mail('one')]);
  await from.setDelegate(delegate(FRIEND, { viewPrivate: true }), false);
  await from.setDelegate(delegate(stranger), false);
  await from.setDelivery('DelegatesOnly');
  await from.setInboxRule(rule('Projekte', [subject('Projekt')], [moveTo(projects)]));
  await from.setInboxRule(rule('An Freund', [subject('Frist')], [forward(FRIEND)], { priority: 2 }));
  await from.setInboxRule(rule('Nach draußen', [subject('x')], [forward('a@elsewhere.example')], { priority: 3 }));
  await from.setConfiguration({ folder: 'calendar', name: 'CategoryList' }, categories, false);
  await from.setConfiguration(
    { folder: 'calendar', name: 'WorkHours' },
    {
      ...categories,
      dictionary: [{ key: { type: 'String', values: ['a'] }, value: { type: 'Integer32', values: ['7'] } }],
    },
    false,
  );
  await from.setOutOfOffice({
    state: 'Scheduled',
    audience: 'Known',
    start: START,
    end: START + 24 * HOUR,
    internal: '<html><body>Bin <b>weg</b></body></html>',
    external: 'Away',
  });
  await world.batch({}, [OWNER]);
});
afterAll(() => world?.close());

async function verified(): Promise<{ grade: string; settings: SettingFinding[] }> {
  const { grade } = await world.verify();
  const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
  return { grade, settings: last?.result.settings ?? [] };
}
const outcomes = (settings: SettingFinding[]) =>
  settings.filter((s) => s.outcome !== 'note').map((s) => `${s.kind} ${s.name}: ${s.outcome}`);

describe('settings of a mailbox', () => {
  test('travel with the first sync, remapped; what sends mail waits', async () => {
    const result = await world.sync();
    expect(result.settings).toMatchObject({ notMoved: 1, kept: 0 });
    const friend = world.targetAddress(FRIEND);
    const people = await to.delegates();
    expect(people.delivery).toBe('DelegatesOnly');
    expect(people.list).toMatchObject([
      { address: friend, levels: { Calendar: 'Editor', Tasks: 'Reviewer' }, receiveCopies: true, viewPrivate: true },
    ]);
    const { rules } = await to.inboxRules();
    expect(rules.map((r) => [r.name, r.priority, r.enabled])).toEqual([
      ['Projekte', 1, true],
      ['An Freund', 2, false],
      ['Nach draußen', 3, false],
    ]);
    const [move, send] = rules.map((r) => r.actions[0]);
    const folder = move?.kind === 'folder' && 'id' in move.folder ? move.folder.id : '';
    const [named] = await target.getFolders([folder]);
    expect(named?.ok && named.value.name).toBe('Projekte');
    expect(send?.kind === 'addresses' && send.addresses[0]?.address).toBe(friend);
    expect(await to.outOfOffice()).toMatchObject({ state: 'Disabled', audience: 'Known', external: 'Away' });
    expect((await to.configuration({ folder: 'calendar', name: 'CategoryList' }))?.xml).toBe(categories.xml);
    expect((await to.configuration({ folder: 'calendar', name: 'WorkHours' }))?.dictionary).toHaveLength(1);
  });

  test('a second run writes nothing; verify finds all of it, and lists who has no match', async () => {
    const again = await world.sync();
    expect([again.writes, again.settings?.written]).toEqual([0, 0]);
    const { grade, settings } = await verified();
    expect(outcomes(settings)).toEqual([
      'configuration calendar/CategoryList: same',
      'configuration calendar/WorkHours: same',
      `delegates ${stranger}: cannotMove`,
      'delegates tester1@target.test: same',
      'delegates (meeting requests): same',
      'inboxRules Projekte: same',
      'inboxRules An Freund: same',
      'inboxRules Nach draußen: same',
      'outOfOffice : same',
    ]);
    expect(settings.find((s) => s.name === stranger)?.reason).toBe('has no match in the target');
    expect(grade).toBe('Good');
  });

  test('verify sees what was tampered with', async () => {
    await to.removeDelegate(world.targetAddress(FRIEND));
    const [first] = (await to.inboxRules()).rules;
    if (!first) throw new Error('no rule');
    await to.setInboxRule({ ...first, actions: [{ name: 'Delete', kind: 'value', value: 'true' }] });
    const { grade, settings } = await verified();
    expect(settings.filter((s) => s.outcome === 'missing').map((s) => s.name)).toEqual(['tester1@target.test']);
    expect(settings.filter((s) => s.outcome === 'different').map((s) => [s.name, s.details])).toEqual([
      ['Projekte', ['actions']],
    ]);
    expect(grade).toBe('Investigate');
    expect((await world.sync()).settings?.written).toBe(2);
  });

  test('the last sync switches replies and forwarding on; changes and removals follow', async () => {
    await from.removeDelegate(stranger);
    const gone = (await from.inboxRules()).rules.find((r) => r.name === 'Nach draußen');
    await from.removeInboxRule(gone?.id ?? '');
    const result = await world.finalSync();
    expect(result.settings).toMatchObject({ notMoved: 0, written: 3 });
    expect(await to.outOfOffice()).toMatchObject({ state: 'Scheduled', start: START, end: START + 24 * HOUR });
    expect((await to.inboxRules()).rules.map((r) => [r.name, r.enabled])).toEqual([
      ['Projekte', true],
      ['An Freund', true],
    ]);
    expect((await world.sync()).writes).toBe(0);
    expect((await verified()).grade).toBe('Perfect');
    const rows = await settingsOf(world.store, world.workloads[0]?.id ?? 0);
    expect([...rows.values()].every((row) => row.state === 'moved' && row.live)).toBe(true);
  });

  test('a rule about a folder or a person that is not in the target is listed with the reason', async () => {
    const elsewhere = await world.folder(source, projects, 'Später');
    await from.setInboxRule(rule('Später', [subject('y')], [moveTo(elsewhere)]));
    const x500: RulePart = {
      name: 'FromAddresses',
      kind: 'addresses',
      addresses: [{ name: 'Gone Person', address: '/o=Old/cn=gone', routing: 'EX' }],
    };
    await from.setInboxRule(rule('Von früher', [x500], [moveTo(projects)]));
    // Only the content part runs: the new folder is not on record yet.
    await world.run('sync');
    const { settings } = await verified();
    expect(settings.filter((s) => s.outcome === 'cannotMove').map((s) => [s.name, s.reason])).toEqual([
      ['Später', 'its folder was not moved'],
      ['Von früher', 'Gone Person has no match in the target'],
    ]);
    await world.sync();
    expect((await to.inboxRules()).rules.map((r) => r.name)).toContain('Später');
  });
});

describeWith('exchangelib', 'what was carried, read by exchangelib', () => {
  test('delegates and automatic replies of the target are those of the source', async () => {
    const organisation = world.lab.organisations[1];
    if (!organisation) throw new Error('no target');
    const { ewsUrl, caFile, serviceAccount } = organisation;
    const asked = JSON.stringify({ ewsUrl, caFile, ...serviceAccount, mailbox: world.targetAddress(OWNER) });
    const read = await promisify(execFile)(python, [join(import.meta.dirname, 'read_settings.py'), asked]);
    expect(JSON.parse(read.stdout)).toEqual({
      oof: [
        'Scheduled',
        'Known',
        expect.stringContaining('2030-01-01'),
        '<html><body>Bin <b>weg</b></body></html>',
        'Away',
      ],
      delegates: [[world.targetAddress(FRIEND), 'Editor', 'Reviewer', true]],
    });
  });
});

describe('a delta', () => {
  let user = '';
  let rules: InboxRules['rules'] = [];
  const there = () => {
    const { settings } = world.box('source', user);
    if (!settings) throw new Error('no settings');
    return settings;
  };
  const arrived = async () =>
    ((await world.box('target', user).settings?.inboxRules())?.rules ?? []).map((r) => r.name);
  const asked = async (work: () => Promise<unknown>): Promise<number> => {
    let calls = 0;
    world.wrap = (store) => {
      const { settings } = store;
      if (!settings) return store;
      const counted = new Proxy(settings, {
        get(from, name) {
          const value = Reflect.get(from, name, from) as unknown;
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            if (name !== 'supports') calls++;
            return Reflect.apply(value, from, args) as unknown;
          };
        },
      });
      return new Proxy(store, {
        get(from, name) {
          const value = (name === 'settings' ? counted : Reflect.get(from, name, from)) as unknown;
          return typeof value === 'function' ? value.bind(from) : value;
        },
      });
    };
    await work();
    world.wrap = (store) => store;
    return calls;
  };

  beforeAll(async () => {
    user = world.users[1] ?? '';
    await there().setInboxRule(rule('Erste', [subject('a')], [forward(OWNER)]));
    await world.batch({}, [user]);
    await world.sync();
  });

  test('asks for no settings; once a day it looks, and brings what changed', async () => {
    await there().setInboxRule(rule('Zweite', [subject('b')], [forward(OWNER)], { priority: 2 }));
    expect(await asked(() => world.sync())).toBe(0);
    expect(await arrived()).toEqual(['Erste']);
    await world.store.db
      .updateTable('mailbox_setting')
      .set((eb) => ({ updated_at: eb('updated_at', '-', 24 * HOUR) }))
      .execute();
    expect((await world.sync()).settings).toMatchObject({ written: 1 });
    expect(await arrived()).toEqual(['Erste', 'Zweite']);
    expect(await asked(() => world.sync())).toBe(0);
  });

  test('leaves to the last sync what changed since', async () => {
    rules = (await there().inboxRules()).rules;
    await there().removeInboxRule(rules[0]?.id ?? '');
    await there().setOutOfOffice({
      state: 'Enabled',
      audience: 'All',
      start: null,
      end: null,
      internal: 'x',
      external: 'y',
    });
    await world.sync();
    expect(await arrived()).toEqual(['Erste', 'Zweite']);
    await world.finalSync();
    expect(await arrived()).toEqual(['Zweite']);
    expect(await world.box('target', user).settings?.outOfOffice()).toMatchObject({ state: 'Enabled', external: 'y' });
  });
});

test('a server without inbox rules is asked for them once, not by every mailbox', async () => {
  const noRules = {
    operation: 'GetInboxRules',
    fault: { kind: 'error', code: 'ErrorInvalidOperation', scope: 'call' },
  } as const;
  const other = await World.start({ users: 3, faults: { seed: 1, rules: [noRules] } });
  try {
    await other.batch();
    const calls: number[] = [];
    for (const workload of other.workloads) {
      calls.push((await other.sync(workload)).calls);
      const rows = await settingsOf(other.store, workload.id);
      expect([...rows.values()].filter((row) => row.state === 'notMoved').map((row) => [row.kind, row.reason])).toEqual(
        [['inboxRules', 'the server does not offer it (ErrorInvalidOperation)']],
      );
    }
    expect(calls[1]).toBeLessThan(calls[0] ?? 0);
    expect(calls[2]).toBe(calls[1]);
  } finally {
    await other.close();
  }
});

describe('what people of the target changed', () => {
  test('stays where the batch says so', async () => {
    const [user] = world.users.slice(2);
    if (!user) throw new Error('no user');
    const [there, here] = [world.box('source', user).settings, world.box('target', user).settings];
    await there?.setConfiguration({ folder: 'calendar', name: 'CategoryList' }, categories, false);
    await world.batch({ targetChanges: 'target' }, [user]);
    await world.sync();
    const own = { ...categories, xml: Buffer.from('<mine/>').toString('base64') };
    await here?.setConfiguration({ folder: 'calendar', name: 'CategoryList' }, own, true);
    const result = await world.finalSync();
    expect(result.settings).toMatchObject({ kept: 1, written: 0 });
    expect((await here?.configuration({ folder: 'calendar', name: 'CategoryList' }))?.xml).toBe(own.xml);
    const { grade, settings } = await verified();
    expect(settings.find((s) => s.kind === 'configuration')?.outcome).toBe('kept');
    expect(grade).toBe('Good');
  });
});
