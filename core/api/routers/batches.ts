import { z } from 'zod';
import { batchOptionsSchema } from '../../domain/batch-options.ts';
import { UsageError } from '../../domain/errors.ts';
import { actOnBatch } from '../../plan/batches/actions.ts';
import { planBatch } from '../../plan/batches/create.ts';
import { BATCH_ACTIONS } from '../../plan/batches/lifecycle.ts';
import { batchVerdict, planVerify, tasksOver } from '../../plan/batches/verify.ts';
import { takeBack, unfinishedUndo } from '../../plan/cutover/undo.ts';
import { requireClear } from '../../preflight/gate.ts';
import { appendAudit } from '../../store/audit.ts';
import { batchTotals, listBatches } from '../../store/batches.ts';
import { cursorSchema } from '../../store/paging.ts';
import { MOVES, moveWorkloads } from '../../store/queue-order.ts';
import { placeWorkloads } from '../../store/queue-place.ts';
import { attemptLines, badItemLines, folderLines, throughputByMinute } from '../../store/workload-details.ts';
import { WORKLOAD_SORTS, workloadAnchors, workloadIds, workloadLines } from '../../store/workload-views.ts';
import { stateSchema, workloadById } from '../../store/workloads.ts';
import { actorOf, batchRef, memberRefs, resolveBatch, resolveMembers, writersOf } from '../batch-ref.ts';
import { releaseLocks } from '../folder-locks.ts';
import { procedure, router } from '../trpc.ts';

const filterSchema = z.object({
  batchId: z.int().positive(),
  states: z.array(stateSchema).optional(),
  search: z.string().max(200).optional(),
});
const querySchema = filterSchema.extend({
  sort: z.enum(WORKLOAD_SORTS).default('name'),
  descending: z.boolean().default(false),
});

const choiceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), addresses: z.array(z.string().min(1)).min(1) }),
  z.object({ kind: z.literal('filter'), expression: z.string().min(1) }),
  z.object({ kind: z.literal('sources'), ids: z.array(z.int().positive()).min(1).max(100_000) }),
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('none') }),
]);

const HOUR = 3_600_000;

