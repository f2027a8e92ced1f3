import { TransplantError } from '../../domain/errors.ts';
import { TruncatedAnswer, UnexpectedStatus } from '../../exchange/errors.ts';
import { EwsError, isPassingCode, saysNoSuchOperation } from '../../exchange/ews/codes.ts';
import type { SettingKind } from '../../exchange/settings.ts';
import { putSettings, type SettingRow, settingKey, settingsOf } from '../../store/mailbox-settings.ts';
import { fenced } from '../../store/queue.ts';
import type { SettingFinding } from '../../store/verifications.ts';
import { AddressMap } from '../hierarchy/permissions.ts';
import type { Job } from '../job.ts';
import { check, type SettingCheck, type SettingsScene } from './check.ts';
import { configurationChecks } from './configurations.ts';
import { delegateChecks } from './delegates.ts';
import { dueKinds } from './due.ts';
import { outOfOfficeChecks } from './out-of-office.ts';
import { folderNameChecks, quotaChecks } from './remarks.ts';
import { ruleChecks } from './rules.ts';

/** What one run did to a mailbox's settings. */
export interface SettingsResult {
  /** Settings that are in the target as they should be, those that were written now among them. */
  inPlace: number;
  written: number;
  notMoved: number;
  /** Left as people of the target have them. */
  kept: number;
  notes: string[];
}

const CHECKS: [SettingKind, (scene: SettingsScene) => Promise<SettingCheck[]>][] = [
  ['configuration', configurationChecks],
  ['delegates', delegateChecks],
  ['inboxRules', ruleChecks],
  ['outOfOffice', outOfOfficeChecks],
  ['quota', quotaChecks],
  ['folderNames', folderNameChecks],
];

/** Whether a workload's settings travel: those of whole mailboxes do. */
export function takesSettings(job: Pick<Job, 'workload' | 'options'>): boolean {
  return job.options.settings && job.workload.kind === 'mailbox';
}

/**
 * Brings delegates, rules, automatic replies and configurations of a mailbox in line with the source. Both sides are read
 * and only what differs is written, so a run over what is in place writes nothing.
 */
export async function runSettings(job: Job, { final }: { final: boolean }): Promise<SettingsResult> {
  const result: SettingsResult = { inPlace: 0, written: 0, notMoved: 0, kept: 0, notes: [] };
  const found = await scene(job, final);
  if (!found) return result;
  const rows = new Map(found.known);
  const kinds = await dueKinds(found, final);
  if (kinds.size === 0) return { ...result, ...standing(found) };
  const due = CHECKS.filter(([kind]) => kinds.has(kind));
  const asked = await Promise.all(due.map(async ([kind, ask]) => ({ kind, ...(await checked(found, kind, ask)) })));
  for (const { kind, checks, whole } of asked) {
    const names = new Set(checks.map((one) => one.name));
    // What is on record and neither side has any more is forgotten.
    if (whole) for (const [key, row] of found.known) if (row.kind === kind && !names.has(row.name)) rows.delete(key);
    for (const one of checks) await settle(found, one, rows, result);
  }
  await record(found, rows, [...kinds]);
  if (result.notMoved > 0)
    result.notes.push(`${result.notMoved} settings (rules, delegates …) could not be moved; the report names each.`);
  return result;
}

/** What is on record, where nothing was to be looked at. */
function standing({ known }: SettingsScene): Pick<SettingsResult, 'inPlace' | 'notMoved' | 'kept'> {
  const count = (state: SettingRow['state']): number => [...known.values()].filter((row) => row.state === state).length;
  return { inPlace: count('moved'), notMoved: count('notMoved'), kept: count('kept') };
}

/** Compares both sides' settings anew; the record is asked only what a person or a policy left as it is. */
export async function verifySettings(job: Job): Promise<SettingFinding[]> {
  const found = await scene(job, false);
  if (!found) return [];
  const asked = await Promise.all(CHECKS.map(([kind, ask]) => checked(found, kind, ask)));
  return asked.flatMap(({ checks }) =>
    checks.map(({ kind, name, outcome, reason, details }) => {
      const kept = found.known.get(settingKey(kind, name))?.state === 'kept';
      const open = outcome === 'missing' || outcome === 'different' || outcome === 'extra';
      return { kind, name, outcome: open && kept ? 'kept' : outcome, reason, details };
    }),
  );
}

