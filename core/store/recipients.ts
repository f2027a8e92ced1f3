import type { Selectable, Transaction } from 'kysely';
import {
  attributesSchema,
  type DirectoryProblem,
  problemsSchema,
  type RecipientAddress,
  type RecipientRecord,
} from '../domain/recipient.ts';
import type { RecipientKind } from '../domain/words.ts';
import { insertMany, upsertMany } from './bulk.ts';
import type { Database, RecipientTable } from './schema.ts';
import type { Store } from './store.ts';

/** A recipient with its number in the store. */
export interface StoredRecipient extends RecipientRecord {
  id: number;
  forestId: number;
}

/** SQL Server takes 2,100 parameters in a statement. */
const IDS_IN_A_STATEMENT = 1000;

/**
 * Stores objects of one batch of a read, new or changed, and marks what is gone; says how many were. Matches and decisions keep pointing
 * at the rows: an object keeps its number as long as its GUID lives.
 * @param also written in the same transaction; gets the numbers of the objects by GUID
 */
export async function storeRecipients(
  store: Store,
  forestId: number,
  readId: number,
  batch: { recipients: readonly RecipientRecord[]; gone: readonly string[] },
  also?: (trx: Transaction<Database>, ids: ReadonlyMap<string, number>) => Promise<void>,
): Promise<{ gone: number }> {
  const records = [...new Map(batch.recipients.map((r) => [r.guid, r])).values()];
  return store.db.transaction().execute(async (trx) => {
    await upsertMany(
      store,
      trx,
      'recipient',
      records.map((r) => recipientRow(forestId, readId, r)),
      { key: ['forest_id', 'guid'], update: CHANGED_COLUMNS },
    );
    const ids = await storeAddresses(store, trx, forestId, records);
    await also?.(trx, ids);
    return { gone: await markGone(trx, forestId, batch.gone) };
  });
}

/** Everything but the key and what workers measured (stats). */
const CHANGED_COLUMNS = [
  'dn',
  'kind',
  'display_name',
  'mail',
  'sam',
  'upn',
  'legacy_dn',
  'department',
  'name_key',
  'hidden',
  'deleted',
  'usn',
  'when_changed',
  'attributes',
  'read_id',
] as const;

function recipientRow(forestId: number, readId: number, r: RecipientRecord) {
  return {
    forest_id: forestId,
    guid: r.guid,
    dn: r.dn,
    kind: r.kind,
    display_name: r.displayName,
    mail: r.mail,
    sam: r.sam,
    upn: r.upn,
    legacy_dn: r.legacyDn,
    department: r.department,
    name_key: r.nameKey,
    hidden: r.hidden ? 1 : 0,
    deleted: r.deleted ? 1 : 0,
    usn: r.usn,
    when_changed: r.whenChanged,
    attributes: JSON.stringify(r.attributes),
    stats: null,
    read_id: readId,
  };
}

async function storeAddresses(
  store: Store,
  trx: Transaction<Database>,
  forestId: number,
  records: readonly RecipientRecord[],
): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  for (const part of chunks(records, IDS_IN_A_STATEMENT)) {
    const guids = part.map((r) => r.guid);
    const ids = await trx
      .selectFrom('recipient')
      .select(['id', 'guid'])
      .where('forest_id', '=', forestId)
      .where('guid', 'in', guids)
      .execute();
    const idOf = new Map(ids.map((row) => [row.guid, row.id]));
    for (const [guid, id] of idOf) all.set(guid, id);
    await trx
      .deleteFrom('recipient_address')
      .where('recipient_id', 'in', [...idOf.values()])
      .execute();
    const rows = part.flatMap((r) => {
      const id = idOf.get(r.guid);
      return id === undefined ? [] : r.addresses.map((a) => addressRow(forestId, id, a));
    });
    await insertMany(store, trx, 'recipient_address', rows);
  }
  return all;
}

function addressRow(forestId: number, recipientId: number, a: RecipientAddress) {
  return {
    recipient_id: recipientId,
    forest_id: forestId,
    kind: a.kind,
    address: a.address,
    address_key: a.key,
    is_primary: a.primary ? 1 : 0,
  };
}

