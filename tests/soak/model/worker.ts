import { appendFileSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { silentLog } from '../../../core/domain/log.ts';
import { appendEvents } from '../../../core/store/events.ts';
import {
  addLedger,
  itemKey,
  type LedgerRow,
  ledgerBySource,
  markSending,
  putLedger,
  RESENT,
} from '../../../core/store/ledger.ts';
import { openStore } from '../../../core/store/open.ts';
import { complete, fenced } from '../../../core/store/queue.ts';
import type { Database } from '../../../core/store/schema.ts';
import type { Store } from '../../../core/store/store.ts';
import type { Lease } from '../../../worker/lease.ts';
import { Loop } from '../../../worker/loop.ts';
import { throughOutage } from '../../../worker/outage.ts';
import { pendingRow } from '../../support/ledger-row.ts';
import { workerSettings } from './settings.ts';
import type { TargetItem, TargetRequest } from './target.ts';

/*
 * One worker of the model: the real loop, queue and ledger, and a copy that is as small as a copy can be. It is killed,
 * frozen and cut off from outside, and its own clock may be wrong.
 */

const settings = workerSettings.parse(JSON.parse(process.env.MODEL_WORKER ?? '{}'));

const trueNow = Date.now.bind(Date);
Date.now = () => trueNow() + settings.skewMs;

const payloadSchema = z.object({ workload: z.number(), items: z.array(z.string()), last: z.boolean() });
const ITEMS_A_REQUEST = 3;
const CALL_MS = 1_000;

/** The call may have been carried out or not; the task comes back soon, before a late request is carried out. */
class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
  readonly backOffMs = 30;
}

