import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { listAccounts } from '../../store/accounts.ts';
import { appendAudit } from '../../store/audit.ts';
import { listBatches } from '../../store/batches.ts';
import { listForests } from '../../store/forests.ts';
import {
  addMaintenance,
  listEndpointLimits,
  listMaintenance,
  removeMaintenance,
  setEndpointLimit,
} from '../../store/limits.ts';
import { databaseStatus } from '../../store/status.ts';
import type { ApiContext } from '../context.ts';
import { keyFile } from '../machine.ts';
import { dataFolder } from '../paths.ts';
import { procedure, router } from '../trpc.ts';
import { programVersion } from '../version.ts';

const who = (ctx: ApiContext) => ({ who: ctx.actor.user, host: ctx.actor.host, correlation: ctx.correlation });
/** `*` for everything, a batch, or the name of an endpoint as tasks carry it. */
const scopeSchema = z.string().trim().min(1).max(300);

export const settingsRouter = router({
  /** Limits and windows of the project, and what this console is and where it keeps its things. */
  show: procedure.query(async ({ ctx }) => {
    const { store } = ctx;
    const [database, windows, limits, batches, now] = await Promise.all([
      databaseStatus(store),
      listMaintenance(store),
      listEndpointLimits(store),
      listBatches(store),
      store.now(),
    ]);
    return {
      now,
      database,
      // Those that windows and blackouts were worked out into stand with these (schedule.windows).
      windows: windows.filter(({ windowId }) => windowId === null),
      limits,
      batches: batches.map(({ id, name }) => ({ id, name })),
      program: {
        version: programVersion(),
        dataFolder: dataFolder(),
        keyFile: keyFile('console'),
        user: ctx.actor.user,
        host: ctx.actor.host,
      },
    };
  }),

  /**
   * Starts over with a new key where no console is left that has the old one. No stored password can be opened
   * afterwards: `accounts` are to be entered again, `waiting` machines to be approved again. Nothing else is lost.
   */
  newKey: procedure.mutation(async ({ ctx }) => {
    if (!ctx.newDataKey) throw new Error('only a console starts over with a new key');
    const waiting = await ctx.newDataKey();
    await appendAudit(ctx.store, [{ ...who(ctx), action: 'key.startOver', object: 'passwords', after: { waiting } }]);
    const forests = await listForests(ctx.store);
    const accounts = await Promise.all(
      forests.map(async ({ id, name }) =>
        (await listAccounts(ctx.store, id)).map(({ purpose, userName: user }) => ({ forest: name, purpose, user })),
      ),
    );
    return { waiting, accounts: accounts.flat() };
  }),

  /** A time in which nothing is claimed for a scope; what runs then finishes its step and waits. */
  addWindow: procedure
    .input(
      z.object({
        scope: scopeSchema,
        /** ms since the epoch. */
        from: z.int(),
        to: z.int(),
        reason: z.string().trim().min(1).max(300),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      if (input.to <= input.from) {
        throw new UsageError({
          tried: 'add a maintenance window',
          happened: 'It would end before it begins.',
          next: 'Choose an end after the beginning.',
        });
      }
      return await ctx.store.db.transaction().execute(async (trx) => {
        const id = await addMaintenance(trx, input);
        await appendAudit(ctx.store, [{ ...who(ctx), action: 'window.add', object: input.scope, after: input }], trx);
        return { id };
      });
    }),

  removeWindow: procedure.input(z.object({ id: z.int().positive() })).mutation(async ({ ctx, input }) => {
    const before = (await listMaintenance(ctx.store)).find(({ id }) => id === input.id);
    await ctx.store.db.transaction().execute(async (trx) => {
      await removeMaintenance(trx, input.id);
      const object = before?.scope ?? String(input.id);
      await appendAudit(ctx.store, [{ ...who(ctx), action: 'window.remove', object, before }], trx);
    });
    return { removed: before !== undefined };
  }),

  /** How many tasks may run at an endpoint at a time, over all workers; null for no limit. */
  setLimit: procedure
    .input(z.object({ endpoint: scopeSchema, maxRunning: z.int().min(1).max(1_000).nullable() }))
    .mutation(async ({ ctx, input }) => {
      const before = (await listEndpointLimits(ctx.store)).find(({ endpoint }) => endpoint === input.endpoint);
      await ctx.store.db.transaction().execute(async (trx) => {
        await setEndpointLimit(ctx.store, input.endpoint, input.maxRunning, trx);
        const entry = { before: { maxRunning: before?.maxRunning ?? null }, after: { maxRunning: input.maxRunning } };
        await appendAudit(ctx.store, [{ ...who(ctx), action: 'limit.set', object: input.endpoint, ...entry }], trx);
      });
      return input;
    }),
});
