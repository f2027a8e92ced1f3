import { EwsError } from '../../exchange/ews/codes.ts';
import { foldersBySource, updateFolderRow } from '../../store/folders.ts';
import { fenced } from '../../store/queue.ts';
import type { Job } from '../job.ts';
import { type AddressMap, permissionsHash, remapPermissions } from './permissions.ts';
import type { Placed } from './record.ts';

/** Lists that are written and recorded together. */
const AT_ONCE = 40;

/**
 * Writes permission lists that differ from what was last written, remapped through the matches; users without a
 * counterpart stand in the folder's facts. @returns lists written
 */
export async function writePermissions(
  { options, context, workload, target, writing }: Job,
  placed: readonly Placed[],
  addresses: AddressMap,
): Promise<number> {
  let written = 0;
  if (!options.permissions) return written;
  const withLists = placed.filter((p) => p.folder.permissions);
  if (withLists.length === 0) return written;
  const rows = await foldersBySource(
    context.store,
    workload.id,
    withLists.map((p) => p.folder.id),
  );
  const due = [];
  for (const { folder, targetId } of withLists) {
    const row = rows.get(folder.id);
    if (!row || !folder.permissions) continue;
    const { permissions, orphans } = await remapPermissions(folder.permissions, addresses);
    const hash = permissionsHash(permissions);
    if (hash !== row.facts.permissionsHash) due.push({ row, id: targetId, permissions, orphans, hash });
  }
  for (let at = 0; at < due.length; at += AT_ONCE) {
    const part = due.slice(at, at + AT_ONCE);
    const answers = await target.setPermissions(part, writing);
    const now = await context.store.now();
    await fenced(context.store, context.claim, async (trx) => {
      for (const [index, { row, hash, orphans }] of part.entries()) {
        const answer = answers[index];
        const note = answer?.ok ? '' : refusal(answer?.error);
        if (note === '') written++;
        const facts = {
          ...row.facts,
          permissionsHash: note === '' ? hash : '',
          orphans,
          note: note || row.facts.note,
        };
        await updateFolderRow(trx, row.id, { facts }, now);
      }
    });
  }
  return written;
}

/** @throws what is no word of the server about this list */
function refusal(error: Error | undefined): string {
  if (!(error instanceof EwsError)) throw error ?? new Error('the server answered nothing');
  return `the target refused the permission list (${error.code})`;
}
