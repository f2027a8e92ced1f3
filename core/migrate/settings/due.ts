import { SETTING_KINDS, type SettingKind } from '../../exchange/settings.ts';
import { foldersChanged } from '../../store/folders.ts';
import type { SettingRow } from '../../store/mailbox-settings.ts';
import { lastVerification, type SettingFinding } from '../../store/verifications.ts';
import type { SettingsScene } from './check.ts';

/** ms after which a delta looks again at what people change in the middle of a migration. */
const LOOK_AGAIN_MS = 24 * 3_600_000;
/** What people change now and then; the rest is looked at by the first sync and the last alone, unless it is not in place. */
const CHANGING: readonly SettingKind[] = ['delegates', 'inboxRules', 'outOfOffice'];

/**
 * Which kinds of settings a run has to read. No server tells whether a mailbox's delegates, rules or replies changed
 * without being asked for them, one call each and side; so the first sync and the last read all of them, a delta those
 * that change once a day, what a comparison found to differ, and what could not be moved once what it waits for may have
 * come.
 */
export async function dueKinds(scene: SettingsScene, final: boolean): Promise<Set<SettingKind>> {
  const { store } = scene.job.context;
  const rows = [...scene.known.values()];
  if (final || rows.length === 0) return new Set(SETTING_KINDS);
  const open = rows.filter((row) => row.state === 'notMoved');
  const lookedAt = Math.min(...rows.map((row) => row.lookedAt));
  if ((await store.now()) - lookedAt >= LOOK_AGAIN_MS) return new Set([...CHANGING, ...open.map((row) => kindOf(row))]);
  const due = await foundOpen(scene);
  for (const row of open) if (!due.has(kindOf(row)) && (await mayMove(scene, row))) due.add(kindOf(row));
  return due;
}

/** What a comparison found missing or different after it was looked at. */
async function foundOpen({ job, known }: SettingsScene): Promise<Set<SettingKind>> {
  const found = await lastVerification(job.context.store, job.workload.id);
  const rows = [...known.values()];
  const seen = (kind: string): boolean =>
    rows.some((row) => row.kind === kind && row.lookedAt >= (found?.at ?? Number.POSITIVE_INFINITY));
  const open = (found?.result.settings ?? []).filter(({ kind, outcome }) => !SETTLED.has(outcome) && !seen(kind));
  return new Set(open.map(kindOf));
}
const SETTLED: ReadonlySet<SettingFinding['outcome']> = new Set(['same', 'kept', 'note']);

/** Whether what a setting waits for may have come: a match for a delegate, a folder or a template for a rule. */
async function mayMove({ job, addresses }: SettingsScene, row: SettingRow): Promise<boolean> {
  if (row.kind === 'delegates') return (await addresses.target(row.name)) !== null;
  return row.kind === 'inboxRules' && (await foldersChanged(job.context.store, job.workload.id, row.lookedAt));
}

function kindOf(row: Pick<SettingRow, 'kind'>): SettingKind {
  const kind = SETTING_KINDS.find((one) => one === row.kind);
  if (!kind) throw new Error(`settings of kind ${row.kind} are on record, which nobody writes`);
  return kind;
}
