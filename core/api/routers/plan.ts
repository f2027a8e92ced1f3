import { z } from 'zod';
import { candidates } from '../../plan/batches/create.ts';
import { askForStatistics } from '../../plan/collect/task.ts';
import { createWaves } from '../../plan/waves/create.ts';
import { loadGraph } from '../../plan/waves/graph.ts';
import { planWaves } from '../../plan/waves/plan.ts';
import { appendAudit } from '../../store/audit.ts';
import { type Candidate, parseFilter } from '../../store/workload-candidates.ts';
import { procedure, router } from '../trpc.ts';

const wavesSchema = z.object({
  /** Mailboxes that a wave holds at most; 100 where neither limit is given. */
  maxMailboxes: z.int().positive().optional(),
  /** Bytes that a wave holds at most, by the measured sizes. */
  maxBytes: z.int().positive().optional(),
  /** Waves are named with this, a space and a number. */
  prefix: z.string().trim().min(1).max(150).optional(),
});

/** How many of the mailboxes that a filter finds are shown; the count says all of them. */
const SHOWN = 500;

export const planRouter = router({
  /** Which matched mailboxes a filter lets through, before a batch is made of them; no filter means all. */
  candidates: procedure
    .input(z.object({ expression: z.string().max(2_000).default('') }))
    .query(async ({ ctx, input }) => {
      const all = await candidates(ctx.store);
      const wanted = input.expression.trim();
      const found = wanted === '' ? all : all.filter(parseFilter(wanted));
      const free = found.filter(({ batch }) => batch === null).length;
      return {
        found: found.length,
        free,
        elsewhere: found.length - free,
        lines: found.slice(0, SHOWN).map(({ sourceId, displayName, department, kind, sourceAddress, batch }) => ({
          sourceId,
          displayName,
          department,
          kind,
          sourceAddress,
          batch,
        })),
        departments: counted(all, ({ department }) => department),
        kinds: counted(all, ({ kind }) => kind),
      };
    }),

  /** Who shares mailboxes with whom, with every right that says so and where it was read. */
  graph: procedure.query(({ ctx }) => loadGraph(ctx.store)),

  /** Waves of everybody who is matched and in no batch, as they would be with these limits. Nothing is written. */
  waves: procedure.input(wavesSchema).query(({ ctx, input }) => planWaves(ctx.store, input)),

  /** Makes a batch of each wave. */
  create: procedure
    .input(wavesSchema.extend({ prefix: z.string().trim().min(1).max(150) }))
    .mutation(async ({ ctx, input }) => {
      const plan = await planWaves(ctx.store, input);
      const batches = await createWaves(ctx.store, plan);
      const { user: who, host } = ctx.actor;
      const after = { batches: batches.length, mailboxes: plan.mailboxes, cut: plan.cut.length, limits: plan.limits };
      const { correlation } = ctx;
      await appendAudit(ctx.store, [{ who, host, action: 'waves.created', object: input.prefix, after, correlation }]);
      return { ...plan, created: batches };
    }),

  /** Asks workers for sizes, folder permissions and delegates of the matched mailboxes. */
  collect: procedure
    .input(z.object({ olderThanHours: z.number().min(0).optional() }))
    .mutation(async ({ ctx, input }) => {
      const measuredSince =
        input.olderThanHours === undefined ? undefined : (await ctx.store.now()) - input.olderThanHours * 3_600_000;
      return await askForStatistics(ctx.store, { measuredSince });
    }),

  /** How far workers are with that: open tasks, and mailboxes with a size. */
  collected: procedure.query(async ({ ctx }) => {
    const row = await ctx.store.db
      .selectFrom('task')
      .select((eb) => eb.fn.countAll<number>().as('open'))
      .where('kind', '=', 'statistics')
      .where('state', 'in', ['ready', 'leased'])
      .executeTakeFirst();
    const { nodes, measured } = await loadGraph(ctx.store);
    return { openTasks: Number(row?.open ?? 0), mailboxes: nodes.length, measured };
  }),
});

/** The values that candidates have, most frequent first. */
function counted(all: readonly Candidate[], read: (one: Candidate) => string | null) {
  const counts = new Map<string, number>();
  for (const one of all) {
    const value = read(one);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}
