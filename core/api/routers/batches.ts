import { z } from 'zod';
import { batchOptionsSchema } from '../../domain/batch-options.ts';
import { UsageError } from '../../domain/errors.ts';
import { actOnBatch, workloadsByName } from '../../plan/batches/actions.ts';
import { planBatch } from '../../plan/batches/create.ts';
import { BATCH_ACTIONS } from '../../plan/batches/lifecycle.ts';
import { batchVerdict, planVerify, tasksOver } from '../../plan/batches/verify.ts';
import { switchBack } from '../../plan/cutover/switch.ts';
import { requireClear } from '../../preflight/gate.ts';
import { type Batch, batchById, batchByName, batchTotals, listBatches } from '../../store/batches.ts';
import { listForests } from '../../store/forests.ts';
import { cursorSchema } from '../../store/paging.ts';
import type { Store } from '../../store/store.ts';
import { attemptLines, badItemLines, folderLines, throughputByMinute } from '../../store/workload-details.ts';
import { WORKLOAD_SORTS, workloadAnchors, workloadIds, workloadLines } from '../../store/workload-views.ts';
import { stateSchema, workloadById, workloadsOf } from '../../store/workloads.ts';
import { openDirectoryWriter } from '../adapters.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

/** A batch by its name, or by its id as the console's addresses have it. */
const batchRef = z.union([z.int().positive(), z.string().min(1)]);

async function resolve(store: Store, ref: z.infer<typeof batchRef>): Promise<Batch> {
  if (typeof ref === 'string') return await batchByName(store, ref);
  const batch = await batchById(store, ref);
  if (batch) return batch;
  throw new UsageError({
    tried: `find batch ${ref}`,
    happened: 'There is none with this number; it may have been removed.',
    next: 'Go back to the list of batches.',
  });
}

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
    const batch = await resolve(ctx.store, input.batch);
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
        workloadIds: z.array(z.int().positive()).optional(),
        /** Names or addresses, as a person types them. */
        mailboxes: z.array(z.string().min(1)).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const batch = await resolve(ctx.store, input.batch);
      if (input.action === 'start') await requireClear(ctx.store, batch.name);
      let ids = input.workloadIds;
      if (input.mailboxes) {
        const named = await workloadsByName(ctx.store, batch.id, input.mailboxes);
        if (named.unknown.length > 0) {
          throw new UsageError({
            tried: `${input.action} some mailboxes of batch "${batch.name}"`,
            happened: `Nobody in it has the name or address ${named.unknown.join(', ')}.`,
            next: 'Look at its members with: transplant batch show NAME',
          });
        }
        ids = [...(ids ?? []), ...named.ids];
      }
      const switchedBack = input.action === 'undo' ? await undoDirectories(ctx, batch.id, ids) : [];
      return {
        batch: batch.name,
        /** Objects that somebody changed after the cutover: they stay as they are. */
        kept: switchedBack,
        ...(await actOnBatch(ctx.store, batch.id, input.action, { workloadIds: ids, correlation: ctx.correlation })),
      };
    }),

  /** Asks for a comparison of source and target, item by item; workers do it. */
  verify: procedure
    .input(z.object({ batch: batchRef, deep: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => {
      const batch = await resolve(ctx.store, input.batch);
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
    const batch = await resolve(ctx.store, input.batch);
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

/** Takes the directory changes of members that were cut over back, before their states say so. */
async function undoDirectories(
  ctx: ApiContext,
  batchId: number,
  ids: readonly number[] | undefined,
): Promise<{ dn: string; message: string }[]> {
  const members = await workloadsOf(ctx.store, batchId, ['cuttingOver', 'done', 'decision', 'failed']);
  const wanted = members.filter((member) => ids === undefined || ids.includes(member.id)).map((member) => member.id);
  if (wanted.length === 0) return [];
  const open = async (forestId: number) => {
    const forest = (await listForests(ctx.store)).find((one) => one.id === forestId);
    if (!forest) {
      throw new UsageError({
        tried: 'take directory changes back',
        happened: 'The forest they were made in was removed from the project.',
        next: 'Add the forest again and call again.',
      });
    }
    return await openDirectoryWriter(ctx, forest);
  };
  return await switchBack(ctx.store, wanted, open, {
    who: ctx.actor.user,
    host: ctx.actor.host,
    correlation: ctx.correlation,
  });
}

/** zod's partial objects carry `undefined` where the defaults should speak. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
