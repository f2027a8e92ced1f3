import type { FolderRow } from '../../store/folders.ts';
import { type LedgerRow, ledgerOfFolder } from '../../store/ledger.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { OUTDATED } from './doubt.ts';
import { verdictOf } from './outcome.ts';
import { placeOf } from './place.ts';
import { emptyOutcome, type Outcome, type Recorder } from './recorder.ts';
import { foldersWithin } from './small-changes.ts';

const AT_ONCE = 100;

interface Pair {
  from: LedgerRow;
  to: LedgerRow;
}

/**
 * An item that went away in one folder and turned up in another with the same search key was moved: its copy is moved in
 * the target too, and keeps its id and what people did to it. Its content is compared afterwards, since it may have
 * changed as well.
 */
export async function followMoves(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  recorder: Recorder,
  result: SyncResult,
): Promise<void> {
  const left = await departed(job, folders);
  if (left.size === 0) return;
  for (const folderId of await foldersWithin(job, folders, ['pending'])) {
    const folder = folders.get(folderId);
    if (!folder?.targetId || folder.state === 'gone') continue;
    for await (const rows of ledgerOfFolder(job.context.store, job.workload.id, folder.id, ['pending'])) {
      const pairs: Pair[] = [];
      // A mailbox with new ids: the copy lies where it belongs already and only changes hands.
      const stayed = async (all: Pair[]): Promise<Pair[]> => {
        const here = all.filter(({ from, to }) => placeOf(folders.get(from.folderId), from) === placeOf(folder, to));
        if (here.length > 0) await recorder.record(takenOver(here));
        return all.filter((pair) => !here.includes(pair));
      };
      for (const to of rows) {
        if (to.targetId !== null || to.searchKey === null) continue;
        const from = left.get(to.searchKey)?.pop();
        // What lies in the archive stays there, in another folder.
        const inArchive = to.inArchive || (from?.inArchive === true && folder.facts.archiveId !== null);
        if (from) pairs.push({ from, to: { ...to, inArchive } });
      }
      for (const [place, group] of Map.groupBy(pairs, ({ to }) => placeOf(folder, to)))
        for (let at = 0; place !== null && at < group.length; at += AT_ONCE)
          await movePairs(
            job,
            place,
            await untouched(job, await stayed(group.slice(at, at + AT_ONCE))),
            recorder,
            result,
          );
    }
  }
}

/** Rows whose items went away, by search key. */
async function departed(job: Job, folders: ReadonlyMap<number, FolderRow>): Promise<Map<string, LedgerRow[]>> {
  const left = new Map<string, LedgerRow[]>();
  for (const folderId of await foldersWithin(job, folders, ['deleting']))
    for await (const rows of ledgerOfFolder(job.context.store, job.workload.id, folderId, ['deleting']))
      for (const row of rows)
        if (row.targetId !== null && row.searchKey !== null)
          left.set(row.searchKey, [...(left.get(row.searchKey) ?? []), row]);
  return left;
}

function takenOver(pairs: Pair[]): Outcome {
  const outcome = emptyOutcome();
  for (const { from, to } of pairs) {
    const { targetId, targetChangeKey, digest, transport } = from;
    outcome.gone.push(from);
    outcome.other.push({ ...to, state: 'pending', targetId, targetChangeKey, digest, transport });
  }
  return outcome;
}

/**
 * Unless the source wins, a copy that people changed is not moved, as its content would be written again: it goes by the
 * batch's rule as any conflict, and the original's new place gets a copy of its own.
 */
async function untouched(job: Job, pairs: Pair[]): Promise<Pair[]> {
  if (pairs.length === 0 || (job.options.targetChanges === 'source' && !job.twoWay)) return pairs;
  const answers = await job.target.describe(
    pairs.map((pair) => pair.from.targetId ?? ''),
    { signal: job.context.signal, brief: true },
  );
  return pairs.filter(({ from }, index) => {
    const answer = answers[index];
    return answer?.ok && answer.value.changeKey === from.targetChangeKey;
  });
}

async function movePairs(
  job: Job,
  targetFolderId: string,
  pairs: Pair[],
  recorder: Recorder,
  result: SyncResult,
): Promise<void> {
  if (pairs.length === 0) return;
  // In doubt from here on: after a crash the item is found in its new folder by its search key.
  await recorder.sending(
    pairs.map((p) => p.to),
    OUTDATED,
  );
  const answers = await job.target.moveItems(
    pairs.map((p) => p.from.targetId ?? ''),
    targetFolderId,
    job.writing,
  );
  result.writes += pairs.length;
  const outcome = emptyOutcome();
  for (const [index, { from, to }] of pairs.entries()) {
    const answer = answers[index];
    if (answer?.ok) {
      result.moved++;
      outcome.gone.push(from);
      outcome.other.push({
        ...to,
        state: 'pending',
        targetId: answer.value.id,
        targetChangeKey: answer.value.changeKey || null,
        digest: from.digest,
        transport: from.transport,
      });
    } else if (answer && verdictOf(answer.error).kind === 'gone') {
      outcome.gone.push(from);
      outcome.other.push({ ...to, state: 'pending' });
    } else outcome.other.push({ ...to, state: 'pending' });
  }
  await recorder.record(outcome);
}
