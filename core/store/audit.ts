import { createHash } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import { currentCorrelation } from '../domain/correlation.ts';
import { upsertMany } from './bulk.ts';
import type { AuditTable, Database } from './schema.ts';
import type { Store } from './store.ts';
import { takeAuditTurn } from './turn.ts';

/** What somebody did: kept for good, chained by hashes. */
export interface AuditEntry {
  who: string;
  host: string;
  /** What was done, like `forest.add` or `directory.modify`. */
  action: string;
  /** On which object: a name, a DN, `batch Wave 4`. */
  object: string;
  /** Values before and after, for configuration and directory writes; credentials are taken out. */
  before?: unknown;
  after?: unknown;
  correlation?: string;
}

export interface StoredAuditEntry extends Omit<AuditEntry, 'before' | 'after'> {
  id: number;
  /** In ms since the epoch, by the database's clock. */
  at: number;
  before: unknown;
  after: unknown;
  /** SHA-256 in hex over this entry and the hash of the one before. */
  hash: string;
}

/** The hash before the first entry. */
const GENESIS = new Uint8Array(32);
const HEAD = 'audit.head';
const headSchema = z.object({ id: z.int(), hash: z.string() });

/** Fields that never reach the audit log, whatever they hold. */
const FORBIDDEN = /pass(word|phrase)?$|pwd|secret|token|credential|unicodePwd|private.?key|^subject$|^body$/i;

/**
 * Appends to the audit log. `within` is the transaction of the change itself, so that neither is kept without the
 * other; do it last in it, because appenders wait for each other.
 */
export async function appendAudit(
  store: Store,
  entries: readonly AuditEntry[],
  within?: Transaction<Database>,
): Promise<void> {
  if (entries.length === 0) return;
  if (within) await append(store, within, entries);
  else await store.db.transaction().execute((trx) => append(store, trx, entries));
}

async function append(store: Store, trx: Transaction<Database>, entries: readonly AuditEntry[]): Promise<void> {
  const at = await takeAuditTurn(store, trx);
  const last = await trx.selectFrom('audit').select(['id', 'hash']).orderBy('id', 'desc').limit(1).executeTakeFirst();
  let id = last?.id ?? 0;
  let previous: Uint8Array = last?.hash ?? GENESIS;
  for (const entry of entries) {
    id += 1;
    const row = {
      id,
      at,
      who: entry.who,
      host: entry.host,
      action: entry.action,
      object: entry.object,
      before_value: toJson(entry.before),
      after_value: toJson(entry.after),
      correlation: entry.correlation ?? currentCorrelation() ?? null,
      previous_hash: previous,
    };
    const hash = hashOf(row);
    await trx
      .insertInto('audit')
      .values({ ...row, hash })
      .execute();
    previous = hash;
  }
  const head = JSON.stringify({ id, hash: hex(previous) });
  await upsertMany(store, trx, 'setting', [{ name: HEAD, value: head }], { key: ['name'] });
}

function toJson(value: unknown): string | null {
  if (value === undefined) return null;
  return JSON.stringify(value, (key, inner: unknown) => (FORBIDDEN.test(key) ? '(left out)' : inner));
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The hash of an entry: over its fields in their order and the hash of the entry before. */
function hashOf(row: Omit<Selectable<AuditTable>, 'hash'>): Buffer {
  const fields = [
    row.id,
    row.at,
    row.who,
    row.host,
    row.action,
    row.object,
    row.before_value,
    row.after_value,
    row.correlation,
  ];
  return createHash('sha256')
    .update(JSON.stringify([hex(row.previous_hash), ...fields]))
    .digest();
}

function fromRow(row: Selectable<AuditTable>): StoredAuditEntry {
  return {
    id: row.id,
    at: row.at,
    who: row.who,
    host: row.host,
    action: row.action,
    object: row.object,
    before: row.before_value === null ? undefined : (JSON.parse(row.before_value) as unknown),
    after: row.after_value === null ? undefined : (JSON.parse(row.after_value) as unknown),
    ...(row.correlation !== null && { correlation: row.correlation }),
    hash: hex(row.hash),
  };
}

/** Entries, newest first, before a cursor (an id). */
export async function listAudit(
  store: Store,
  { before, limit = 100, action }: { before?: number; limit?: number; action?: string } = {},
): Promise<StoredAuditEntry[]> {
  let query = store.db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit);
  if (before !== undefined) query = query.where('id', '<', before);
  if (action !== undefined) query = query.where('action', '=', action);
  return (await query.execute()).map(fromRow);
}

