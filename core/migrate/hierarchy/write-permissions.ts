import { EwsError } from '../../exchange/ews/codes.ts';
import { foldersBySource, updateFolderRow } from '../../store/folders.ts';
import { fenced } from '../../store/queue.ts';
import type { Job } from '../job.ts';
import { type AddressMap, permissionsHash, remapPermissions } from './permissions.ts';
import type { Placed } from './record.ts';

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
  for (const { folder, targetId } of withLists) {
    const row = rows.get(folder.id);
    if (!row || !folder.permissions) continue;
    const { permissions, orphans } = await remapPermissions(folder.permissions, addresses);
    const hash = permissionsHash(permissions);
    if (hash === row.facts.permissionsHash) continue;
    let note = '';
    try {
      await target.updateFolder(targetId, { permissions }, writing);
      written++;
    } catch (error) {
      if (!(error instanceof EwsError)) throw error;
      note = `the target refused the permission list (${error.code})`;
    }
    const facts = {
      ...row.facts,
      permissionsHash: note === '' ? hash : '',
      orphans,
      note: note || row.facts.note,
    };
    const now = await context.store.now();
    await fenced(context.store, context.claim, (trx) => updateFolderRow(trx, row.id, { facts }, now));
  }
  return written;
}
