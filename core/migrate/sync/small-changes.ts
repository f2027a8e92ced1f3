import type { FolderRow } from '../../store/folders.ts';
import { keepCopies } from '../../store/late-copies.ts';
import { foldersWith, keyText, type LedgerRow, type LedgerState, ledgerOfFolder } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { type Arrived, findArrived } from './doubt.ts';
import { verdictOf } from './outcome.ts';
import { placeOf } from './place.ts';
import { emptyOutcome, type Recorder } from './recorder.ts';
import { respectTarget } from './target-changes.ts';

const AT_ONCE = 100;

/** Items that went away in the source go away in the target, recoverable. */
export async function followDeletions(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  recorder: Recorder,
  result: SyncResult,
): Promise<void> {
  const { store, claim } = job.context;
  for (const folderId of await foldersWithin(job, folders, ['deleting']))
    for await (const page of ledgerOfFolder(store, job.workload.id, folderId, ['deleting'], AT_ONCE)) {
      const { go, outcome } = await respectTarget(job, page);
      // A kept item has no counterpart in the source any more: it is the target's own from now on.
      const kept = outcome.other.splice(0);
      outcome.gone.push(...kept);
      if (kept.length > 0) await fenced(store, claim, (trx) => keepCopies(trx, kept));
      const there = go.filter((row) => row.targetId !== null);
      const doubtful = go.filter((row) => row.targetId === null);
      // Handed over without an answer before it was deleted: it may have arrived.
      const found = new Map<string, Arrived>();
      for (const [place, group] of Map.groupBy(doubtful, (row) => placeOf(folders.get(folderId), row)))
        for (const [key, arrived] of place ? await findArrived(job, group, place) : []) found.set(key, arrived);
      for (const row of doubtful) {
        const arrived = found.get(keyText(row.sourceKey));
        if (arrived) there.push({ ...row, targetId: arrived.item.id });
        else outcome.gone.push(row);
      }
      const answers =
        there.length === 0
          ? []
          : await job.target.deleteItems(
              there.map((row) => row.targetId ?? ''),
              job.writing,
            );
      result.writes += there.length;
      for (const [index, row] of there.entries()) {
        const answer = answers[index];
        if (answer?.ok || (answer && verdictOf(answer.error).kind === 'gone')) {
          outcome.gone.push(row);
          result.deleted++;
        } else if (answer) outcome.bad.push({ row, reason: 'refused', message: answer.error.name });
      }
      await recorder.record(outcome);
    }
}

/** Items whose read state alone changed. */
export async function followReadStates(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  recorder: Recorder,
  result: SyncResult,
): Promise<void> {
  for (const folderId of await foldersWithin(job, folders, ['read', 'unread']))
    for await (const page of ledgerOfFolder(
      job.context.store,
      job.workload.id,
      folderId,
      ['read', 'unread'],
      AT_ONCE,
    )) {
      const outcome = emptyOutcome();
      const there = page.filter((row) => row.targetId !== null);
      outcome.other.push(...page.filter((row) => row.targetId === null).map(again));
      const answers =
        there.length === 0
          ? []
          : await job.target.setRead(
              there.map((row) => ({ id: row.targetId ?? '', read: row.state === 'read' })),
              job.writing,
            );
      result.writes += there.length;
      for (const [index, row] of there.entries()) {
        const answer = answers[index];
        if (answer?.ok) {
          result.readStates++;
          outcome.other.push({ ...row, state: 'done', targetChangeKey: answer.value.changeKey || null, digest: null });
        } else if (answer) outcome.other.push(again(row));
      }
      await recorder.record(outcome);
    }
}

/** Where the read state cannot be set by itself, the whole item is written again. */
function again(row: LedgerRow): LedgerRow {
  return { ...row, state: 'pending', digest: null };
}

/** Folders of this task that have rows in some states. */
export async function foldersWithin(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  states: LedgerState[],
): Promise<number[]> {
  const found = await foldersWith(job.context.store, job.workload.id, states);
  return [...found.keys()].filter((id) => folders.has(id));
}
