import { EwsError } from '../../exchange/ews/codes.ts';
import { eachFolder } from '../../store/folders.ts';
import { sameNameKey } from '../hierarchy/names.ts';
import type { Job } from '../job.ts';

/**
 * Makes folders that people made in the target in the source, before the hierarchy is read: it finds them by their names
 * and takes them for counterparts. Folders that are on record, also as gone in the source, are left to the hierarchy.
 * @returns how many were made
 */
export async function bringFoldersBack(job: Job): Promise<number> {
  const { context, workload, source, target } = job;
  const sourceOf = new Map<string, string>();
  const gone = new Set<string>();
  let top: string | undefined;
  for await (const row of eachFolder(context.store, workload.id)) {
    if (row.targetId === null) continue;
    if (row.state === 'gone') gone.add(row.targetId);
    else sourceOf.set(row.targetId, row.sourceId);
    if (row.path === job.roots[0]?.sourceBelow) top = row.targetId;
  }
  // Before the first hierarchy nothing is known to be new.
  if (top === undefined) return 0;
  let made = 0;
  for await (const folder of target.folders('publicFolders', { signal: context.signal, below: top })) {
    if (folder.parentId === null || folder.search || sourceOf.has(folder.id) || gone.has(folder.id)) continue;
    const parent = sourceOf.get(folder.parentId);
    if (parent === undefined) continue;
    const { name, folderClass, hidden } = folder;
    const [answer] = await source.createFolders(parent, [{ name, folderClass, hidden }], job.writing);
    if (answer?.ok) made++;
    else if (answer && !(answer.error instanceof EwsError && answer.error.code === 'ErrorFolderExists'))
      throw answer.error;
    // A folder of that name is there: made by a run that broke off, or by people on both sides. The two belong together.
    const counterpart = answer?.ok ? answer.value : await childOf(job, parent, name);
    if (counterpart !== undefined) sourceOf.set(folder.id, counterpart);
  }
  return made;
}

async function childOf({ source, context }: Job, parentId: string, name: string): Promise<string | undefined> {
  for await (const folder of source.folders('publicFolders', { signal: context.signal, below: parentId }))
    if (folder.parentId === parentId && sameNameKey(folder.name) === sameNameKey(name)) return folder.id;
  return undefined;
}
