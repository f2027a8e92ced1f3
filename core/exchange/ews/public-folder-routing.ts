import type { ItemInfo, MailStore, Result } from '../mail-store.ts';
import { override } from '../override.ts';
import { EwsError } from './codes.ts';

/** PidTagReplicaList as `FolderInfo.extra` has it: GUIDs of mailboxes as bytes of text, each ending in a null. */
const REPLICA_LIST = '66980102';
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a mailbox answers that does not hold the folder of an item. */
const ELSEWHERE = new Set([
  'ErrorNoPublicFolderReplicaAvailable',
  'ErrorItemNotFound',
  'ErrorPublicFolderRequestProcessingFailed',
]);

/** So many items are remembered with the mailbox that holds them; for others the mailboxes are asked one after the other. */
const REMEMBERED = 200_000;

/**
 * Public folders whose content is spread over several public-folder mailboxes (Exchange 2013 and later). The hierarchy is
 * asked anywhere; calls about content go to the mailbox that the folder's replica list names, with X-AnchorMailbox and
 * X-PublicFolderMailbox ("Route public folder content requests" on learn.microsoft.com).
 * @param open a store whose calls name this mailbox; none for the hierarchy
 * @param domain of the addresses by which mailboxes are named: `GUID@domain`
 */
export function routedPublicFolders(open: (holder?: string) => MailStore, domain: string): MailStore {
  const hierarchy = open();
  const holders = new Holders();
  const stores = new Map<string, MailStore>();
  const storeOf = (holder: string | undefined): MailStore => {
    if (holder === undefined) return hierarchy;
    const store = stores.get(holder) ?? open(`${holder}@${domain}`);
    stores.set(holder, store);
    return store;
  };
  const folderStore = async (folderId: string): Promise<MailStore> => {
    if (!holders.knows(folderId)) {
      const [answer] = await hierarchy.getFolders([folderId]);
      if (answer?.ok) holders.learn(answer.value);
    }
    return storeOf(holders.of(folderId));
  };
  const seen = (folderId: string, items: readonly { id: string }[]) => holders.remember(holders.of(folderId), items);

  /** Asks for items at the mailbox that is thought to hold each, and for those that are not there at the others. */
  const perItem = async <I, T>(
    items: readonly I[],
    idOf: (item: I) => string,
    ask: (store: MailStore, part: I[]) => Promise<Result<T>[]>,
  ): Promise<Result<T>[]> => {
    const results = new Array<Result<T> | undefined>(items.length);
    const tried = items.map(() => new Set<string | undefined>());
    for (;;) {
      const groups = new Map<string | undefined, number[]>();
      for (const [index, item] of items.entries()) {
        const result = results[index];
        if (result && (result.ok || !isElsewhere(result.error))) continue;
        const next = holders.guess(idOf(item), tried[index] ?? new Set());
        if (next === null) continue;
        tried[index]?.add(next);
        groups.set(next, [...(groups.get(next) ?? []), index]);
      }
      if (groups.size === 0) break;
      for (const [holder, indexes] of groups) {
        const part = indexes.flatMap((index) => (items[index] === undefined ? [] : [items[index]]));
        const answers = await ask(storeOf(holder), part);
        for (const [at, index] of indexes.entries()) {
          const answer = answers[at];
          if (answer) results[index] = answer;
          if (answer?.ok && items[index] !== undefined) holders.remember(holder, [{ id: idOf(items[index]) }]);
        }
      }
    }
    return results.map((result) => result ?? { ok: false, error: new Error('the server answered nothing') });
  };

  return override(hierarchy, {
    get calls() {
      return [...stores.values()].reduce((sum, store) => sum + store.calls, hierarchy.calls);
    },
    async *folders(root, options) {
      for await (const folder of hierarchy.folders(root, options)) {
        holders.learn(folder);
        yield folder;
      }
    },
    async getFolders(ids, options) {
      const answers = await hierarchy.getFolders(ids, options);
      for (const answer of answers) if (answer.ok) holders.learn(answer.value);
      return answers;
    },
    async changes(folderId, state, options) {
      const page = await (await folderStore(folderId)).changes(folderId, state, options);
      seen(
        folderId,
        page.changes.map((change) => ('item' in change ? change.item : change)),
      );
      return page;
    },
    async *list(folderId, options) {
      for await (const page of (await folderStore(folderId)).list(folderId, options)) {
        seen(folderId, page);
        yield page;
      }
    },
    async listSmall(folderIds, options) {
      const found = new Map<string, ItemInfo[]>();
      const holder = new Map<MailStore, string[]>();
      for (const id of folderIds) {
        const store = await folderStore(id);
        holder.set(store, [...(holder.get(store) ?? []), id]);
      }
      for (const [store, ids] of holder)
        for (const [id, items] of await store.listSmall(ids, options)) {
          seen(id, items);
          found.set(id, items);
        }
      return found;
    },
    async findBySearchKey(folderId, keys, options): Promise<ItemInfo[]> {
      const found = await (await folderStore(folderId)).findBySearchKey(folderId, keys, options);
      seen(folderId, found);
      return found;
    },
    describe: (ids, options) =>
      perItem(
        ids,
        (id) => id,
        (store, part) => store.describe(part, options),
      ),
    read: (items, form, options) =>
      perItem(
        items,
        ({ id }) => id,
        (store, part) => store.read(part, form, options),
      ),
    setRead: (items, options) =>
      perItem(
        items,
        ({ id }) => id,
        (store, part) => store.setRead(part, options),
      ),
    deleteItems: (ids, options) =>
      perItem(
        ids,
        (id) => id,
        (store, part) => store.deleteItems(part, options),
      ),
    moveItems: (ids, folderId, options) =>
      perItem(
        ids,
        (id) => id,
        (store, part) => store.moveItems(part, folderId, options),
      ),
    async write(items, options) {
      const results = new Array<Awaited<ReturnType<MailStore['write']>>[number]>(items.length);
      for (const [folderId, indexes] of Map.groupBy(items.keys(), (index) => items[index]?.folderId ?? '')) {
        const part = indexes.flatMap((index) => (items[index] === undefined ? [] : [items[index]]));
        const answers = await (await folderStore(folderId)).write(part, options);
        for (const [at, index] of indexes.entries()) {
          const answer = answers[at];
          if (!answer) continue;
          results[index] = answer;
          if (answer.ok) seen(folderId, [answer.value]);
        }
      }
      return results;
    },
  });
}

