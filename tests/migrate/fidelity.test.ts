import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { propKey } from '../../core/domain/mapi/bag.ts';
import { PidLid } from '../../core/domain/mapi/names.ts';
import { propSetName } from '../../core/domain/mapi/sets.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { VOLATILE_PROPERTIES } from '../../core/domain/mapi/volatile.ts';
import { listBadItems } from '../../core/store/bad-items.ts';
import { createBatch } from '../../core/store/batches.ts';
import { lastVerification, type VerificationResult } from '../../core/store/verifications.ts';
import { workloadsOf } from '../../core/store/workloads.ts';
import { World } from './world.ts';

/**
 * One mailbox with every class of item is moved three times, as whole items, as MIME and by typed properties, and each
 * copy is compared with its original property by property. docs/fidelity.md is what came out; `vitest -u` renews it.
 */
const TRANSPORTS = ['stream', 'mime', 'typed'] as const;
type TransportName = (typeof TRANSPORTS)[number];

interface Outcome {
  result: VerificationResult;
  /** Differences by item class, with how many items have each. */
  classes: Map<string, Map<string, number>>;
  bad: number;
}

let world: World;
const outcomes = new Map<TransportName, Outcome>();

beforeAll(async () => {
  world = await World.start({ users: 3, lab: { users: 3, items: 900, folders: 1, seed: 1 } });
  const source = world.lab.organisations[0]?.mailboxes[0]?.user ?? '';
  await giveSettings(source);
  for (const [index, transport] of TRANSPORTS.entries()) {
    const batch = await createBatch(world.store, {
      name: transport,
      options: { transport, permissions: false },
      workloads: [
        {
          kind: 'mailbox',
          sourceId: null,
          sourceAddress: source,
          targetAddress: world.targetAddress(world.users[index] ?? ''),
          displayName: transport,
          root: '',
        },
      ],
    });
    const [workload] = await workloadsOf(world.store, batch.id);
    if (!workload) throw new Error('no workload');
    await world.sync(workload);
    await world.verify(workload);
    const last = await lastVerification(world.store, workload.id);
    if (!last) throw new Error('not verified');
    const bad = await listBadItems(world.store, { workloadId: workload.id });
    outcomes.set(transport, { result: last.result, classes: byClass(last.result), bad: bad.length });
  }
});
afterAll(() => world?.close());

/** One setting of each kind, beside what the mailbox has by itself. */
async function giveSettings(user: string): Promise<void> {
  const box = world.servers.source.mailbox({ address: user });
  const { settings } = box;
  const inbox = await box.distinguished('inbox');
  if (!settings || !inbox) throw new Error('no settings');
  const colleague = world.users[1] ?? '';
  const levels = { Calendar: 'Editor', Tasks: 'Editor' };
  await settings.setDelegate(
    { address: colleague, displayName: '', levels, receiveCopies: true, viewPrivate: false },
    false,
  );
  await settings.setInboxRule({
    id: '',
    name: 'Fidelity',
    priority: 1,
    enabled: true,
    unsupported: false,
    inError: false,
    conditions: [{ name: 'ContainsSubjectStrings', kind: 'strings', values: ['x'] }],
    exceptions: [],
    actions: [{ name: 'MoveToFolder', kind: 'folder', folder: { id: inbox.id } }],
  });
  await settings.setOutOfOffice({
    state: 'Enabled',
    audience: 'Known',
    start: null,
    end: null,
    internal: 'in',
    external: 'out',
  });
}

function byClass(result: VerificationResult): Map<string, Map<string, number>> {
  const classes = new Map<string, Map<string, number>>();
  for (const finding of result.findings) {
    const differences = classes.get(finding.itemClass) ?? new Map<string, number>();
    classes.set(finding.itemClass, differences);
    const names = finding.details.length > 0 ? finding.details : [finding.kind];
    for (const name of new Set(names.map((d) => d.replace(/(recipient|attachment) \d+/g, '$1'))))
      differences.set(name, (differences.get(name) ?? 0) + 1);
  }
  return classes;
}

const NAMES = new Map<string, string>();
for (const [name, ref] of Object.entries(PidTag)) NAMES.set(`0x${propKey(ref)}`, `PidTag${name}`);
for (const [name, ref] of Object.entries(PidLid)) {
  const key = propKey(ref);
  const slash = key.indexOf('/');
  NAMES.set(`${propSetName(key.slice(0, slash))}${key.slice(slash)}`, `PidLid${name}`);
}

/** `attachment: 0x3704 different` with the property's own name. */
function named(difference: string): string {
  return difference.replace(/(0x[0-9a-f]{4}|PSETID_\w+\/0x[0-9a-f]+)/i, (label) => NAMES.get(label) ?? label);
}

function cell(differences: Map<string, number> | undefined): string {
  if (!differences) return 'everything';
  const of = (kind: string): string[] =>
    [...differences.keys()]
      .filter((d) => d.endsWith(kind))
      .map((d) => named(d.slice(0, -kind.length).trim() || 'item'));
  const parts = [
    ['lost', of('missing')],
    ['altered', of('different')],
    ['added', of('extra')],
  ] as const;
  return parts
    .filter(([, list]) => list.length > 0)
    .map(([word, list]) => `${word}: ${[...new Set(list)].sort().join(', ')}`)
    .join('; ');
}

