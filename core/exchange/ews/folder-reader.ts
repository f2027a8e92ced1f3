import { IdSet } from '../../domain/id-set.ts';
import type { FolderInfo, FolderListOptions, FolderReadOptions, FolderRoot, Result } from '../mail-store.ts';
import { codeOf, EwsError, isPassingCode, saysNoSuchOperation } from './codes.ts';
import { type FolderPage, findFolder } from './operations/find-folder.ts';
import { getFolder } from './operations/get-folder.ts';
import { PageGuard } from './operations/paging.ts';
import { type FolderDetail, folderShape } from './read-folder.ts';
import type { Session } from './run.ts';

/** Pages that Exchange allows by its usual policy (FindCountLimit). */
const FOLDERS_A_PAGE = 1_000;
/** Parents whose subfolders one call asks for, and such calls side by side, where deep traversal is not to be had. */
const PARENTS_A_CALL = 25;
const CALLS_AT_ONCE = 8;
const IDS_A_CALL = 100;
/** ms by which the clocks of two servers of one organisation may differ: who tells the time need not hold the mailbox. */
const CLOCKS_DIFFER_MS = 2_000;
/** Errors that mean: this server does not give some of what was asked. */
const ASK_LESS = new Set([
  'ErrorInvalidPropertyRequest',
  'ErrorInvalidPropertyForExists',
  'ErrorUnsupportedPropertyDefinition',
  'ErrorUnsupportedPathForQuery',
  'ErrorInvalidExtendedProperty',
  'ErrorSchemaValidation',
  'ErrorInvalidRequest',
]);

const ROOTS: Record<FolderRoot, string> = {
  mailbox: '@msgfolderroot',
  archive: '@archivemsgfolderroot',
  recoverableItems: '@recoverableitemsroot',
  archiveRecoverableItems: '@archiverecoverableitemsroot',
  publicFolders: '@publicfoldersroot',
};

/** Names by which EWS knows folders; asked one by one where the server does not name them by itself. */
const DISTINGUISHED = [
  'inbox',
  'drafts',
  'sentitems',
  'deleteditems',
  'outbox',
  'junkemail',
  'calendar',
  'contacts',
  'tasks',
  'notes',
  'journal',
];

/** Folder trees: deep traversal where the server has it, level by level and side by side for public folders. */
export class FolderReader {
  readonly #session: Session;
  readonly #publicFolders: boolean;
  #detail: FolderDetail = 'full';
  #deep: boolean;
  readonly #note: (reason: string) => void;

  /** @param note is told what a server lacks and how that is made up for */
  constructor(session: Session, publicFolders: boolean, note: (reason: string) => void = () => undefined) {
    this.#session = session;
    this.#publicFolders = publicFolders;
    this.#deep = !publicFolders;
    this.#note = note;
  }

