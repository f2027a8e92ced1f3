import type { InboxRule, RulePart } from '../../exchange/settings.ts';
import { check, compared, FolderNames, type SettingCheck, type SettingsScene, wrote } from './check.ts';
import { type Remapped, remapRule } from './remap-rule.ts';

const kind = 'inboxRules';

/** Actions that send mail: such rules wait switched off until the last sync. */
const SENDS = new Set([
  'ForwardAsAttachmentToRecipients',
  'ForwardToRecipients',
  'RedirectToRecipients',
  'SendSMSAlertToRecipients',
  'ServerReplyWithMessage',
]);

/**
 * Inbox rules with folders and addresses of the target, in the source's order. Rules are told apart by their names; what
 * people made in the target under other names stays.
 */
export async function ruleChecks(scene: SettingsScene): Promise<SettingCheck[]> {
  const { job, source, target } = scene;
  const { signal } = job.context;
  const there = await source.inboxRules({ signal });
  if (there.rules.length === 0 && !wrote(scene, kind)) return [];
  const here = await target.inboxRules({ signal });
  const checks: SettingCheck[] = [];
  const wanted: { name: string; rule: InboxRule }[] = [];
  for (const [name, rule] of byName(there.rules)) {
    const moved: Remapped = await remapRule(scene, rule);
    if ('reason' in moved) checks.push(check({ kind, name, outcome: 'cannotMove', reason: moved.reason }));
    else wanted.push({ name, rule: held(scene, { ...moved.rule, priority: wanted.length + 1 }) });
  }
  const present = byName(here.rules);
  const canonical = new Canonical(scene);
  const misplaced = outOfPlace(
    wanted.map((w) => w.name),
    [...present.keys()],
  );
  for (const { name, rule } of wanted) {
    const found = present.get(name);
    const a = await canonical.of(rule);
    const b = found ? await canonical.of(found) : null;
    const details = b ? differences(a, b) : [];
    if (b && misplaced.has(name)) details.push('order');
    checks.push(
      compared({ kind, name }, { wanted: a, present: b, details }, () =>
        target.setInboxRule({ ...rule, id: found?.id ?? '' }, job.writing),
      ),
    );
  }
  return [...checks, ...leftOver(scene, new Set(wanted.map((w) => w.name)), present)];
}

/** Rules in the order in which they run; a second one of the same name gets a number. */
function byName(rules: InboxRule[]): Map<string, InboxRule> {
  const found = new Map<string, InboxRule>();
  for (const rule of [...rules].sort((a, b) => a.priority - b.priority)) {
    let name = rule.name;
    for (let number = 2; found.has(name); number++) name = `${rule.name} (${number})`;
    found.set(name, rule);
  }
  return found;
}

/** Until the last sync, what sends mail is off. */
function held({ live }: SettingsScene, rule: InboxRule): InboxRule {
  return live || !rule.actions.some((action) => SENDS.has(action.name)) ? rule : { ...rule, enabled: false };
}

/** Names that stand in another order than wanted, among those that are there. */
function outOfPlace(wanted: string[], present: string[]): Set<string> {
  const here = present.filter((name) => wanted.includes(name));
  const there = wanted.filter((name) => present.includes(name));
  return new Set(there.filter((name, index) => here[index] !== name));
}

function leftOver(
  { job, target, known }: SettingsScene,
  wanted: ReadonlySet<string>,
  present: ReadonlyMap<string, InboxRule>,
): SettingCheck[] {
  return [...known.values()].flatMap((row) => {
    const found = present.get(row.name);
    if (row.kind !== kind || row.state !== 'moved' || wanted.has(row.name) || !found) return [];
    const write = (): Promise<void> => target.removeInboxRule(found.id, job.writing);
    return [check({ kind, name: row.name, outcome: 'extra', present: row.digest, write })];
  });
}

interface Comparable {
  enabled: boolean;
  conditions: unknown[];
  exceptions: unknown[];
  actions: unknown[];
}

function differences(a: Comparable, b: Comparable): string[] {
  return (['enabled', 'conditions', 'exceptions', 'actions'] as const).filter(
    (part) => JSON.stringify(a[part]) !== JSON.stringify(b[part]),
  );
}

/** One form for what servers write in several: ids of folders, addresses, the order of parts. */
class Canonical {
  readonly #scene: SettingsScene;
  readonly #folders: FolderNames;

  constructor(scene: SettingsScene) {
    this.#scene = scene;
    this.#folders = new FolderNames(scene.job.target, scene.job.context.signal);
  }

  async of(rule: InboxRule): Promise<Comparable> {
    const parts = async (list: RulePart[]): Promise<unknown[]> =>
      (await Promise.all(list.map((part) => this.#part(part)))).sort((x, y) => (x.name < y.name ? -1 : 1));
    return {
      enabled: rule.enabled,
      conditions: await parts(rule.conditions),
      exceptions: await parts(rule.exceptions),
      actions: await parts(rule.actions),
    };
  }

  async #part(part: RulePart): Promise<{ name: string; value: unknown }> {
    const { name } = part;
    switch (part.kind) {
      case 'value':
        return { name, value: part.value };
      case 'strings':
        return { name, value: part.values };
      case 'range':
        return { name, value: [part.from, part.to] };
      case 'item':
        return { name, value: 'item' };
      case 'folder':
        return { name, value: await this.#folders.id(part.folder) };
      case 'addresses': {
        const all = part.addresses.map(({ address }) => this.#scene.addresses.canonical(address));
        return { name, value: (await Promise.all(all)).map((a) => a.toLowerCase()).sort() };
      }
    }
  }
}
