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
  for (const { place, inArchive, group } of await suspects(job, folders)) {
    const there = new Set<string>();
    for await (const page of job.target.list(place, { signal: job.context.signal }))
      for (const item of page) there.add(item.id);
    for (const folder of group)
      for await (const rows of ledgerOfFolder(job.context.store, job.workload.id, folder.id, ['done'])) {
        const here = rows.filter((row) => !row.associated && row.inArchive === inArchive);
        const gone = here.filter((row) => row.targetId !== null && !there.has(row.targetId));
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

/** A folder of the target, or of its archive, that holds less than was copied into it, with all whose copies it takes. */
interface Suspect {
  place: string;
  inArchive: boolean;
  group: FolderRow[];
}

async function suspects(job: Job, folders: ReadonlyMap<number, FolderRow>): Promise<Suspect[]> {
  const live = [...folders.values()].filter((folder) => folder.targetId !== null && folder.state === 'inSync');
  const found: Suspect[] = [];
  for (const inArchive of job.options.archiveOlderThanDays === null ? [false] : [false, true]) {
    const copied = await copiedByFolder(job.context.store, job.workload.id, inArchive);
    const placeIn = ({ targetId, facts }: FolderRow): string | null => (inArchive ? facts.archiveId : targetId);
    for (const [place, group] of Map.groupBy(live, placeIn)) {
      const due = group.reduce((sum, folder) => sum + (copied.get(folder.id) ?? 0), 0);
      const facts = group[0]?.facts;
      const has = (inArchive ? facts?.archiveItems : facts?.targetItems) ?? -1;
      const lost = group.some((folder) => folder.facts.lostTarget);
      if (place !== null && has >= 0 && due > has && !lost) found.push({ place, inArchive, group });
    }
  }
  return found;
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
