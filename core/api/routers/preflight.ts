import { hostname } from 'node:os';
import { z } from 'zod';
import { checkGroupSchema, countOutcomes } from '../../domain/checks.ts';
import { UsageError } from '../../domain/errors.ts';
import type { AccountPurpose } from '../../domain/words.ts';
import type { Login } from '../../preflight/environment.ts';
import { runPreflight } from '../../preflight/run.ts';
import { accountPassword, findAccount } from '../../store/accounts.ts';
import { checkResults, findCheckRun, latestCheckResults, listCheckRuns } from '../../store/checks.ts';
import { type Forest, getForest, listForests } from '../../store/forests.ts';
import type { AdapterContext } from '../adapters.ts';
import { dataFolder } from '../paths.ts';
import { procedure, router } from '../trpc.ts';

/** The account of one purpose, opened when a check needs it. */
async function loginFor(ctx: AdapterContext, forest: Forest, purpose: AccountPurpose): Promise<Login | undefined> {
  const account = await findAccount(ctx.store, forest.id, purpose);
  if (!account || account.secretId === undefined) return undefined;
  return { user: account.userName, password: await accountPassword(ctx.store, await ctx.keyring(), account) };
}

const scopeInput = z.object({
  forests: z.array(z.string().min(1)).default([]),
  groups: z.array(checkGroupSchema).default([]),
  checks: z.array(z.string().min(1)).default([]),
});

export const preflightRouter = router({
  /** Runs checks from this machine and keeps the results. */
  run: procedure
    .input(scopeInput.extend({ limitMs: z.int().min(100).max(120_000).optional() }))
    .mutation(async ({ ctx, input, signal }) => {
      const { limitMs, ...scope } = input;
      const forests =
        scope.forests.length > 0
          ? await Promise.all(scope.forests.map((name) => getForest(ctx.store, name)))
          : await listForests(ctx.store);
      return await runPreflight({
        store: ctx.store,
        forests,
        machine: hostname(),
        machineKind: 'console',
        dataFolder: dataFolder(),
        login: (forest, purpose) => loginFor(ctx, forest, purpose),
        scope,
        startedBy: ctx.actor.user,
        ...(limitMs === undefined ? {} : { limitMs }),
        ...(signal ? { signal } : {}),
      });
    }),

  runs: procedure.query(({ ctx }) => listCheckRuns(ctx.store)),

  /** One run with its results, or how things stand now: the newest result of every check. */
  show: procedure.input(z.object({ runId: z.int().positive().optional() })).query(async ({ ctx, input }) => {
    if (input.runId === undefined) {
      const results = await latestCheckResults(ctx.store);
      return { run: undefined, counts: countOutcomes(results), results };
    }
    const run = await findCheckRun(ctx.store, input.runId);
    if (!run) {
      throw new UsageError({
        tried: `find preflight run ${input.runId}`,
        happened: 'There is none with this number.',
        next: 'List them with: transplant preflight runs',
      });
    }
    const results = await checkResults(ctx.store, run.id);
    return { run, counts: countOutcomes(results), results };
  }),
});
