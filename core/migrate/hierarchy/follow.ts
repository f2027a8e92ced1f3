import type { IdSet } from '../../domain/id-set.ts';
import { EwsError } from '../../exchange/ews/codes.ts';
import type { FolderInfo } from '../../exchange/mail-store.ts';
import { type FolderRow, foldersBySource, updateFolderRow } from '../../store/folders.ts';
import { fenced } from '../../store/queue.ts';
import type { HierarchyResult } from '../context.ts';
import type { Job } from '../job.ts';
import { freeName, MAX_NAME, sameNameKey, targetName } from './names.ts';
import type { TargetFolder, TargetTree } from './target-tree.ts';

/** Begins the note of a default folder that is called otherwise than in the source. */
const KEEPS = 'keeps its name';

/** A folder of the target that could not have its name because another one had it. */
interface Unnamed {
  sourceId: string;
  parentId: string;
  targetId: string;
  wanted: string;
}

/**
 * Lets folders of the target follow their originals in name and place. Names that are taken for now (by a folder that is
 * still to be renamed, moved or removed) are put off: the folder gets a numbered name, and its own at the end of the run.
 */
export class Follower {
  readonly #job: Job;
  readonly #tree: TargetTree;
  readonly #result: HierarchyResult;
  readonly #unnamed: Unnamed[] = [];

  constructor(job: Job, tree: TargetTree, result: HierarchyResult) {
    this.#job = job;
    this.#tree = tree;
    this.#result = result;
  }

  /** A folder on record whose counterpart is there: it follows when the source was renamed or moved. */
  async follow(folder: FolderInfo, row: FolderRow, parentId: string): Promise<void> {
    const here = this.#tree.byId(row.targetId ?? '');
    if (!here || folder.distinguished !== null) return;
    const wanted = targetName(folder.name);
    const moves = row.sourceParent !== folder.parentId && here.parentId !== parentId;
    const renames = row.facts.name !== folder.name;
    if (moves) await this.#move(folder.id, here, parentId, renames ? wanted : here.name);
    else if (renames) await this.#rename(folder.id, here, wanted);
    // A name that people gave it in the target stays; one that was ours for want of a better one does not.
    else if (here.name === row.facts.targetName && isNumbered(here.name, wanted)) this.putOff(folder.id, here, wanted);
  }

  /**
   * Gives a default folder the name it has in the source. Exchange refuses that over EWS for most of them ("That's My Name,
   * Don't Wear It Out", learn.microsoft.com); what was refused once is not asked again. @returns what to note of it
   */
  async nameDefault(folder: FolderInfo, targetId: string, note: string): Promise<string> {
    const here = this.#tree.byId(targetId);
    const wanted = targetName(folder.name);
    if (!here?.parentId || here.name === wanted || note.startsWith(KEEPS)) return note;
    if (this.#tree.child(here.parentId, wanted))
      return `${KEEPS} "${here.name}": another folder has that of the source`;
    try {
      await this.#set(here, wanted);
      this.#result.renamed++;
      return '';
    } catch (error) {
      if (!(error instanceof EwsError)) throw error;
      return `${KEEPS} "${here.name}": the server refuses to rename it (${error.code})`;
    }
  }

  /** Notes a folder that got another name than its original's. */
  putOff(sourceId: string, target: Pick<TargetFolder, 'id' | 'parentId'>, wanted: string): void {
    if (this.#job.options.folderCollisions === 'rename')
      this.#unnamed.push({ sourceId, targetId: target.id, parentId: target.parentId ?? '', wanted });
  }

  /** Gives the names that were put off, where they have become free. `gone`: counterparts of folders that are gone. */
  async finish(gone: IdSet): Promise<void> {
    for (const { sourceId, targetId, parentId, wanted } of this.#unnamed) {
      await this.#tree.need([parentId]);
      const here = this.#tree.byId(targetId);
      if (!here?.parentId || here.name === wanted) continue;
      const holder = this.#tree.child(here.parentId, wanted);
      if (holder && holder.id !== here.id) {
        if (!gone.has(holder.id)) continue;
        await this.#set(holder, await this.#free(here.parentId, `${wanted.slice(0, MAX_NAME - 20)} (gone)`, holder.id));
      }
      await this.#set(here, wanted);
      this.#result.renamed++;
      await this.#record(sourceId, wanted);
    }
  }

  /** Into another parent, by way of a free name where its own is taken there. */
  async #move(sourceId: string, here: TargetFolder, parentId: string, wanted: string): Promise<void> {
    const name = await this.#free(parentId, wanted, here.id);
    const passing = this.#tree.child(parentId, here.name) === undefined ? here.name : name;
    if (passing !== here.name) await this.#set(here, await this.#free(here.parentId ?? '', passing, here.id));
    await this.#job.target.moveFolder(here.id, parentId, this.#job.writing);
    const moved = { ...(this.#tree.byId(here.id) ?? here), parentId };
    this.#tree.remove(here.id);
    this.#tree.add(moved);
    this.#result.moved++;
    if (moved.name !== wanted) await this.#rename(sourceId, moved, wanted);
  }

  async #rename(sourceId: string, here: TargetFolder, wanted: string): Promise<void> {
    const name = await this.#free(here.parentId ?? '', wanted, here.id);
    if (name !== here.name) {
      await this.#set(here, name);
      this.#result.renamed++;
    }
    if (name !== wanted) this.putOff(sourceId, here, wanted);
  }

  async #set(folder: TargetFolder, name: string): Promise<void> {
    await this.#job.target.updateFolder(folder.id, { name }, this.#job.writing);
    this.#tree.remove(folder.id);
    this.#tree.add({ ...folder, name });
  }

  async #free(parentId: string, name: string, ownId: string): Promise<string> {
    await this.#tree.need([parentId]);
    return freeName(name, (n) => {
      const holder = this.#tree.child(parentId, n);
      return holder !== undefined && holder.id !== ownId;
    });
  }

  async #record(sourceId: string, name: string): Promise<void> {
    const { context, workload } = this.#job;
    const row = (await foldersBySource(context.store, workload.id, [sourceId])).get(sourceId);
    if (!row) return;
    const now = await context.store.now();
    const facts = { ...row.facts, targetName: name, note: '' };
    await fenced(context.store, context.claim, (trx) => updateFolderRow(trx, row.id, { facts }, now));
  }
}

/** Whether a name is another one with a number behind it, as `freeName` makes it. */
function isNumbered(name: string, wanted: string): boolean {
  const bare = /^(.*) \(\d+\)$/su.exec(name)?.[1];
  return bare !== undefined && name !== wanted && sameNameKey(wanted).startsWith(sameNameKey(bare));
}