export const batchesRouter = router({
  /** Every batch with its sums, in the order of their making. */
  list: procedure.query(async ({ ctx }) => {
    const batches = await listBatches(ctx.store);
    return await Promise.all(
      batches.map(async ({ options: _, ...batch }) => ({ ...batch, totals: await batchTotals(ctx.store, batch.id) })),
    );
  }),

  /** One batch with its sums and what it moved in the last hour, a sum a minute. */
  show: procedure.input(z.object({ batch: batchRef })).query(async ({ ctx, input }) => {
    const batch = await resolveBatch(ctx.store, input.batch);
    const now = await ctx.store.now();
    const [totals, throughput] = await Promise.all([
      batchTotals(ctx.store, batch.id),
      throughputByMinute(ctx.store, now - HOUR, batch.id),
    ]);
    return { ...batch, totals, throughput, now };
  }),

  create: procedure
    .input(
      z.object({
        name: z.string().min(1).max(200),
        choice: choiceSchema,
        publicFolders: z.array(z.string()).default([]),
        options: batchOptionsSchema.partial().optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const made = await planBatch(ctx.store, {
        name: input.name,
        choice: input.choice,
        publicFolders: input.publicFolders,
        ...(input.options && { options: withoutUndefined(input.options) }),
      });
      return made;
    }),

  /** Start, pause, hold, cut over or undo: the whole batch, or the named workloads of it. */
  act: procedure
    .input(
      z.object({
        batch: batchRef,
        action: z.enum(BATCH_ACTIONS),
        ...memberRefs,
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      if (input.action === 'start') await requireClear(ctx.store, batch.name);
      const ids = await resolveMembers(ctx.store, batch, input.action, input);
      const result = await actOnBatch(ctx.store, batch.id, input.action, {
        workloadIds: ids,
        correlation: ctx.correlation,
      });
      const again = input.action === 'undo' ? await unfinishedUndo(ctx.store, batch.id) : [];
      const undone = [...new Set([...result.undoDirectory, ...again])];
      await releaseLocks(ctx, undone);
      const taken = await takeBack(ctx.store, batch.id, undone, writersOf(ctx), actorOf(ctx));
      return { batch: batch.name, ...taken, ...result };
    }),

  /** Members run earlier or later than the others of their batch; what runs already goes on. */
  move: procedure
    .input(
      z.object({
        batch: batchRef,
        workloadIds: z.array(z.int().positive()).min(1).max(500),
        move: z.enum(MOVES),
      }),
    )
    .mutation(async ({ ctx, input: { batch: ref, workloadIds, move } }) => {
      const batch = await resolveBatch(ctx.store, ref);
      const moved = await moveWorkloads(ctx.store, batch.id, workloadIds, move);
      const entry = { action: 'batch.order', object: `batch ${batch.name}`, after: { workloadIds, move } };
      if (moved > 0) await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }]);
      return { batch: batch.name, moved };
    }),

  /** Members get their turn right before another one of their batch, or last; what runs already goes on. */
  place: procedure
    .input(
      z.object({
        batch: batchRef,
        workloadIds: z.array(z.int().positive()).min(1).max(500),
        before: z.int().positive().optional(),
      }),
    )
    .mutation(async ({ ctx, input: { batch: ref, workloadIds, before } }) => {
      const batch = await resolveBatch(ctx.store, ref);
      const moved = await placeWorkloads(ctx.store, batch.id, workloadIds, before);
      const entry = { action: 'batch.order', object: `batch ${batch.name}`, after: { workloadIds, before } };
      if (moved > 0) await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }]);
      return { batch: batch.name, moved };
    }),

  /** Asks for a comparison of source and target, item by item; workers do it. */
  verify: procedure
    .input(z.object({ batch: batchRef, deep: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      const taskIds = await planVerify(ctx.store, batch.id, input.deep);
      const { workloads } = await batchVerdict(ctx.store, batch.id);
      if (taskIds.length === 0 && !workloads.some((workload) => workload.at !== null)) {
        throw new UsageError({
          tried: `verify batch "${batch.name}"`,
          happened: 'Nothing of it has been copied yet.',
          next: `Start it with: transplant batch start "${batch.name}"`,
        });
      }
      return { batchId: batch.id, taskIds };
    }),

  /** How far some tasks of the batch are. */
  tasks: procedure
    .input(z.object({ ids: z.array(z.int().positive()).max(100_000) }))
    .query(({ ctx, input }) => tasksOver(ctx.store, input.ids)),

  /** What the newest comparisons say. */
  verdict: procedure.input(z.object({ batch: batchRef })).query(async ({ ctx, input }) => {
    const batch = await resolveBatch(ctx.store, input.batch);
    return { batch: batch.name, ...(await batchVerdict(ctx.store, batch.id)) };
  }),

  /** One page of the batch's list after a cursor. */
  lines: procedure
    .input(querySchema.extend({ after: cursorSchema.optional(), limit: z.int().min(1).max(500).default(100) }))
    .query(({ ctx, input: { after, limit, ...query } }) => workloadLines(ctx.store, query, { after, limit })),

  /** The length of the list, and the cursor before each page of `every` lines, to jump into its middle. */
  anchors: procedure
    .input(querySchema.extend({ every: z.int().min(10).max(500).default(100) }))
    .query(({ ctx, input: { every, ...query } }) => workloadAnchors(ctx.store, query, every)),

  ids: procedure.input(filterSchema).query(({ ctx, input }) => workloadIds(ctx.store, input)),

  /** What the drawer shows of one mailbox or subtree. */
  workload: procedure.input(z.object({ id: z.int().positive() })).query(async ({ ctx, input }) => {
    const workload = await workloadById(ctx.store, input.id);
    if (!workload) {
      throw new UsageError({
        tried: `find workload ${input.id}`,
        happened: 'There is none with this number; its batch may have been removed.',
        next: 'Go back to the list of batches.',
      });
    }
    const [badItems, attempts] = await Promise.all([
      badItemLines(ctx.store, input.id, 200),
      attemptLines(ctx.store, input.id, 50),
    ]);
    return { ...workload, badItems, attempts };
  }),

  folders: procedure
    .input(
      z.object({
        workloadId: z.int().positive(),
        after: z.string().optional(),
        limit: z.int().min(1).max(500).default(200),
        unfinished: z.boolean().optional(),
      }),
    )
    .query(({ ctx, input: { workloadId, ...page } }) => folderLines(ctx.store, workloadId, page)),
});

/** zod's partial objects carry `undefined` where the defaults should speak. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