/** An object that is gone keeps its row, so that a decision about it can be shown; its addresses are free again. */
async function markGone(trx: Transaction<Database>, forestId: number, guids: readonly string[]): Promise<number> {
  let gone = 0;
  for (const part of chunks(guids, IDS_IN_A_STATEMENT)) {
    const rows = await trx
      .selectFrom('recipient')
      .select('id')
      .where('forest_id', '=', forestId)
      .where('deleted', '=', 0)
      .where('guid', 'in', part)
      .execute();
    await removeIds(
      trx,
      rows.map((row) => row.id),
    );
    gone += rows.length;
  }
  return gone;
}

async function removeIds(trx: Transaction<Database>, ids: readonly number[]): Promise<void> {
  for (const part of chunks(ids, IDS_IN_A_STATEMENT)) {
    await trx.deleteFrom('recipient_address').where('recipient_id', 'in', part).execute();
    await trx.updateTable('recipient').set({ deleted: 1 }).where('id', 'in', part).execute();
  }
}

/** After a complete read: what it did not see is gone. @returns how many */
export async function markUnseen(store: Store, forestId: number, readId: number): Promise<number> {
  return store.db.transaction().execute(async (trx) => {
    const rows = await trx
      .selectFrom('recipient')
      .select('id')
      .where('forest_id', '=', forestId)
      .where('deleted', '=', 0)
      .where('read_id', '<', readId)
      .execute();
    await removeIds(
      trx,
      rows.map((row) => row.id),
    );
    return rows.length;
  });
}

/** GUIDs and change numbers of what is stored, for a read that goes on or looks for what is gone. */
export async function knownObjects(store: Store, forestId: number): Promise<Map<string, number>> {
  const rows = await store.db
    .selectFrom('recipient')
    .select(['guid', 'usn'])
    .where('forest_id', '=', forestId)
    .where('deleted', '=', 0)
    .execute();
  return new Map(rows.map((row) => [row.guid, row.usn]));
}

/** Marks objects as seen by a read that did not need to read them again. */
export async function touchRecipients(
  store: Store,
  forestId: number,
  readId: number,
  guids: readonly string[],
): Promise<void> {
  for (const part of chunks(guids, IDS_IN_A_STATEMENT)) {
    await store.db
      .updateTable('recipient')
      .set({ read_id: readId })
      .where('forest_id', '=', forestId)
      .where('guid', 'in', part)
      .execute();
  }
}

export interface DirectoryState {
  server: string;
  invocationId: string;
  usn: number;
  cookie: Uint8Array | null;
  seesDeleted: boolean;
  readId: number;
  unfinished: boolean;
  /** ms since the epoch. */
  fullAt: number | null;
  deltaAt: number | null;
  problems: DirectoryProblem[];
}

export async function loadDirectoryState(store: Store, forestId: number): Promise<DirectoryState | undefined> {
  const row = await store.db
    .selectFrom('directory_state')
    .selectAll()
    .where('forest_id', '=', forestId)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    server: row.server,
    invocationId: row.invocation_id,
    usn: row.usn,
    cookie: row.cookie,
    seesDeleted: row.sees_deleted === 1,
    readId: row.read_id,
    unfinished: row.unfinished === 1,
    fullAt: row.full_at,
    deltaAt: row.delta_at,
    problems: problemsSchema.parse(JSON.parse(row.problems)),
  };
}

export async function saveDirectoryState(store: Store, forestId: number, state: DirectoryState): Promise<void> {
  const row = {
    forest_id: forestId,
    server: state.server,
    invocation_id: state.invocationId,
    usn: state.usn,
    cookie: state.cookie,
    sees_deleted: state.seesDeleted ? 1 : 0,
    read_id: state.readId,
    unfinished: state.unfinished ? 1 : 0,
    full_at: state.fullAt,
    delta_at: state.deltaAt,
    problems: JSON.stringify(state.problems),
  };
  await upsertMany(store, store.db, 'directory_state', [row], { key: ['forest_id'] });
}

export async function countRecipients(store: Store, forestId: number): Promise<Record<string, number>> {
  const rows = await store.db
    .selectFrom('recipient')
    .select(['kind', (eb) => eb.fn.countAll<number>().as('n')])
    .where('forest_id', '=', forestId)
    .where('deleted', '=', 0)
    .groupBy('kind')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.kind, Number(row.n)]));
}