function isElsewhere(error: Error): boolean {
  return error instanceof EwsError && ELSEWHERE.has(error.code);
}

/** Which mailbox holds which folder and, for a while, which item. */
class Holders {
  readonly #folders = new Map<string, string | undefined>();
  readonly #all = new Set<string | undefined>();
  readonly #items = new Map<string, string | undefined>();

  learn(folder: { id: string; extra: Record<string, string> }): void {
    const [first] = replicas(folder.extra[REPLICA_LIST]);
    this.#folders.set(folder.id, first);
    this.#all.add(first);
  }
  knows(folderId: string): boolean {
    return this.#folders.has(folderId);
  }
  of(folderId: string): string | undefined {
    return this.#folders.get(folderId);
  }

  /** Where everything lies in one mailbox there is nothing to remember. */
  remember(holder: string | undefined, items: readonly { id: string }[]): void {
    if (this.#all.size < 2) return;
    for (const { id } of items) {
      this.#items.delete(id);
      this.#items.set(id, holder);
    }
    for (const id of this.#items.keys()) {
      if (this.#items.size <= REMEMBERED) return;
      this.#items.delete(id);
    }
  }

  /** Where to ask for an item next; null when every mailbox was asked. */
  guess(id: string, tried: ReadonlySet<string | undefined>): string | undefined | null {
    if (this.#items.has(id) && !tried.has(this.#items.get(id))) return this.#items.get(id);
    for (const holder of this.#all) if (!tried.has(holder)) return holder;
    return tried.size === 0 ? undefined : null;
  }
}

/** The GUIDs of a replica list; none where it names databases, as before Exchange 2013. */
function replicas(value: string | undefined): string[] {
  if (value === undefined) return [];
  return Buffer.from(value, 'base64')
    .toString('latin1')
    .toLowerCase()
    .split('\0')
    .filter((name) => GUID.test(name));
}
