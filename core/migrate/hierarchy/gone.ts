import type { IdSet } from '../../domain/id-set.ts';
import { EwsError } from '../../exchange/ews/codes.ts';
import { eachFolder, type FolderRow, ownersOf, updateFolderRow } from '../../store/folders.ts';
import { markDeleting } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import type { Job } from '../job.ts';
import { sameNameKey } from './names.ts';

/** Codes by which a server says that a folder is not there, or that an id is of another store, as after a move. */
const NOT_THERE = new Set([
  'ErrorFolderNotFound',
  'ErrorItemNotFound',
  'ErrorSyncFolderNotFound',
  'ErrorInvalidIdMalformed',
  'ErrorInvalidId',
  'ErrorInvalidFolderId',
]);
const ASK_AT_ONCE = 100;

/**
 * Folders on record that the listing did not show: each is asked for by id before it counts as gone, since a listing
 * can be short. `removed` is told each that is. Their items become deletions, which the sync turns into moves where the items turn up elsewhere.
 */
export async function removeGoneFolders(job: Job, seen: IdSet, removed: (row: FolderRow) => void): Promise<void> {
  const { context, workload } = job;
  let asked: FolderRow[] = [];
  const flush = async (): Promise<void> => {
    const gone = await reallyGone(job, asked);
    asked = [];
    for (const row of gone) {
      const targetId = row.targetId ?? (await madeUnheard(job, row));
      const now = await context.store.now();
      await fenced(context.store, context.claim, async (trx) => {
        await markDeleting(trx, workload.id, row.id, now);
        await updateFolderRow(trx, row.id, { state: 'gone', syncState: null, targetId }, now);
      });
      removed({ ...row, targetId });
    }
  };
  for await (const row of eachFolder(context.store, workload.id)) {
    if (row.state === 'gone' || seen.has(row.sourceId)) continue;
    asked.push(row);
    if (asked.length >= ASK_AT_ONCE) await flush();
  }
  if (asked.length > 0) await flush();
}

async function reallyGone(job: Job, rows: FolderRow[]): Promise<FolderRow[]> {
  const answers = await job.source.getFolders(
    rows.map((r) => r.sourceId),
    { signal: job.context.signal },
  );
  return rows.filter((_, index) => {
    const answer = answers[index];
    return answer && !answer.ok && answer.error instanceof EwsError && NOT_THERE.has(answer.error.code);
  });
}

/** The folder that was being made for this one when a worker died, where it is there and nobody else's. */
async function madeUnheard({ target, context, workload }: Job, { facts }: FolderRow): Promise<string | null> {
  if (!facts.making) return null;
  const { parentId, name } = facts.making;
  try {
    const there = await target.subfolders([parentId], { signal: context.signal });
    const made = there.find((folder) => sameNameKey(folder.name) === sameNameKey(name));
    if (!made || made.distinguished !== null) return null;
    return (await ownersOf(context.store, workload.id, made.id)).length === 0 ? made.id : null;
  } catch (error) {
    if (error instanceof EwsError && NOT_THERE.has(error.code)) return null;
    throw error;
  }
}