/** One call, one connection, as after a broken one. */
async function call(request: TargetRequest): Promise<TargetItem[]> {
  const { promise, resolve, reject } = Promise.withResolvers<TargetItem[]>();
  const socket = connect(settings.targetPort, '127.0.0.1');
  socket.setTimeout(CALL_MS, () => socket.destroy(new AnswerLost('no answer in time')));
  socket.on('error', () => reject(new AnswerLost('the connection broke')));
  socket.on('close', () => reject(new AnswerLost('the connection broke')));
  const lines = createInterface({ input: socket });
  lines.on('error', () => undefined);
  lines.once('line', (line) => resolve(JSON.parse(line) as TargetItem[]));
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** Every write goes through here: fenced, and on record in the same transaction, so that the order is the database's. */
async function write(
  store: Store,
  lease: Lease,
  what: string,
  work: (trx: Transaction<Database>) => Promise<void>,
): Promise<void> {
  const { claim } = lease;
  const body = async (trx: Transaction<Database>): Promise<void> => {
    const row = await trx
      .selectFrom('task')
      .select((eb) => ['lease_until', store.nowSql.as('now'), eb.ref('fence').as('fence')])
      .where('id', '=', claim.id)
      .executeTakeFirstOrThrow();
    await work(trx);
    const data = { task: claim.id, fence: claim.fence, what, leaseUntil: row.lease_until, now: row.now };
    await appendEvents(store, [{ kind: 'model.write', machineId: settings.machineId, data }], trx);
  };
  if (settings.defect === 'unfenced') await store.db.transaction().execute(body);
  else await fenced(store, claim, body);
}

/** Asked before anything is sent. */
function guard(lease: Lease): void {
  if (settings.defect !== 'unfenced') lease.guard();
}

async function execute(store: Store, lease: Lease): Promise<void> {
  const { workload, items, last } = payloadSchema.parse(lease.claim.payload);
  await write(store, lease, 'list', async (trx) => {
    const known = await ledgerBySource(trx, workload, items);
    const fresh = items.filter((id) => !known.has(Buffer.from(itemKey(id)).toString('hex')));
    await addLedger(
      store,
      trx,
      fresh.map((id) => pendingRow(workload, id, { folderId: workload, fence: lease.claim.fence })),
      await store.now(trx),
    );
  });
  for (;;) {
    const open = [...(await ledgerBySource(store.db, workload, items)).values()].filter(
      ({ state }) => state !== 'done',
    );
    if (open.length === 0) break;
    const doubtful = open.filter(({ state }) => state === 'sending').slice(0, ITEMS_A_REQUEST);
    if (doubtful.length) await settle(store, lease, doubtful);
    else await copy(store, lease, open.slice(0, ITEMS_A_REQUEST), null);
  }
  if (last) await removeDoubles(store, lease, workload, items);
  guard(lease);
  await complete(store, lease.claim);
}

/** Rows that were handed over without an answer: the target is asked first, and what it has is not sent again. */
async function settle(store: Store, lease: Lease, rows: LedgerRow[]): Promise<void> {
  guard(lease);
  const asked = settings.defect !== 'trusting';
  const found = asked ? await call({ op: 'find', keys: rows.map(({ sourceId }) => sourceId) }) : [];
  const arrived = rows.flatMap((row) => {
    const item = found.find(({ key }) => key === row.sourceId);
    return item ? [{ ...row, state: 'done' as const, targetId: item.id, reason: RESENT }] : [];
  });
  if (arrived.length) {
    await write(store, lease, 'found', async (trx) => putLedger(store, trx, arrived, await store.now(trx)));
  }
  const missing = rows.filter((row) => !arrived.some(({ sourceId }) => sourceId === row.sourceId));
  if (missing.length) await copy(store, lease, missing, asked ? RESENT : null);
}

async function copy(store: Store, lease: Lease, rows: LedgerRow[], reason: string | null): Promise<void> {
  const keys = rows.map(({ sourceKey }) => sourceKey);
  await write(store, lease, 'sending', async (trx) => {
    await markSending(trx, rows[0]?.workloadId ?? 0, keys, lease.claim.fence, await store.now(trx));
  });
  guard(lease);
  const sent = settings.defect === 'forgetful' ? rows.slice(0, -1) : rows;
  const made = await call({ op: 'create', keys: sent.map(({ sourceId }) => sourceId) });
  const done = rows.map((row, index) => ({
    ...row,
    state: 'done' as const,
    targetId: made[index]?.id ?? null,
    reason,
  }));
  await write(store, lease, 'done', async (trx) => putLedger(store, trx, done, await store.now(trx)));
}

/** What a lost answer doubled: items of a row that was in doubt which no row has as its own. */
async function removeDoubles(store: Store, lease: Lease, workload: number, items: string[]): Promise<void> {
  const rows = [...(await ledgerBySource(store.db, workload, items)).values()];
  const doubtful = rows.filter(({ reason }) => reason === RESENT).map(({ sourceId }) => sourceId);
  if (doubtful.length === 0) return;
  guard(lease);
  const found = await call({ op: 'find', keys: doubtful });
  const own = new Set(rows.map(({ targetId }) => targetId));
  const extra = found.filter(({ id }) => !own.has(id)).map(({ id }) => id);
  if (extra.length === 0) return;
  guard(lease);
  await call({ op: 'delete', ids: extra });
  appendFileSync(settings.logFile, `${JSON.stringify({ doublesRemoved: extra.length })}\n`);
}

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const { clockFile } = settings;
const clock = clockFile === undefined ? {} : { clock: () => trueNow() + Number(readFileSync(clockFile, 'utf8') || 0) };
// The line may be cut while we open the database: that is an outage like any other.
const store = await throughOutage(() => openStore(settings.url, clock), { signal: stop.signal, log: silentLog });
// Processes that are killed would never leave what they compiled to the next one.
flushCompileCache();
process.stdout.write('ready\n');
await new Loop({
  store,
  machineId: settings.machineId,
  concurrency: 2,
  leaseMs: settings.leaseMs,
  pollMs: 100,
  execute: (lease) => execute(store, lease),
  signal: stop.signal,
  log: silentLog,
}).run();
await store.close();