  async *all(root: FolderRoot, options: FolderListOptions): AsyncGenerator<FolderInfo> {
    // Archives came with Exchange 2010 SP1.
    if (root.startsWith('archive') && !this.#session.client.speaks('Exchange2010_SP1')) return;
    const start = options.below ?? ROOTS[root];
    const [top] = await this.get([start], options);
    if (!top?.ok) {
      if (top?.error instanceof EwsError && root !== 'mailbox' && root !== 'publicFolders') return;
      throw top?.error;
    }
    const rootFolder = { ...top.value, parentId: null };
    yield rootFolder;
    const names = this.#publicFolders ? new Map<string, string>() : await this.#namesIfNeeded(options);
    for await (const page of this.#below(rootFolder, options)) {
      const withRights = options.permissions ? await this.#withPermissions(page, options) : page;
      for (const folder of withRights)
        yield { ...folder, distinguished: folder.distinguished ?? names.get(folder.id) ?? null };
    }
  }

  /** What lies right below these folders. */
  async subfolders(parents: string[], options: FolderReadOptions): Promise<FolderInfo[]> {
    const found: FolderInfo[] = [];
    for (const some of chunks(chunks(parents, PARENTS_A_CALL), CALLS_AT_ONCE))
      found.push(...(await Promise.all(some.map((group) => this.#children(group, options)))).flat());
    return found;
  }

  async get(ids: string[], options: FolderReadOptions): Promise<Result<FolderInfo>[]> {
    const results: Result<FolderInfo>[] = [];
    for (let at = 0; at < ids.length; at += IDS_A_CALL) {
      const part = ids.slice(at, at + IDS_A_CALL);
      results.push(
        ...(await this.#askingLess(
          (shape) => getFolder(this.#session, part, shape, options),
          settled,
          options.permissions,
        )),
      );
    }
    return results;
  }

  /** Deep where the server has that; level by level otherwise, and from the moment on that it says no. */
  async *#below(top: FolderInfo, options: FolderListOptions): AsyncGenerator<FolderInfo[]> {
    if (this.#deep) {
      let begun = false;
      try {
        for await (const page of this.#deepTree(top.id, options)) {
          begun = true;
          yield page;
        }
        return;
      } catch (error) {
        if (begun || !saysNoSuchOperation(error)) throw error;
        this.#deep = false;
        this.#note(
          `FindFolder with deep traversal is answered with ${codeOf(error)}: folders are asked for level by level`,
        );
      }
    }
    yield* this.#levels(top, options);
  }

  /** A deep traversal, page by page, put in order so that parents come before their children. */
  async *#deepTree(rootId: string, options: FolderListOptions): AsyncGenerator<FolderInfo[]> {
    const known = new Set([rootId]);
    const waiting = new Map<string, FolderInfo[]>();
    const guard = new PageGuard();
    for (let offset: number | null = 0; offset !== null; ) {
      const [page] = await this.#askingLess(
        (shape) =>
          findFolder(
            this.#session,
            { parents: [rootId], deep: true, offset: offset ?? 0, max: FOLDERS_A_PAGE, shape },
            { signal: options.signal },
          ),
        settledPage,
      );
      if (!page?.ok) throw page?.error;
      guard.check('FindFolder', page.value.folders);
      const ready = released(page.value.folders, rootId, known, waiting);
      if (ready.length > 0) yield ready;
      offset = page.value.next;
    }
    // A parent one may not see was not listed, and in a loop none comes first: one folder hangs below the root, and what
    // it holds below it.
    const isListed = (id: string): boolean => [...waiting.values()].some((folders) => folders.some((f) => f.id === id));
    while (waiting.size > 0) {
      const parents = [...waiting.keys()];
      const parent = parents.find((id) => !isListed(id)) ?? parents[0] ?? '';
      const [first, ...others] = waiting.get(parent) ?? [];
      if (isListed(parent) && others.length > 0) waiting.set(parent, others);
      else waiting.delete(parent);
      const hang = isListed(parent) ? [first] : [first, ...others];
      const lost = hang.flatMap((folder) => (folder && !known.has(folder.id) ? [{ ...folder, parentId: rootId }] : []));
      const ready = released(lost, rootId, known, waiting);
      if (ready.length > 0) yield ready;
    }
  }

  /**
   * Subfolders of many parents in one call, several calls at once. What was found last is opened first, so that only the
   * folders beside the way down wait, however many there are; of the others a number of eight bytes is kept, against loops.
   */
  async *#levels(top: FolderInfo, options: FolderListOptions): AsyncGenerator<FolderInfo[]> {
    const open = [top.id];
    const seen = new IdSet();
    seen.add(top.id);
    if (options.opens?.(top) === false) return;
    while (open.length > 0) {
      const groups = chunks(open.splice(-PARENTS_A_CALL * CALLS_AT_ONCE), PARENTS_A_CALL);
      for (const folders of await Promise.all(groups.map((group) => this.#children(group, options)))) {
        const fresh = folders.filter((folder) => seen.add(folder.id));
        for (const folder of fresh)
          if (folder.childCount !== 0 && options.opens?.(folder) !== false) open.push(folder.id);
        if (fresh.length > 0) yield fresh;
      }
    }
  }

  async #children(parents: string[], options: FolderListOptions): Promise<FolderInfo[]> {
    const found: FolderInfo[] = [];
    const first = await this.#page(parents, 0, options);
    for (const [index, answer] of first.entries()) {
      const parent = parents[index] ?? '';
      // A folder deleted or closed to us meanwhile has no children to show.
      if (!answer.ok) {
        if (answer.error instanceof EwsError && !isPassingCode(answer.error)) continue;
        throw answer.error;
      }
      found.push(...answer.value.folders.map((f) => ({ ...f, parentId: parent })));
      const guard = new PageGuard();
      guard.check('FindFolder', answer.value.folders);
      for (let offset = answer.value.next; offset !== null; ) {
        const [more] = await this.#page([parent], offset, options);
        if (!more?.ok) throw more?.error;
        guard.check('FindFolder', more.value.folders);
        found.push(...more.value.folders.map((f) => ({ ...f, parentId: parent })));
        offset = more.value.next;
      }
    }
    return found;
  }

  #page(parents: string[], offset: number, options: FolderListOptions) {
    return this.#askingLess(
      (shape) =>
        findFolder(
          this.#session,
          { parents, deep: false, offset, max: FOLDERS_A_PAGE, shape },
          { signal: options.signal },
        ),
      settledPage,
    );
  }

  /** FindFolder gives no permission lists: they are read by id, and kept beside what FindFolder told. */
  async #withPermissions(page: FolderInfo[], options: FolderListOptions): Promise<FolderInfo[]> {
    const found = await this.get(
      page.map((folder) => folder.id),
      { ...options, permissions: true },
    );
    return page.map((folder, index) => {
      const answer = found[index];
      return { ...folder, permissions: answer?.ok ? (answer.value.permissions ?? null) : null };
    });
  }

  async #namesIfNeeded(options: FolderListOptions): Promise<Map<string, string>> {
    if (this.#session.client.version === 'Exchange2013' && this.#detail === 'full') return new Map();
    const found = await this.get(
      DISTINGUISHED.map((name) => `@${name}`),
      { signal: options.signal },
    );
    return new Map(
      found.flatMap((answer, index) => (answer.ok ? [[answer.value.id, DISTINGUISHED[index] ?? '']] : [])),
    );
  }

  /** @param sure takes from an answer what its time makes uncertain; `askedAt` is the server's time before it was asked */
  async #askingLess<T>(
    ask: (shape: string) => Promise<Result<T>[]>,
    sure: (value: T, askedAt: number | undefined) => T,
    permissions = false,
  ): Promise<Result<T>[]> {
    for (;;) {
      const detail = this.#detail;
      const shape = folderShape({
        detail,
        permissions,
        modern: this.#session.client.version === 'Exchange2013',
        publicFolders: this.#publicFolders,
      });
      const askedAt = this.#session.client.serverTime();
      try {
        const results = (await ask(shape)).map((one) => (one.ok ? { ...one, value: sure(one.value, askedAt) } : one));
        const refused = results.length > 0 && results.every((r) => !r.ok && this.#asksTooMuch(r.error));
        if (!refused || !this.#lessThan(detail)) return results;
      } catch (error) {
        if (!this.#asksTooMuch(error) || !this.#lessThan(detail)) throw error;
      }
    }
  }

  #asksTooMuch(error: unknown): boolean {
    return error instanceof EwsError && ASK_LESS.has(error.code);
  }

  /** Calls side by side that are refused ask for less by one step, not by one each. */
  #lessThan(detail: FolderDetail): boolean {
    if (detail === 'least') return false;
    if (this.#detail === detail) this.#detail = detail === 'full' ? 'plain' : 'least';
    return true;
  }
}

/**
 * A folder's fingerprint holds the second of its last change. While that second may not be over, a further change can leave
 * the fingerprint as it is: such a folder shows none, and is listed again by the next run.
 */
function settled(folder: FolderInfo, askedAt: number | undefined): FolderInfo {
  if (folder.fingerprint === null || folder.changedAt === null || folder.changedAt === undefined) return folder;
  const over = Math.floor(folder.changedAt / 1_000) * 1_000 + 1_000 + CLOCKS_DIFFER_MS;
  return askedAt !== undefined && over <= askedAt ? folder : { ...folder, fingerprint: null };
}

/** Takes from what came and what waits all folders whose parents are known, parents first; the others wait. */
function released(
  folders: readonly FolderInfo[],
  rootId: string,
  known: Set<string>,
  waiting: Map<string, FolderInfo[]>,
): FolderInfo[] {
  const ready: FolderInfo[] = [];
  const open = [...folders];
  for (let folder = open.shift(); folder; folder = open.shift()) {
    if (known.has(folder.id)) continue;
    const parent = folder.parentId ?? rootId;
    if (!known.has(parent)) {
      waiting.set(parent, [...(waiting.get(parent) ?? []), folder]);
      continue;
    }
    known.add(folder.id);
    ready.push(folder);
    open.unshift(...(waiting.get(folder.id) ?? []));
    waiting.delete(folder.id);
  }
  return ready;
}

function settledPage(page: FolderPage, askedAt: number | undefined): FolderPage {
  return { ...page, folders: page.folders.map((folder) => settled(folder, askedAt)) };
}

function chunks<T>(list: T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < list.length; at += size) out.push(list.slice(at, at + size));
  return out;
}