/** Entries of an action, newest first, a page at a time. */
export async function* eachAudit(store: Store, action: string): AsyncGenerator<StoredAuditEntry> {
  const limit = 500;
  let before: number | undefined;
  for (;;) {
    const page = await listAudit(store, { action, limit, ...(before !== undefined && { before }) });
    yield* page;
    before = page.at(-1)?.id;
    if (page.length < limit) return;
  }
}

/** All entries, oldest first, a page at a time. */
export async function* exportAudit(store: Store): AsyncGenerator<StoredAuditEntry> {
  for await (const row of rows(store)) yield fromRow(row);
}

async function* rows(store: Store, pageSize = 1000): AsyncGenerator<Selectable<AuditTable>> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await store.db
      .selectFrom('audit')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageSize)
      .execute();
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    after = last.id;
  }
}

/** The last entry at some time in the past, as somebody noted it outside the database. */
export interface AuditAnchor {
  id: number;
  hash: string;
}

export interface AuditFinding {
  id: number;
  problem: 'changed' | 'removed' | 'inserted' | 'rewritten';
  /** What was found, for people. */
  text: string;
}

export interface AuditVerdict {
  entries: number;
  findings: AuditFinding[];
  /** What to note outside the database: the last entry. Undefined when there is none. */
  head: AuditAnchor | undefined;
}

/**
 * Reads the whole chain again and names every entry that was changed, removed or inserted. `anchors` are heads noted
 * earlier: they show a chain that was written anew as a whole, which its own hashes cannot.
 */
export async function verifyAudit(store: Store, anchors: readonly AuditAnchor[] = []): Promise<AuditVerdict> {
  const setting = await store.db.selectFrom('setting').select('value').where('name', '=', HEAD).executeTakeFirst();
  const head = setting && headSchema.parse(JSON.parse(setting.value));
  const check = new ChainCheck(head, anchors);
  for await (const row of rows(store)) check.next(row);
  return check.end();
}

class ChainCheck {
  readonly #head: AuditAnchor | undefined;
  readonly #anchors: Map<number, string>;
  readonly #findings: AuditFinding[] = [];
  #previous: { id: number; hash: Uint8Array } = { id: 0, hash: GENESIS };
  #entries = 0;

  constructor(head: AuditAnchor | undefined, anchors: readonly AuditAnchor[]) {
    this.#head = head;
    this.#anchors = new Map(anchors.map(({ id, hash }) => [id, hash]));
  }

  next(row: Selectable<AuditTable>): void {
    const { id } = row;
    this.#entries++;
    const gap = id > this.#previous.id + 1;
    if (gap) this.#removed(this.#previous.id + 1, id - 1);
    if (id < 1 || (this.#head && id > this.#head.id)) {
      this.#find(id, 'inserted', 'was put in from outside: the log does not count it');
    } else if (hex(row.hash) !== hex(hashOf(row))) {
      this.#find(id, 'changed', 'is not what was written: its hash does not fit its text');
    } else if (!gap && hex(row.previous_hash) !== hex(this.#previous.hash)) {
      this.#find(id, 'changed', `does not follow from entry ${this.#previous.id}: one of the two was exchanged`);
    }
    const anchor = this.#anchors.get(id);
    if (anchor !== undefined && anchor !== hex(row.hash)) {
      this.#find(id, 'rewritten', 'is not the entry that was noted at an earlier verification');
    }
    this.#anchors.delete(id);
    this.#previous = { id, hash: row.hash };
  }

  end(): AuditVerdict {
    const last = this.#previous;
    const wanted = Math.max(this.#head?.id ?? 0, ...this.#anchors.keys());
    if (wanted > last.id) this.#removed(last.id + 1, wanted);
    else if (this.#head?.id === last.id && this.#head.hash !== hex(last.hash)) {
      this.#find(last.id, 'changed', 'is not the last entry that was written');
    } else if (!this.#head && this.#entries > 0) {
      this.#find(last.id, 'removed', 'is the last one found, but the note of the last entry is gone');
    }
    const head = last.id > 0 ? { id: last.id, hash: hex(last.hash) } : undefined;
    return { entries: this.#entries, findings: this.#findings, head };
  }

  #removed(from: number, to: number): void {
    const text = from === to ? `entry ${from} was removed` : `entries ${from} to ${to} were removed`;
    this.#findings.push({ id: from, problem: 'removed', text });
  }

  #find(id: number, problem: AuditFinding['problem'], text: string): void {
    this.#findings.push({ id, problem, text: `entry ${id} ${text}` });
  }
}