const SETTINGS: [string, string, string][] = [
  ['delegates', 'Delegates', 'AddDelegate and UpdateDelegate, through the matches; with where meeting requests go'],
  ['inboxRules', 'Inbox rules', 'UpdateInboxRules; folders, addresses and templates of the target put in, order kept'],
  ['outOfOffice', 'Automatic replies', 'SetUserOofSettings; switched on by the last sync'],
  ['configuration', 'Categories, working hours, Outlook on the web', 'UserConfiguration of calendar and root'],
];

function settingRows(): string {
  const found = outcomes.get('stream')?.result.settings ?? [];
  return SETTINGS.map(([kind, word, how]) => {
    const mine = found.filter((s) => s.kind === kind);
    const reasons = [...new Set(mine.filter((s) => s.outcome === 'cannotMove').map((s) => s.reason))].sort();
    return `| ${word} | ${mine.filter((s) => s.outcome === 'same').length} | ${reasons.join('; ') || '-'} | ${how} |`;
  }).join('\n');
}

function document(): string {
  const all = new Set<string>();
  for (const outcome of outcomes.values()) for (const name of outcome.classes.keys()) all.add(name);
  const items = outcomes.get('stream')?.result.items.source ?? 0;
  return `# What survives, by transport

This page is made by \`tests/migrate/fidelity.test.ts\`: a mailbox of the lab with ${items} items of every class is moved
three times, and each copy is compared with its original property by property, recipients and attachments included.

- **Stream**: ExportItems and UploadItems, the whole item. The usual way.
- **MIME**: for mail and posts where a server exports no whole items, with the properties beside it that MIME loses;
  everything else goes by typed properties.
- **Typed**: EWS's own elements with attachments and carried properties, for every class.

A copy is *everything* when not one property differs. *Lost* is in the source alone, *altered* differs, *added* is made by
the target's server. Properties that every server changes on arrival are not compared; they are listed at the end.

## By item class

| Item class | Stream | MIME | Typed |
|---|---|---|---|
${[...all]
  .sort()
  .map((name) => `| ${name} | ${TRANSPORTS.map((t) => cell(outcomes.get(t)?.classes.get(name))).join(' | ')} |`)
  .join('\n')}

Classes that are not in the table came over whole by every transport.

## Folder-associated items

Views, forms and other hidden items travel as streams alone. By MIME and typed properties they are recorded as bad items
with the reason \`unsupported\`, and a person decides.

## Settings of mailboxes

What belongs to a mailbox beside its folders and items travels after them, with the addresses and folders of the target,
and is compared like they are. One mailbox of the lab, as the comparison found it after its first sync:

| Setting | In place | Listed with the reason | How it is carried |
|---|---|---|---|
${settingRows()}

Until the last sync automatic replies are off in the target, and so are rules that forward, redirect or answer: nobody is
answered by accident. The HTML of replies is compared by its words, times to the minute. Rules that only Outlook can run,
people without a match, and folders that were not moved are listed with the reason, in reports and certificates alike.
Folder-associated items that hold these settings are not copied as items.

## Changed by every server, and not compared

| Property | Why |
|---|---|
${VOLATILE_PROPERTIES.map(({ key, why }) => `| ${NAMES.get(`0x${key}`) ?? key} | ${why} |`).join('\n')}
`;
}

describe('fidelity', () => {
  test('whole items differ in nothing', () => {
    const stream = outcomes.get('stream');
    expect(stream?.result.items).toMatchObject({ different: 0, missing: 0, extra: 0, bad: 0 });
    expect(stream?.result.items.source).toBeGreaterThan(200);
    expect(stream?.classes.size).toBe(0);
  });

  test('no item is lost by any transport; what has no form there is on the list of bad items', () => {
    for (const outcome of outcomes.values()) expect(outcome.result.items.missing).toBe(0);
    for (const transport of ['mime', 'typed'] as const) {
      const outcome = outcomes.get(transport);
      expect(outcome?.result.items.bad).toBe(outcome?.bad);
    }
  });

  test('what mail must never lose survives every transport', () => {
    const precious = [
      'PidTagSubject',
      'PidTagMessageDeliveryTime',
      'PidTagClientSubmitTime',
      'PidTagMessageFlags',
      'PidTagFlagStatus',
      'PidTagImportance',
      'PidTagSensitivity',
      'Keywords',
      'PidTagHtml',
    ];
    for (const transport of ['mime', 'typed'] as const) {
      const note = outcomes.get(transport)?.classes.get('IPM.Note') ?? new Map<string, number>();
      const lost = [...note.keys()].filter((d) => d.endsWith('missing') && !d.startsWith('attachment')).map(named);
      for (const name of precious) expect(lost.filter((l) => l.startsWith(name))).toEqual([]);
    }
  });

  test('settings of each kind are in place, none is missing or different', () => {
    const settings = outcomes.get('stream')?.result.settings ?? [];
    for (const [kind] of SETTINGS)
      expect(settings.filter((s) => s.kind === kind && s.outcome === 'same')).not.toEqual([]);
    expect(settings.filter((s) => ['missing', 'different', 'extra'].includes(s.outcome))).toEqual([]);
  });

  test('docs/fidelity.md says what came out', async () => {
    await expect(document()).toMatchFileSnapshot('../../docs/fidelity.md');
  });
});
