import { TransplantError } from '../../domain/errors.ts';
import type { FolderInfo } from '../../exchange/mail-store.ts';
import type { FolderRow } from '../../store/folders.ts';
import type { Job } from '../job.ts';
import { sameNameKey } from './names.ts';
import type { Placed } from './record.ts';
import { readTargetTree, type TargetTree } from './target-tree.ts';

/** Default folders whose items are in the making or on their way: they are not archived by age. */
const NEVER = new Set(['drafts', 'outbox', 'syncissues', 'conflicts', 'localfailures', 'serverfailures']);

/** Whether old items of a folder may go into the archive: folders of mail, and of nothing in particular. */
export function mayHaveTwin(folder: Pick<FolderInfo, 'folderClass' | 'distinguished' | 'parentId'>): boolean {
  const folderClass = folder.folderClass.toLowerCase();
  const mail = folderClass === '' || folderClass === 'ipf.note' || folderClass.startsWith('ipf.note.');
  return mail && folder.parentId !== null && !NEVER.has(folder.distinguished ?? '');
}

/** The archive that the batch keeps old items in is not there. */
export class NoArchive extends TransplantError {}

interface Known {
  /** Source id of the folder above; null for the root. */
  parent: string | null;
  /** As the target has it. */
  name: string;
  twin: string | null;
}

/**
 * Folders of the target's archive that take what is old of the mailbox's folders, with the same names in the same tree, as
 * Exchange's own archiving makes them. One is made when its folder has items for the first time, and follows it in name
 * and place.
 */
export class ArchiveTwins {
  readonly #job: Job;
  readonly #tree: TargetTree;
  readonly #known = new Map<string, Known>();
  /** Twins that were made, or that followed, in this run. */
  created = 0;

  private constructor(job: Job, tree: TargetTree) {
    this.#job = job;
    this.#tree = tree;
  }

  /** @throws NoArchive */
  static async open(job: Job): Promise<ArchiveTwins> {
    const tree = await readTargetTree(job.target, 'archive', job.context.signal);
    if (tree) return new ArchiveTwins(job, tree);
    throw new NoArchive({
      tried: `find the archive of ${job.workload.targetAddress}`,
      happened: `The batch puts mail older than ${job.options.archiveOlderThanDays} days into the archive, and the target mailbox has none.`,
      next: 'Enable it (Enable-Mailbox -Archive) and start the batch again, or make the batch without --archive-older-than.',
    });
  }

  top(folder: FolderInfo): void {
    this.#known.set(folder.id, { parent: null, name: '', twin: this.#tree.rootId });
  }

  /** Finds or makes the twins of folders that are in place, parents before children; puts them into `placed`. */
  async follow(placed: Placed[], names: TargetTree, rows: ReadonlyMap<string, FolderRow>): Promise<void> {
    for (const place of placed) {
      const { folder, targetId, part } = place;
      const row = rows.get(folder.id);
      const name = names.byId(targetId)?.name ?? folder.name;
      const known: Known = { parent: folder.parentId, name, twin: null };
      this.#known.set(folder.id, known);
      if (part !== 'all' || !mayHaveTwin(folder)) continue;
      const before = row?.facts.archiveId ? this.#tree.byId(row.facts.archiveId) : undefined;
      if (before && row) {
        known.twin = before.id;
        await this.#bring(before.id, known, row);
      } else if (folder.itemCount > 0) await this.#twinOf(folder.id);
      if (known.twin === null) continue;
      place.archive = { id: known.twin, items: this.#tree.byId(known.twin)?.itemCount ?? 0 };
    }
  }

  /** The twin of a folder, found by name or made, with those above it. */
  async #twinOf(sourceId: string): Promise<string> {
    const known = this.#known.get(sourceId);
    if (!known) return this.#tree.rootId;
    if (known.twin !== null) return known.twin;
    const above = known.parent === null ? this.#tree.rootId : await this.#twinOf(known.parent);
    known.twin = this.#tree.child(above, known.name)?.id ?? (await this.#create(above, known.name));
    return known.twin;
  }

  async #create(parentId: string, name: string): Promise<string> {
    const folderClass = 'IPF.Note';
    const [answer] = await this.#job.target.createFolders(parentId, [{ name, folderClass }], this.#job.writing);
    if (!answer?.ok) throw answer?.error ?? new Error('the server answered nothing');
    this.created++;
    this.#tree.add({ id: answer.value, parentId, name, folderClass, distinguished: null, itemCount: 0 });
    return answer.value;
  }

  /** A twin follows when its folder was renamed or moved since the last run; a name that people gave it stays. */
  async #bring(id: string, known: Known, row: FolderRow): Promise<void> {
    const here = this.#tree.byId(id);
    if (!here || here.distinguished !== null) return;
    const moved = row.sourceParent !== known.parent && known.parent !== null;
    const above = moved && known.parent !== null ? await this.#twinOf(known.parent) : (here.parentId ?? '');
    const renamed = row.facts.targetName !== known.name && sameNameKey(here.name) !== sameNameKey(known.name);
    const name = renamed ? known.name : here.name;
    // Where another folder has the name, the twin stays as it is: it is found by its id.
    if (this.#tree.child(above, name) !== undefined && (above !== here.parentId || renamed)) return;
    if (above !== here.parentId) await this.#job.target.moveFolder(id, above, this.#job.writing);
    if (renamed) await this.#job.target.updateFolder(id, { name }, this.#job.writing);
    this.#tree.remove(id);
    this.#tree.add({ ...here, parentId: above, name });
  }
}
