import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { WINDOW_KINDS, wallSchema, windowRuleSchema, windowWords, zoneSchema } from '../../domain/schedule.ts';
import { setSchedule } from '../../plan/schedule/set.ts';
import { timeLine } from '../../plan/schedule/time-line.ts';
import { writeSpans } from '../../plan/schedule/windows.ts';
import { appendAudit } from '../../store/audit.ts';
import { scheduleOf } from '../../store/schedules.ts';
import {
  addTimeWindow,
  listTimeWindows,
  readSites,
  removeTimeWindow,
  sitesSchema,
  writeSites,
} from '../../store/time-windows.ts';
import { actorOf, batchRef, resolveBatch } from '../batch-ref.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

const scopeSchema = z.string().trim().min(1).max(200);
const YEAR = 366 * 86_400_000;

async function audited(ctx: ApiContext, action: string, object: string, after: unknown): Promise<void> {
  await appendAudit(ctx.store, [{ ...actorOf(ctx), action, object, after }]);
}

/** Times of batches, windows and blackouts, in the time zones of those who gave them. */
export const scheduleRouter = router({
  /** A batch's times, and the windows that hold for it alone. */
  show: procedure.input(z.object({ batch: batchRef })).query(async ({ ctx, input }) => {
    const batch = await resolveBatch(ctx.store, input.batch);
    const windows = await listTimeWindows(ctx.store.db);
    return {
      batch: batch.name,
      now: await ctx.store.now(),
      schedule: await scheduleOf(ctx.store.db, batch.id),
      windows: windows.filter(({ scope }) => scope === '*' || scope === `batch:${batch.id}`),
    };
  }),

  /** Start time, time of the cutover, and whether it waits for a person; null takes a time away. */
  set: procedure
    .input(
      z.object({
        batch: batchRef,
        startAt: wallSchema.nullish(),
        cutoverAt: wallSchema.nullish(),
        timeZone: zoneSchema,
        hold: z.boolean().optional(),
      }),
    )
    .mutation(async ({ ctx, input: { batch: ref, ...change } }) => {
      const batch = await resolveBatch(ctx.store, ref);
      const schedule = await setSchedule(ctx.store, batch.id, change);
      await audited(ctx, 'schedule.set', `batch ${batch.name}`, change);
      return { batch: batch.name, schedule };
    }),

  /** Batches, and when nothing may run, between two instants (ms). */
  timeLine: procedure
    .input(z.object({ from: z.int(), to: z.int() }).refine(({ from, to }) => to > from && to - from <= YEAR))
    .query(({ ctx, input }) => timeLine(ctx.store, input)),

  windows: procedure.query(async ({ ctx }) => ({
    windows: (await listTimeWindows(ctx.store.db)).map((window) => ({ ...window, words: windowWords(window.rule) })),
    sites: await readSites(ctx.store),
  })),

  /** A window in which work is allowed, or a blackout: for everything (`*`), a batch (`batch`), a site, a server or an endpoint. */
  addWindow: procedure
    .input(
      z.object({
        scope: scopeSchema.optional(),
        batch: batchRef.optional(),
        kind: z.enum(WINDOW_KINDS),
        zone: zoneSchema,
        rule: windowRuleSchema,
        reason: z.string().trim().min(1).max(300),
      }),
    )
    .mutation(async ({ ctx, input: { batch: ref, scope, ...window } }) => {
      const batch = ref === undefined ? undefined : await resolveBatch(ctx.store, ref);
      const place = batch ? `batch:${batch.id}` : scope;
      if (place === undefined) {
        throw new UsageError({
          tried: 'add a window',
          happened: 'It is not said what it holds for.',
          next: 'Name a batch, a site, a server, or * for everything.',
        });
      }
      const id = await ctx.store.db.transaction().execute(async (trx) => {
        const made = await addTimeWindow(ctx.store, trx, { ...window, scope: place, createdBy: ctx.actor.user });
        await writeSpans(ctx.store, trx);
        const entry = { ...actorOf(ctx), action: 'window.add', object: place, after: window };
        await appendAudit(ctx.store, [entry], trx);
        return made;
      });
      return { id, scope: place };
    }),

  removeWindow: procedure.input(z.object({ id: z.int().positive() })).mutation(async ({ ctx, input }) => {
    const before = (await listTimeWindows(ctx.store.db)).find(({ id }) => id === input.id);
    if (!before) return { removed: false };
    await ctx.store.db.transaction().execute(async (trx) => {
      await removeTimeWindow(trx, input.id);
      await writeSpans(ctx.store, trx);
      const entry = { ...actorOf(ctx), action: 'window.remove', object: before.scope, before };
      await appendAudit(ctx.store, [entry], trx);
    });
    return { removed: true };
  }),

  /** Which servers stand at which site, so that a window can hold for a site. */
  setSites: procedure.input(z.object({ sites: sitesSchema })).mutation(async ({ ctx, input }) => {
    await ctx.store.db.transaction().execute(async (trx) => {
      await writeSites(ctx.store, input.sites, trx);
      await writeSpans(ctx.store, trx);
    });
    await audited(ctx, 'sites.set', 'sites', input.sites);
    return input.sites;
  }),
});
