import { RECIPIENT_ATTRIBUTES, RECIPIENT_FILTER } from './attributes.ts';
import { resultCode } from './errors.ts';
import { DirSyncControl, ShowDeletedControl } from './ldap-controls.ts';
import { plainEntry } from './ldap-entry.ts';
import type { Fetcher } from './ldap-fetch.ts';
import { reasonOf } from './ldap-fetch.ts';
import type { OpenServer } from './ldap-server.ts';
import type { DeltaState, ReadBatch, ReadOptions, ReadResult } from './reader.ts';

/** The server no longer takes the cookie of the last read. */
export class CookieExpired extends Error {}

/** What a read works with. */
export interface ReadPlan {
  fetcher: Fetcher;
  server: OpenServer;
  bases: string[];
  notes: string[];
}

/** Every class that may be a recipient; one that lost its mail attributes is found as well, and dropped. */
const CLASS_FILTER =
  '(|(objectClass=user)(objectClass=contact)(objectClass=group)(objectClass=msExchDynamicDistributionList)(objectClass=publicFolder))';
/** `name` changes when an object is renamed or moved: without it DirSync does not tell of either. */
const WATCHED = [...RECIPIENT_ATTRIBUTES, 'name'];
const FETCHED_AT_ONCE = 1000;

/**
 * Changes since the last read: by DirSync where the server allowed it, else by uSNChanged. What was deleted comes with
 * them where the account may see deleted objects; where it may not, the GUIDs of all objects are compared, but only
 * when the server has changed anything at all.
 */
export async function* readDelta(
  plan: ReadPlan,
  since: DeltaState,
  options: ReadOptions,
): AsyncGenerator<ReadBatch, ReadResult> {
  const { fetcher, server, notes } = plan;
  const state: DeltaState = { ...since, usn: server.facts.highestUsn ?? since.usn };
  let done = false;
  if (since.cookie && plan.bases.every((base) => base === server.facts.baseDn)) {
    try {
      state.cookie = yield* byDirSync(plan, since.cookie);
      done = true;
    } catch (error) {
      if (resultCode(error) === undefined) throw error;
      throw new CookieExpired(reasonOf(error));
    }
  }
  if (!done) yield* byUsn(plan, since.usn);
  if (!since.seesDeleted && state.usn !== since.usn) yield* byComparison(plan, options);
  return { mode: 'delta', state, notes, queries: fetcher.queries };
}

async function* byUsn({ fetcher, bases }: ReadPlan, usn: number): AsyncGenerator<ReadBatch> {
  const filter = `(&(uSNChanged>=${usn + 1})${CLASS_FILTER})`;
  for (const base of bases) {
    for await (const page of fetcher.pages(base, filter, undefined, () => [new ShowDeletedControl()])) {
      yield await fetcher.batch(page);
    }
  }
}

/** DirSync tells which objects changed, and only the changed attributes: so the objects are then read whole. */
async function* byDirSync({ fetcher, server }: ReadPlan, from: Uint8Array): AsyncGenerator<ReadBatch, Buffer> {
  let cookie: Buffer = Buffer.from(from);
  const base = server.facts.baseDn;
  for (;;) {
    const control = new DirSyncControl(cookie);
    const entries = await fetcher.once(base, CLASS_FILTER, WATCHED, [control]);
    const changed: string[] = [];
    const gone: string[] = [];
    for (const raw of entries) {
      const { attributes } = plainEntry(raw, []);
      const guid = attributes.objectGUID?.[0]?.toLowerCase();
      if (guid) (attributes.isDeleted?.[0]?.toUpperCase() === 'TRUE' ? gone : changed).push(guid);
    }
    yield* fetchAll(fetcher, base, changed);
    if (gone.length > 0) yield { recipients: [], gone, problems: [] };
    cookie = control.cookie;
    if (!control.more) return cookie;
  }
}

/** Reads objects by GUID; what is not there any more is gone. */
export async function* fetchAll(fetcher: Fetcher, base: string, guids: readonly string[]): AsyncGenerator<ReadBatch> {
  for (let at = 0; at < guids.length; at += FETCHED_AT_ONCE) {
    const missing = new Set(guids.slice(at, at + FETCHED_AT_ONCE));
    for await (const page of fetcher.byGuid(base, [...missing])) {
      const batch = await fetcher.batch(page);
      for (const guid of batch.seen) missing.delete(guid);
      yield batch;
    }
    if (missing.size > 0) yield { recipients: [], gone: [...missing], problems: [] };
  }
}

