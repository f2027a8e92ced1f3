import { z } from 'zod';
import { parseStats } from '../../domain/mailbox-stats.ts';
import { isPassing } from '../../exchange/errors.ts';
import { EwsError } from '../../exchange/ews/codes.ts';
import type { OpenMailStore } from '../../exchange/mail-store.ts';
import { listForests } from '../../store/forests.ts';
import { replaceAccess, storeStats } from '../../store/mailbox-access.ts';
import { type ClaimedTask, enqueue, fenced } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import { candidates } from '../batches/create.ts';
import { collectMailbox } from './collect.ts';

/** What a task of kind `statistics` carries: mailboxes of the source by number and address. */
const payloadSchema = z.object({
  mailboxes: z.array(z.object({ id: z.int().positive(), address: z.string().min(1) })).min(1),
});

/** Mailboxes of one task: few enough that a worker that dies repeats little. */
const MAILBOXES_A_TASK = 20;
/** After the checks, before the copying that stands in the queue. */
const PRIORITY = 2;

export interface CollectRequest {
  /** Leaves out what was measured since then, ms since the epoch. */
  measuredSince?: number | undefined;
}

/** Asks workers to measure the mailboxes that could go into batches. @returns how many mailboxes, in how many tasks */
export async function askForStatistics(
  store: Store,
  { measuredSince = Number.POSITIVE_INFINITY }: CollectRequest = {},
): Promise<{ mailboxes: number; tasks: number; already: number }> {
  const found = (await candidates(store)).filter((c) => c.sourceAddress !== '');
  const fresh = await measuredAfter(store, measuredSince);
  const open = found.filter((c) => !fresh.has(c.sourceId));
  const mailboxes = open.map((c) => ({ id: c.sourceId, address: c.sourceAddress }));
  const tasks: { kind: 'statistics'; payload: unknown; priority: number }[] = [];
  for (let at = 0; at < mailboxes.length; at += MAILBOXES_A_TASK) {
    tasks.push({
      kind: 'statistics',
      payload: { mailboxes: mailboxes.slice(at, at + MAILBOXES_A_TASK) },
      priority: PRIORITY,
    });
  }
  await enqueue(store, tasks);
  return { mailboxes: mailboxes.length, tasks: tasks.length, already: found.length - open.length };
}

async function measuredAfter(store: Store, since: number): Promise<Set<number>> {
  if (since === Number.POSITIVE_INFINITY) return new Set();
  const ids = (await listForests(store)).flatMap((f) => (f.role === 'source' ? [f.id] : []));
  if (ids.length === 0) return new Set();
  const rows = await store.db
    .selectFrom('recipient')
    .select(['id', 'stats'])
    .where('forest_id', 'in', ids)
    .where('stats', 'is not', null)
    .execute();
  return new Set(rows.flatMap((row) => ((parseStats(row.stats)?.at ?? 0) >= since ? [row.id] : [])));
}

export interface CollectContext {
  store: Store;
  claim: ClaimedTask;
  openMailStore: OpenMailStore;
  signal: AbortSignal;
  guard: () => void;
}

export interface CollectResult {
  measured: number;
  items: number;
  bytes: number;
  /** Mailboxes that could not be opened, with the reason. */
  unread: { address: string; reason: string }[];
  notes: string[];
}

/**
 * Executes a claimed task of kind `statistics`. A mailbox that its server refuses is named in the result; a server that
 * is away or busy ends the try, which is repeated later.
 * @throws FencedError when the lease was lost, and what passes by itself (isPassing)
 */
export async function runStatisticsTask(context: CollectContext): Promise<CollectResult> {
  const { store, claim, openMailStore, signal, guard } = context;
  const { mailboxes } = payloadSchema.parse(claim.payload);
  const result: CollectResult = { measured: 0, items: 0, bytes: 0, unread: [], notes: [] };
  for (const { id, address } of mailboxes) {
    guard();
    try {
      const { stats, access, notes } = await collectMailbox(await openMailStore('source', address, 'mailbox'), signal);
      await fenced(store, claim, async (trx) => {
        await storeStats(store, id, { ...stats, at: await store.now(trx) }, trx);
        await replaceAccess(store, 'exchange', new Map([[id, access]]), trx);
      });
      result.measured++;
      result.items += stats.items;
      result.bytes += stats.bytes;
      result.notes.push(...notes.map((note) => `${address}: ${note}`));
    } catch (error) {
      if (!(error instanceof EwsError) || isPassing(error)) throw error;
      result.unread.push({ address, reason: error.message });
    }
  }
  return result;
}
