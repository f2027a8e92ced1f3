import { isAmbiguous, TruncatedAnswer } from '../errors.ts';
import type {
  CallOptions,
  Capabilities,
  ChangePage,
  ChangesOptions,
  DescribeOptions,
  FindOptions,
  ItemInfo,
  ListOptions,
  Result,
} from '../mail-store.ts';
import { SyncStateLost } from '../sync-state-lost.ts';
import { codeOf, EwsError, isPassingCode, saysNoSuchOperation } from './codes.ts';
import { findInFolders, findItem, type ItemPage, searchKeyRestriction } from './operations/find-item.ts';
import { getItem } from './operations/get-item.ts';
import { PageGuard } from './operations/paging.ts';
import { syncFolderItems } from './operations/sync-folder-items.ts';
import { itemShape, readItem } from './read-item.ts';
import type { Session } from './run.ts';

/** Ids a request names at most: answers stay small and below the server's time limit. */
const IDS_A_CALL = 200;
const KEYS_A_RESTRICTION = 50;
const ITEMS_A_PAGE = 1_000;
/** Errors that mean: this server does not tell some of what was asked of an item. */
const ASKS_TOO_MUCH = new Set([
  'ErrorInvalidPropertyRequest',
  'ErrorInvalidExtendedProperty',
  'ErrorUnsupportedPropertyDefinition',
  'ErrorUnsupportedPathForQuery',
  'ErrorUnsupportedPathForSortGroup',
  'ErrorSchemaValidation',
]);
/** Errors that mean: this server takes no such restriction. */
const NO_RESTRICTION = new Set([
  ...ASKS_TOO_MUCH,
  'ErrorInvalidRestriction',
  'ErrorUnsupportedQueryFilter',
  'ErrorInvalidRequest',
  'ErrorInvalidOperation',
  'ErrorNotSupported',
]);
/** A state of our own, for servers without SyncFolderItems: how far a listing has come, or that it is complete. */
const LISTED = /^listed:(items|associated):(\d+|end)$/;

/** What a server tells of items, with what the lesser ones do not offer made up for: slower, never wrong. */
export class ItemReader {
  readonly #session: Session;
  readonly #capabilities: Capabilities;
  #restricts = true;
  /** Listings in the shape of changes that are under way. */
  readonly #listings = new Map<string, PageGuard>();
  /** Whether folder-associated items can be listed; null: not tried yet. */
  #associated: boolean | null = null;

  constructor(session: Session, capabilities: Capabilities) {
    this.#session = session;
    this.#capabilities = capabilities;
  }

