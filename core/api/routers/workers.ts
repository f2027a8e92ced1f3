import { z } from 'zod';
import { appendAudit } from '../../store/audit.ts';
import { approveMachine, removeMachine } from '../../store/keyring.ts';
import { listLogLines } from '../../store/logs.ts';
import { drainMachine, getMachine, listMachines } from '../../store/machines.ts';
import type { ApiContext } from '../context.ts';
import { plainFacts } from '../machine-facts.ts';
import { procedure, router } from '../trpc.ts';

const byName = z.object({ name: z.string().min(1) });
/** A machine that has not been heard of for so long (ms) counts as away. */
const AWAY_AFTER = 45_000;

const audit = (ctx: ApiContext, action: string, object: string, after?: object) =>
  appendAudit(ctx.store, [{ who: ctx.actor.user, host: ctx.actor.host, action, object, after }]);

export const workersRouter = router({
  /** Every machine of the project, consoles too: who can open the stored passwords. */
  list: procedure
    .input(z.object({ kind: z.enum(['console', 'worker']).optional() }).optional())
    .query(async ({ ctx, input }) => {
      const now = await ctx.store.now();
      const machines = await listMachines(ctx.store, input?.kind);
      return machines.map(({ publicKey: _, ...machine }) => ({
        ...machine,
        facts: plainFacts(machine.facts),
        away: machine.kind === 'worker' && now - machine.lastSeen > AWAY_AFTER,
      }));
    }),

  /** Warnings and errors that a machine has sent, newest first; `before` is the id of the last one that was seen. */
  log: procedure
    .input(byName.extend({ before: z.int().positive().optional(), limit: z.int().min(1).max(500).default(100) }))
    .query(async ({ ctx, input }) => {
      const { id } = await getMachine(ctx.store, input.name);
      const page = { limit: input.limit, ...(input.before !== undefined && { before: input.before }) };
      return await listLogLines(ctx.store, { machineId: id, ...page });
    }),

  /** Lets a waiting machine work and open the stored passwords. Somebody has compared its fingerprint. */
  approve: procedure.input(byName).mutation(async ({ ctx, input }) => {
    const machine = await getMachine(ctx.store, input.name);
    await approveMachine(ctx.store, await ctx.keyring(), machine.id, ctx.actor.user);
    await audit(ctx, 'worker.approve', machine.name, { fingerprint: machine.fingerprint });
    return { name: machine.name, fingerprint: machine.fingerprint };
  }),

  /** Lets a worker finish what it has and take nothing new; `drain: false` lets it work again. */
  drain: procedure.input(byName.extend({ drain: z.boolean().default(true) })).mutation(async ({ ctx, input }) => {
    const machine = await getMachine(ctx.store, input.name);
    await drainMachine(ctx.store, machine.id, input.drain);
    await audit(ctx, input.drain ? 'worker.drain' : 'worker.resume', machine.name);
    return { name: machine.name };
  }),

  /** Takes a machine off the project: its tasks go back, and passwords are sealed anew under a key it does not have. */
  remove: procedure.input(byName).mutation(async ({ ctx, input }) => {
    const machine = await getMachine(ctx.store, input.name);
    const leftOut = await removeMachine(ctx.store, await ctx.keyring(), machine.id);
    await audit(ctx, 'worker.remove', machine.name, { fingerprint: machine.fingerprint, leftOut });
    return { name: machine.name, leftOut };
  }),
});
