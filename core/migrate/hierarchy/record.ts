import type { FolderInfo, FolderRoot } from '../../exchange/mail-store.ts';
import {
  type FolderFacts,
  type FolderRow,
  folderFactsSchema,
  foldersBySource,
  insertFolders,
  type NewFolderRow,
  updateFolderRow,
} from '../../store/folders.ts';
import { fenced } from '../../store/queue.ts';
import type { Job } from '../job.ts';
import type { Part } from './names.ts';
import type { TargetTree } from './target-tree.ts';

/** A source folder that has its counterpart. */
export interface Placed {
  folder: FolderInfo;
  path: string;
  /** Of a folder that only leads to others the items stay behind. */
  part: Part;
  targetId: string;
  /** The folder of the archive that takes what is old of it, with the items it had. */
  archive?: { id: string; items: number } | undefined;
  /** What a person should know of it, such as another name. */
  note: string;
}

/** The root that is walked, and what stands in the target. */
export interface Sides {
  root: FolderRoot;
  tree: TargetTree;
}

/** Writes what is new or changed of these folders, in one transaction. */
export async function recordFolders(
  { context, workload }: Job,
  sides: Sides,
  placed: readonly Placed[],
  rows: ReadonlyMap<string, FolderRow> = new Map(),
): Promise<void> {
  const now = await context.store.now();
  const fresh: NewFolderRow[] = [];
  const changed: { row: FolderRow; next: NewFolderRow }[] = [];
  const known =
    rows.size > 0
      ? rows
      : await foldersBySource(
          context.store,
          workload.id,
          placed.map((p) => p.folder.id),
        );
  for (const place of placed) {
    const row = known.get(place.folder.id);
    const next = rowOf(sides, place, row, workload.syncedAt === null);
    if (!row) fresh.push(next);
    else if (differs(row, next)) changed.push({ row, next });
  }
  if (fresh.length === 0 && changed.length === 0) return;
  await fenced(context.store, context.claim, async (trx) => {
    await insertFolders(context.store, trx, workload.id, fresh, now);
    for (const { row, next } of changed) {
      const { sourceId: _id, itemsTotal, ...update } = next;
      await updateFolderRow(trx, row.id, { ...update, itemsTotal: Math.max(itemsTotal, row.itemsTotal) }, now);
    }
  });
}

/** A counterpart that is about to be made. */
export interface Making {
  folder: FolderInfo;
  path: string;
  /** Of the target's folder above it. */
  parentId: string;
  name: string;
}

/**
 * Notes counterparts before they are made, so that one that nobody heard of is found although its original was renamed, moved
 * or deleted meanwhile. `rows` gets what is on record of them.
 */
export async function noteMaking(
  { context, workload }: Job,
  root: FolderRoot,
  all: readonly Making[],
  rows: Map<string, FolderRow>,
): Promise<void> {
  if (all.length === 0) return;
  const now = await context.store.now();
  const fresh: NewFolderRow[] = [];
  const known: { id: number; facts: FolderFacts }[] = [];
  for (const { folder, path, parentId, name } of all) {
    const row = rows.get(folder.id);
    const making = { parentId, name };
    if (row) known.push({ id: row.id, facts: { ...row.facts, making } });
    else
      fresh.push({
        sourceId: folder.id,
        sourceParent: folder.parentId,
        targetId: null,
        path,
        folderClass: folder.folderClass,
        state: 'planned',
        facts: folderFactsSchema.parse({ name: folder.name, root, making }),
        itemsTotal: 0,
      });
  }
  await fenced(context.store, context.claim, async (trx) => {
    await insertFolders(context.store, trx, workload.id, fresh, now);
    for (const { id, facts } of known) await updateFolderRow(trx, id, { facts }, now);
  });
  const ids = all.map(({ folder }) => folder.id);
  for (const [id, row] of await foldersBySource(context.store, workload.id, ids)) rows.set(id, row);
}

function rowOf({ root, tree }: Sides, place: Placed, row: FolderRow | undefined, first: boolean): NewFolderRow {
  const { folder, path, targetId, note, archive } = place;
  const kept = row?.facts ?? folderFactsSchema.parse({ name: folder.name, root });
  const target = tree.byId(targetId);
  // Noted before it was made: nothing was copied into it yet.
  const isNew = row === undefined || (row.targetId === null && kept.making !== null);
  const emptied = !isNew && row.targetId !== targetId;
  const facts: FolderFacts = {
    ...kept,
    name: folder.name,
    targetName: target?.name ?? kept.targetName,
    targetParent: target?.parentId ?? kept.targetParent,
    distinguished: folder.distinguished,
    hidden: folder.hidden,
    changeKey: folder.changeKey,
    nextFingerprint: folder.fingerprint,
    targetItems: target?.itemCount ?? 0,
    archiveId: archive?.id ?? kept.archiveId,
    archiveItems: archive?.items ?? kept.archiveItems,
    making: null,
    occupied: !isNew ? kept.occupied : first && (target?.itemCount ?? 0) + (archive?.items ?? 0) > 0,
    sizeBytes: folder.sizeBytes,
    sourceItems: folder.itemCount + (folder.associatedCount ?? 0),
    note,
    extra: folder.extra,
    // Another counterpart than before: permissions have to be written anew.
    ...(emptied ? { permissionsHash: '', lostTarget: true } : {}),
  };
  return {
    sourceId: folder.id,
    sourceParent: folder.parentId,
    targetId,
    path,
    folderClass: folder.folderClass,
    state:
      place.part === 'way' ? 'skipped' : row && row.state !== 'gone' && row.state !== 'skipped' ? row.state : 'planned',
    facts,
    itemsTotal: place.part === 'way' ? 0 : folder.itemCount,
  };
}

function differs(row: FolderRow, next: NewFolderRow): boolean {
  return (
    row.sourceParent !== next.sourceParent ||
    row.targetId !== next.targetId ||
    row.path !== next.path ||
    row.folderClass !== next.folderClass ||
    row.state !== next.state ||
    JSON.stringify(row.facts) !== JSON.stringify(next.facts)
  );
}