  /** SyncFolderItems; where the server has none, the folder is listed from the beginning each time. @throws SyncStateLost */
  async changes(folderId: string, state: string, options: ChangesOptions): Promise<ChangePage> {
    const listed = LISTED.exec(state);
    if (this.#capabilities.changes !== false && !listed) {
      try {
        const page = await this.askingLess(() => syncFolderItems(this.#session, folderId, state, options));
        if (page.last || page.state !== state) {
          this.#capabilities.changes = true;
          return page;
        }
        // The same page would come for ever.
        this.#capabilities.changes = false;
        this.#lacks('SyncFolderItems does not get on from its sync state: folders are listed whole');
      } catch (error) {
        if (this.#capabilities.changes === true || !saysNoSuchOperation(error)) throw error;
        this.#capabilities.changes = false;
        this.#lacks(`SyncFolderItems is answered with ${codeOf(error)}: folders are listed whole`);
      }
    }
    if (state !== '' && (!listed || listed[2] === 'end')) throw new SyncStateLost();
    return this.#listed(folderId, listed?.[1] === 'associated', Number(listed?.[2] ?? 0), options);
  }

  /** One page of a listing in the shape of changes: everything is new. */
  async #listed(folderId: string, associated: boolean, offset: number, options: ChangesOptions): Promise<ChangePage> {
    const page = await this.#page(folderId, { associated, offset, max: options.max ?? ITEMS_A_PAGE }, options);
    if (offset === 0) this.#listings.set(folderId, new PageGuard());
    this.#listings.get(folderId)?.check('FindItem', page.items);
    if (page.next === null) this.#listings.delete(folderId);
    const changes = page.items.map((item) => ({ kind: 'create' as const, item: { ...item, associated } }));
    if (page.next !== null) {
      return { changes, state: `listed:${associated ? 'associated' : 'items'}:${page.next}`, last: false };
    }
    const more = !associated && options.associated === true && this.#listsAssociated();
    return { changes, state: more ? 'listed:associated:0' : 'listed:items:end', last: !more };
  }

  async *list(folderId: string, options: ListOptions): AsyncGenerator<ItemInfo[]> {
    const associated = options.associated === true;
    if (associated && !this.#listsAssociated()) return;
    const max = options.pageSize ?? ITEMS_A_PAGE;
    const guard = new PageGuard();
    for (let offset: number | null = 0; offset !== null; ) {
      const page: ItemPage = await this.#page(folderId, { associated, offset, max }, options);
      guard.check('FindItem', page.items);
      if (page.items.length > 0) yield page.items.map((item) => ({ ...item, associated }));
      offset = page.next;
    }
  }

  /** Several small folders in one call, where the server does that; folders that are missing are listed one by one. */
  async listSmall(folderIds: string[], options: CallOptions): Promise<Map<string, ItemInfo[]>> {
    const { client } = this.#session;
    if (client.oneFolderAtATime) return new Map();
    try {
      return await this.askingLess(() => findInFolders(this.#session, folderIds, ITEMS_A_PAGE, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof EwsError || error instanceof TruncatedAnswer)
        client.oneFolderAtATime = !isPassingCode(error);
      else if (!isAmbiguous(error)) throw error;
      return new Map();
    }
  }

  /** Folder-associated items came with Exchange 2010, and other servers may have none. */
  #listsAssociated(): boolean {
    return this.#associated !== false && this.#session.client.speaks('Exchange2010');
  }

  #page(
    folderId: string,
    request: { associated: boolean; offset: number; max: number },
    { signal }: CallOptions,
  ): Promise<ItemPage> {
    return this.#orNone(request.associated, () =>
      this.askingLess(() => findItem(this.#session, { folderId, ...request }, { signal })),
    );
  }

  /** A server that cannot list folder-associated items has none to show. */
  async #orNone(associated: boolean, ask: () => Promise<ItemPage>): Promise<ItemPage> {
    try {
      const page = await ask();
      if (associated) this.#associated = true;
      return page;
    } catch (error) {
      if (!associated || this.#associated === true || !saysNoSuchOperation(error)) throw error;
      this.#associated = false;
      this.#lacks(`FindItem of folder-associated items is answered with ${codeOf(error)}: they stay behind`);
      return { items: [], next: null };
    }
  }

  #lacks(reason: string): void {
    if (!this.#capabilities.reasons.includes(reason)) this.#capabilities.reasons.push(reason);
  }

  async describe(ids: string[], options: DescribeOptions): Promise<Result<ItemInfo>[]> {
    const results: Result<ItemInfo>[] = [];
    for (let at = 0; at < ids.length; at += IDS_A_CALL) {
      const asked = ids.slice(at, at + IDS_A_CALL);
      const found = await this.askingLess(async () => {
        const shape = itemShape(options.brief ? 'check' : 'list', this.#session);
        const answers = await getItem(this.#session, asked, shape, options);
        const refused = answers.find((answer) => !answer.ok);
        // A server that refuses a property may do so item by item.
        if (refused && !refused.ok && asksTooMuch(refused.error) && answers.every((answer) => !answer.ok))
          throw refused.error;
        return answers;
      });
      results.push(...found.map((f) => (f.ok ? { ok: true as const, value: readItem(f.value) } : f)));
    }
    return results;
  }

  async findBySearchKey(folderId: string, searchKeys: string[], options: FindOptions): Promise<ItemInfo[]> {
    const found: ItemInfo[] = [];
    if (this.#restricts && !this.#session.client.lessOfItems) {
      try {
        for (let at = 0; at < searchKeys.length; at += KEYS_A_RESTRICTION)
          found.push(...(await this.#restricted(folderId, searchKeys.slice(at, at + KEYS_A_RESTRICTION), options)));
        return found;
      } catch (error) {
        if (!(error instanceof EwsError) || !NO_RESTRICTION.has(error.code)) throw error;
        this.#restricts = false;
      }
    }
    const wanted = new Set(searchKeys);
    for (const associated of kindsOf(options))
      for await (const page of this.list(folderId, { associated, signal: options.signal }))
        found.push(...page.filter((item) => item.searchKey !== null && wanted.has(item.searchKey)));
    return found;
  }

  async #restricted(folderId: string, keys: string[], options: FindOptions): Promise<ItemInfo[]> {
    const restriction = searchKeyRestriction(keys);
    const wanted = new Set(keys);
    const kinds = kindsOf(options).filter((associated) => !associated || this.#listsAssociated());
    const ofKind = async (associated: boolean): Promise<ItemInfo[]> => {
      const found: ItemInfo[] = [];
      for (let offset: number | null = 0; offset !== null; ) {
        const request = { folderId, associated, offset, max: ITEMS_A_PAGE, restriction };
        const ask = () => findItem(this.#session, request, { signal: options.signal });
        const page: ItemPage = await this.#orNone(associated, ask);
        // A server that passes over a restriction without a word gives everything.
        for (const item of page.items)
          if (item.searchKey === null || wanted.has(item.searchKey)) found.push({ ...item, associated });
        offset = page.next;
      }
      return found;
    };
    return (await Promise.all(kinds.map(ofKind))).flat();
  }

  /** Asks again without extended properties where the server refuses them. */
  async askingLess<T>(ask: () => Promise<T>): Promise<T> {
    const asksLess = this.#session.client.lessOfItems;
    try {
      return await ask();
    } catch (error) {
      if (asksLess || !asksTooMuch(error)) throw error;
      this.#session.client.lessOfItems = true;
      return await ask();
    }
  }
}

function kindsOf({ associated }: FindOptions): boolean[] {
  return associated === undefined ? [false, true] : [associated];
}

function asksTooMuch(error: unknown): boolean {
  return error instanceof EwsError && ASKS_TOO_MUCH.has(error.code);
}
