import { z } from 'zod';
import type { ForestRole } from '../../domain/words.ts';
import { batchTotals, listBatches } from '../../store/batches.ts';
import { countBlocking } from '../../store/checks.ts';
import { lastEventId, waitForEvents } from '../../store/events.ts';
import { listForests } from '../../store/forests.ts';
import { listMachines } from '../../store/machines.ts';
import { countWaiting } from '../../store/overview.ts';
import { throughputByMinute } from '../../store/workload-details.ts';
import { procedure, router } from '../trpc.ts';

const HOUR = 3_600_000;
/** A machine that has not been heard of for so long (ms) counts as away. */
const AWAY_AFTER = 45_000;

export const statusRouter = router({
  /** Batches, workers and the last hour's throughput: what `transplant status` prints. */
  overview: procedure.query(async ({ ctx }) => {
    const now = await ctx.store.now();
    const [batches, machines, throughput] = await Promise.all([
      listBatches(ctx.store),
      listMachines(ctx.store, 'worker'),
      throughputByMinute(ctx.store, now - HOUR),
    ]);
    return {
      now,
      database: ctx.store.url,
      batches: await Promise.all(
        batches.map(async (batch) => ({
          id: batch.id,
          name: batch.name,
          state: batch.state,
          startedAt: batch.startedAt,
          finishedAt: batch.finishedAt,
          totals: await batchTotals(ctx.store, batch.id),
        })),
      ),
      workers: machines.map((machine) => ({
        id: machine.id,
        name: machine.name,
        state: machine.state,
        version: machine.version,
        lastSeen: machine.lastSeen,
        away: now - machine.lastSeen > AWAY_AFTER,
        facts: machine.facts,
      })),
      throughput,
    };
  }),

  /** What stands on every page: which project this is, where its data lies, how many decisions wait where. */
  frame: procedure.query(async ({ ctx }) => {
    const [forests, batches, waiting, blocking] = await Promise.all([
      listForests(ctx.store),
      listBatches(ctx.store),
      countWaiting(ctx.store),
      countBlocking(ctx.store),
    ]);
    const name = (role: ForestRole) =>
      forests
        .filter((forest) => forest.role === role)
        .map((forest) => forest.name)
        .join(', ');
    return {
      project: forests.length === 0 ? undefined : { source: name('source') || '?', target: name('target') || '?' },
      database: ctx.store.url,
      /** So that a console can say when one stops running. */
      batches: batches.map(({ id, name, state }) => ({ id, name, state })),
      waiting: {
        batchDecisions: batches.filter((batch) => batch.state === 'decision').length,
        workersWaiting: waiting.machines,
        conflicts: waiting.conflicts + waiting.reviews,
        blocking,
      },
    };
  }),

  /** Where live progress starts: take the cursor first, then read, then poll from the cursor. */
  cursor: procedure.query(async ({ ctx }) => ({ cursor: await lastEventId(ctx.store) })),

  /** Events after a cursor. Waits up to `waitMs` for the first one, so that a console hears of things at once. */
  events: procedure
    .input(
      z.object({
        after: z.int().min(0),
        batchId: z.int().positive().optional(),
        workloadId: z.int().positive().optional(),
        limit: z.int().min(1).max(1000).default(500),
        waitMs: z.int().min(0).max(25_000).default(0),
      }),
    )
    .query(async ({ ctx, input, signal }) => {
      const { waitMs, batchId, workloadId, ...rest } = input;
      return await waitForEvents(
        ctx.store,
        {
          ...rest,
          ...(batchId === undefined ? {} : { batchId }),
          ...(workloadId === undefined ? {} : { workloadId }),
        },
        { timeoutMs: waitMs, ...(signal && { signal }) },
      );
    }),
});
