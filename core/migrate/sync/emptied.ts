import type { FolderRow } from '../../store/folders.ts';
import { copiedByFolder, keyText, type LedgerRow, ledgerOfFolder } from '../../store/ledger.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { emptyOutcome, type Outcome, type Recorder } from './recorder.ts';

/**
 * Finds copies that somebody removed in the target: a folder of the target that holds fewer items than were copied into
 * it is looked through. The batch's policy decides: where the source wins they are copied again, where a person is asked
 * they become conflicts, else they stay away.
 */
export async function findRemoved(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  recorder: Recorder,
  result: SyncResult,
): Promise<void> {
  let removed = 0;
  for (const group of await suspects(job, folders)) {
    const [first] = group;
    if (!first?.targetId) continue;
    const there = new Set<string>();
    for await (const page of job.target.list(first.targetId, { signal: job.context.signal }))
      for (const item of page) there.add(item.id);
    for (const folder of group)
      for await (const rows of ledgerOfFolder(job.context.store, job.workload.id, folder.id, ['done'])) {
        const gone = rows.filter((row) => !row.associated && row.targetId !== null && !there.has(row.targetId));
        if (gone.length === 0) continue;
        removed += gone.length;
        await recorder.record(outcomeOf(job, await reallyGone(job, gone)));
      }
  }
  if (removed > 0)
    result.notes.push(`${removed} items had been removed in the target; ${DONE[job.options.targetChanges]}`);
}

const DONE = {
  source: 'they were copied again.',
  target: 'they stay away.',
  newest: 'they stay away.',
  report: 'a person decides.',
} as const;

/** Folders with one counterpart each whose counterpart holds less than was copied, together where they share it. */
async function suspects(job: Job, folders: ReadonlyMap<number, FolderRow>): Promise<FolderRow[][]> {
  const copied = await copiedByFolder(job.context.store, job.workload.id);
  const live = [...folders.values()].filter((folder) => folder.targetId !== null && folder.state === 'inSync');
  const groups = [...Map.groupBy(live, (folder) => folder.targetId).values()];
  return groups.filter((group) => {
    const due = group.reduce((sum, folder) => sum + (copied.get(folder.id) ?? 0), 0);
    const has = group[0]?.facts.targetItems ?? -1;
    return has >= 0 && due > has && !group.some((folder) => folder.facts.lostTarget);
  });
}

/** A listing can be short: each is asked for by its id before it counts as gone. */
async function reallyGone(job: Job, rows: LedgerRow[]): Promise<LedgerRow[]> {
  const answers = await job.target.describe(
    rows.map((row) => row.targetId ?? ''),
    { signal: job.context.signal, brief: true },
  );
  const found = new Set(rows.filter((_, index) => answers[index]?.ok).map((row) => keyText(row.sourceKey)));
  return rows.filter((row) => !found.has(keyText(row.sourceKey)));
}

function outcomeOf(job: Job, gone: LedgerRow[]): Outcome {
  const outcome = emptyOutcome();
  const reason = 'removed in the target';
  switch (job.options.targetChanges) {
    case 'source':
      outcome.other = gone.map((row) => ({
        ...row,
        state: 'pending',
        targetId: null,
        targetChangeKey: null,
        digest: null,
        reason: null,
      }));
      return outcome;
    case 'target':
    case 'newest':
      outcome.other = gone.map((row) => ({ ...row, state: 'kept', reason }));
      return outcome;
    case 'report':
      outcome.bad = gone.map((row) => ({ row: { ...row, state: 'bad' }, reason: 'conflict', message: reason }));
      return outcome;
  }
}