/** Known objects that are not among all objects there are: deleted, and the account may not see it. */
async function* byComparison(plan: ReadPlan, { known }: ReadOptions): AsyncGenerator<ReadBatch> {
  const gone = await known?.();
  if (!gone) return;
  for await (const { guid } of allGuids(plan)) gone.delete(guid);
  if (gone.size > 0) yield { recipients: [], gone: [...gone.keys()], problems: [] };
}

async function* allGuids({ fetcher, bases }: ReadPlan): AsyncGenerator<{ guid: string; usn: number }> {
  for (const base of bases) {
    for await (const page of fetcher.pages(base, RECIPIENT_FILTER, ['objectGUID', 'uSNChanged'])) {
      for (const raw of page.entries) {
        const { attributes } = plainEntry(raw, []);
        const guid = attributes.objectGUID?.[0]?.toLowerCase();
        if (guid) yield { guid, usn: Number(attributes.uSNChanged?.[0] ?? 0) };
      }
    }
  }
}

/** Goes on with a full read that broke off: what is stored as it still is, is not read again. */
export async function* readRest(
  plan: ReadPlan,
  state: DeltaState | undefined,
  options: ReadOptions,
): AsyncGenerator<ReadBatch, ReadResult> {
  const { fetcher, server, notes } = plan;
  const known = (await options.known?.()) ?? new Map<string, number>();
  let unchanged: string[] = [];
  let wanted: string[] = [];
  for await (const { guid, usn } of allGuids(plan)) {
    if (known.get(guid) === usn && usn > 0) unchanged.push(guid);
    else wanted.push(guid);
    if (unchanged.length >= FETCHED_AT_ONCE) {
      yield { recipients: [], gone: [], problems: [], unchanged };
      unchanged = [];
    }
    if (wanted.length >= FETCHED_AT_ONCE) {
      yield* fetchAll(fetcher, server.facts.baseDn, wanted);
      wanted = [];
    }
  }
  yield { recipients: [], gone: [], problems: [], unchanged };
  yield* fetchAll(fetcher, server.facts.baseDn, wanted);
  return { mode: 'resumed', state, notes, queries: fetcher.queries };
}

/** Matches nothing, so that DirSync gives its cookie and no objects. */
const NOTHING = '(objectGUID=\\00\\00\\00\\00)';
const COOKIE_TRIES = 100;

/** Where the next delta starts; taken before a full read, so that what changes during it comes again. */
export async function startOfNextDelta({ fetcher, server, bases }: ReadPlan): Promise<DeltaState | undefined> {
  const { facts } = server;
  if (facts.highestUsn === undefined || facts.invocationId === '') return undefined;
  return {
    server: facts.name,
    invocationId: facts.invocationId,
    usn: facts.highestUsn,
    cookie: bases.every((base) => base === facts.baseDn) ? await firstCookie(fetcher, server) : null,
    seesDeleted: await seesDeleted(fetcher, server),
  };
}

async function firstCookie(fetcher: Fetcher, { facts }: OpenServer): Promise<Buffer | null> {
  if (!facts.controls.has(DirSyncControl.type)) return null;
  let cookie: Buffer | undefined;
  try {
    for (let i = 0; i < COOKIE_TRIES; i++) {
      const control = new DirSyncControl(cookie);
      await fetcher.once(facts.baseDn, NOTHING, ['objectGUID'], [control]);
      cookie = control.cookie;
      if (!control.more) return cookie.length > 0 ? cookie : null;
    }
    return null;
  } catch (error) {
    if (resultCode(error) === undefined) throw error;
    return null;
  }
}

async function seesDeleted(fetcher: Fetcher, { facts }: OpenServer): Promise<boolean> {
  try {
    const container = `CN=Deleted Objects,${facts.baseDn}`;
    const found = await fetcher.once(container, '(isDeleted=TRUE)', ['1.1'], [new ShowDeletedControl()], 'one', 1);
    return found.length > 0;
  } catch (error) {
    if (resultCode(error) === undefined) throw error;
    return false;
  }
}