async function scene(job: Job, final: boolean): Promise<SettingsScene | undefined> {
  const { source, target, context, workload } = job;
  if (!takesSettings(job) || !source.settings || !target.settings) return undefined;
  const known = await settingsOf(context.store, workload.id);
  return {
    job,
    source: source.settings,
    target: target.settings,
    addresses: new AddressMap(context.store),
    live: final || [...known.values()].some((row) => row.live),
    known,
  };
}

/** The checks of one kind. A side that cannot do it at all (not `whole`) is one setting that cannot move, with the reason. */
async function checked(
  found: SettingsScene,
  kind: SettingKind,
  ask: (scene: SettingsScene) => Promise<SettingCheck[]>,
): Promise<{ checks: SettingCheck[]; whole: boolean }> {
  const cannot = (reason: string) => ({
    checks: [check({ kind, name: '', outcome: 'cannotMove', reason })],
    whole: false,
  });
  const no = [found.source.supports(kind), found.target.supports(kind)].find((answer) => answer !== true);
  if (typeof no === 'string') return cannot(no);
  try {
    return { checks: await ask(found), whole: true };
  } catch (error) {
    if (error instanceof UnexpectedStatus || error instanceof TruncatedAnswer)
      return cannot(`the server does not answer this (${error.name})`);
    if (!(error instanceof EwsError) || isPassingCode(error)) throw error;
    // Limits are read as a service; a server that does not tell them leaves nothing undone.
    if (kind === 'quota') return { checks: [], whole: false };
    return cannot(wordsOf(error));
  }
}

/** Writes what differs, unless a person of the target changed it and the batch respects that. */
async function settle(
  found: SettingsScene,
  one: SettingCheck,
  rows: Map<string, SettingRow>,
  result: SettingsResult,
): Promise<void> {
  const key = settingKey(one.kind, one.name);
  const row = (state: SettingRow['state'], digest: string | null, reason: string | null): void => {
    rows.set(key, { kind: one.kind, name: one.name, state, digest, reason, live: found.live, lookedAt: 0 });
  };
  if (one.outcome === 'note') {
    result.notes.push(one.reason);
    return;
  }
  if (one.outcome === 'cannotMove') {
    result.notMoved++;
    row('notMoved', null, one.reason);
    return;
  }
  if (one.outcome !== 'same' && changedInTarget(found, one)) {
    result.kept++;
    row('kept', one.present, 'changed in the target');
    return;
  }
  try {
    if (one.outcome !== 'same') {
      await one.write?.();
      result.written++;
    }
  } catch (error) {
    if (!(error instanceof EwsError) || error instanceof TransplantError || isPassingCode(error)) throw error;
    result.notMoved++;
    row('notMoved', null, wordsOf(error));
    return;
  }
  if (one.outcome === 'extra') rows.delete(key);
  else {
    result.inPlace++;
    row('moved', one.wanted, null);
  }
}

/** It is neither what the source has now nor what was written last: somebody in the target changed or removed it. */
function changedInTarget({ job, known }: SettingsScene, one: SettingCheck): boolean {
  if (job.options.targetChanges === 'source') return false;
  const before = known.get(settingKey(one.kind, one.name));
  if (!before || before.state === 'notMoved') return false;
  return before.state === 'kept' || before.digest !== one.present;
}

function wordsOf(error: EwsError): string {
  return saysNoSuchOperation(error)
    ? `the server does not offer it (${error.code})`
    : `the server refuses: ${error.message}`;
}

async function record(
  { job, known }: SettingsScene,
  rows: ReadonlyMap<string, SettingRow>,
  kinds: SettingKind[],
): Promise<void> {
  const { store, claim } = job.context;
  const plain = (row: SettingRow | undefined): string => JSON.stringify({ ...row, lookedAt: 0 });
  const changed = [...rows].flatMap(([key, row]) => (plain(known.get(key)) === plain(row) ? [] : [row]));
  const gone = [...known.keys()].filter((key) => !rows.has(key));
  await fenced(store, claim, (trx) => putSettings(store, trx, job.workload.id, { rows: changed, gone, kinds }));
}