/** All living recipients of a forest, in pages by number, so that memory stays flat. */
export async function* eachRecipient(
  store: Store,
  forestId: number,
  { includeDeleted = false, pageSize = 2000 } = {},
): AsyncGenerator<StoredRecipient[]> {
  const addresses = addressPages(store, forestId, pageSize);
  let after = 0;
  for (;;) {
    let query = store.db
      .selectFrom('recipient')
      .selectAll()
      .where('forest_id', '=', forestId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageSize);
    if (!includeDeleted) query = query.where('deleted', '=', 0);
    const rows = await query.execute();
    const last = rows.at(-1);
    if (!last) return;
    const found = await addresses(after, last.id);
    after = last.id;
    yield rows.map((row) => fromRow(row, found.get(row.id) ?? []));
  }
}

function addressPages(store: Store, forestId: number, _pageSize: number) {
  return async (after: number, upTo: number) => {
    const rows = await store.db
      .selectFrom('recipient_address')
      .selectAll()
      .where('recipient_id', '>', after)
      .where('recipient_id', '<=', upTo)
      .where('forest_id', '=', forestId)
      .orderBy('recipient_id')
      .execute();
    const byId = new Map<number, RecipientAddress[]>();
    for (const row of rows) {
      const list = byId.get(row.recipient_id) ?? [];
      list.push(addressFromRow(row));
      byId.set(row.recipient_id, list);
    }
    return byId;
  };
}

function addressFromRow(row: { kind: string; address: string; address_key: string; is_primary: number }) {
  return {
    kind: row.kind as RecipientAddress['kind'],
    address: row.address,
    key: row.address_key,
    primary: row.is_primary === 1,
  };
}

function fromRow(row: Selectable<RecipientTable>, addresses: RecipientAddress[]): StoredRecipient {
  return {
    id: row.id,
    forestId: row.forest_id,
    guid: row.guid,
    dn: row.dn,
    kind: row.kind as RecipientKind,
    displayName: row.display_name,
    mail: row.mail,
    sam: row.sam,
    upn: row.upn,
    legacyDn: row.legacy_dn,
    department: row.department,
    nameKey: row.name_key,
    hidden: row.hidden === 1,
    deleted: row.deleted === 1,
    usn: row.usn,
    whenChanged: row.when_changed,
    attributes: attributesSchema.parse(JSON.parse(row.attributes)),
    addresses,
  };
}

/** Recipients by number, in any order; unknown numbers are left out. */
export async function getRecipients(store: Store, ids: readonly number[]): Promise<Map<number, StoredRecipient>> {
  const found = new Map<number, StoredRecipient>();
  for (const part of chunks([...new Set(ids)], IDS_IN_A_STATEMENT)) {
    const rows = await store.db.selectFrom('recipient').selectAll().where('id', 'in', part).execute();
    const addresses = await store.db
      .selectFrom('recipient_address')
      .selectAll()
      .where('recipient_id', 'in', part)
      .execute();
    const byId = Map.groupBy(addresses, (a) => a.recipient_id);
    for (const row of rows) found.set(row.id, fromRow(row, (byId.get(row.id) ?? []).map(addressFromRow)));
  }
  return found;
}

/** The recipients of a forest that somebody may mean by a DN, an SMTP address, a logon name or a GUID. */
export async function findRecipients(store: Store, forestId: number, text: string): Promise<StoredRecipient[]> {
  const key = text.trim().toLowerCase();
  const byAddress = store.db
    .selectFrom('recipient_address')
    .select('recipient_id')
    .where('forest_id', '=', forestId)
    .where('kind', 'in', ['smtp', 'x500'])
    .where('address_key', '=', key.replace(/^(?:smtp|x500):/, ''));
  const rows = await store.db
    .selectFrom('recipient')
    .select('id')
    .where('forest_id', '=', forestId)
    .where('deleted', '=', 0)
    .where((eb) =>
      eb.or([
        eb('dn', '=', text.trim()),
        eb(eb.fn<string>('lower', ['dn']), '=', key),
        eb(eb.fn<string>('lower', ['sam']), '=', key),
        eb(eb.fn<string>('lower', ['upn']), '=', key),
        eb('guid', '=', key),
        eb('id', 'in', byAddress),
      ]),
    )
    .orderBy('id')
    .limit(20)
    .execute();
  return [
    ...(
      await getRecipients(
        store,
        rows.map((r) => r.id),
      )
    ).values(),
  ];
}

function* chunks<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
