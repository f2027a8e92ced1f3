import { hostname } from 'node:os';
import { z } from 'zod';
import { checkGroupSchema, countOutcomes } from '../../domain/checks.ts';
import { UsageError } from '../../domain/errors.ts';
import { databaseEndpoint } from '../../preflight/endpoints.ts';
import { ALL_ROWS } from '../../preflight/ports/attempts.ts';
import { configuredPorts, hostsOf, readPortHosts, writePortHosts } from '../../preflight/ports/hosts.ts';
import { readPortResults } from '../../preflight/ports/import.ts';
import { matrixCsv, portMatrix } from '../../preflight/ports/matrix-view.ts';
import { PORT_ENDS, type PortEnd } from '../../preflight/ports/model.ts';
import { portScript } from '../../preflight/ports/script.ts';
import { reportCsv, reportHtml } from '../../preflight/report.ts';
import { type PreflightRun, runPreflight } from '../../preflight/run.ts';
import { askWorker, scoped } from '../../preflight/task.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  blocksBatch,
  checkHistory,
  checkResults,
  findCheckRun,
  finishCheckRun,
  getCheckResult,
  latestCheckResults,
  listCheckRuns,
  type RunScope,
  saveCheckResults,
  setOverride,
  startCheckRun,
} from '../../store/checks.ts';
import { getForest, listForests } from '../../store/forests.ts';
import { getMachine, listMachines } from '../../store/machines.ts';
import type { Store } from '../../store/store.ts';
import type { ApiContext } from '../context.ts';
import { dataFolder } from '../paths.ts';
import { preflightGraph } from '../preflight-graph.ts';
import { preflightExchange, preflightLogin } from '../preflight-login.ts';
import { procedure, router } from '../trpc.ts';

const scopeInput = z.object({
  forests: z.array(z.string().min(1)).default([]),
  groups: z.array(checkGroupSchema).default([]),
  checks: z.array(z.string().min(1)).default([]),
  batch: z.string().min(1).optional(),
});
const endSchema = z.enum(Object.keys(PORT_ENDS) as [PortEnd, ...PortEnd[]]);
const limitSchema = z.int().min(100).max(120_000);

async function portPlanOf(store: Store) {
  const forests = await listForests(store);
  const database = databaseEndpoint(store.url);
  return {
    hosts: hostsOf(forests, database, await readPortHosts(store)),
    configured: configuredPorts(forests, database),
  };
}

const newestPorts = async (store: Store) =>
  (await latestCheckResults(store)).filter((result) => result.group === 'ports');

/** Runs checks from this machine and keeps the results. */
async function runHere(
  ctx: ApiContext,
  scope: RunScope,
  { limitMs, signal }: { limitMs?: number | undefined; signal?: AbortSignal | undefined },
): Promise<PreflightRun> {
  return await runPreflight({
    store: ctx.store,
    forests: scoped(await listForests(ctx.store), scope),
    machine: hostname(),
    machineKind: 'console',
    dataFolder: dataFolder(),
    login: preflightLogin(ctx),
    exchange: preflightExchange(ctx),
    graph: preflightGraph(ctx),
    scope,
    startedBy: ctx.actor.user,
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(signal ? { signal } : {}),
  });
}

export const preflightRouter = router({
  /** Runs checks from this machine and keeps the results. */
  run: procedure
    .input(scopeInput.extend({ limitMs: limitSchema.optional() }))
    .mutation(async ({ ctx, input, signal }) => {
      const { limitMs, ...scope } = input;
      for (const name of scope.forests) await getForest(ctx.store, name);
      return await runHere(ctx, scope, { limitMs, signal });
    }),

  /** Asks workers to run checks from where they are; their results come when they have them. */
  runFrom: procedure
    .input(scopeInput.extend({ machines: z.array(z.string().min(1)).min(1), limitMs: limitSchema.optional() }))
    .mutation(async ({ ctx, input }) => {
      const { machines: names, limitMs, ...scope } = input;
      const machines = await Promise.all(names.map((name) => getMachine(ctx.store, name)));
      for (const machine of machines) {
        if (machine.kind === 'worker' && machine.state === 'approved') continue;
        throw new UsageError({
          tried: `run checks from ${machine.name}`,
          happened:
            machine.kind === 'worker'
              ? `It is ${machine.state}, so it claims no task.`
              : 'It is a console, which claims no task.',
          next: 'Name an approved worker: transplant worker list',
        });
      }
      const runs = [];
      for (const machine of machines) {
        const run = { startedBy: ctx.actor.user, scope, ...(limitMs === undefined ? {} : { limitMs }) };
        runs.push({ machine: machine.name, runId: await askWorker(ctx.store, machine, run) });
      }
      return { runs };
    }),

  /** Runs one check again, from where it was run before. */
  again: procedure.input(z.object({ resultId: z.int().positive() })).mutation(async ({ ctx, input, signal }) => {
    const { id, object, group, machine } = await getCheckResult(ctx.store, input.resultId);
    const batch = group === 'batch' ? { batch: object.replace(/^batch /, '') } : {};
    const scope = { forests: [], groups: [group], checks: [id], objects: [object], ...batch };
    if (machine === hostname()) return { ...(await runHere(ctx, scope, { signal })), machine };
    const worker = (await listMachines(ctx.store, 'worker')).find(({ name }) => name === machine);
    if (worker?.state === 'approved') {
      return { runId: await askWorker(ctx.store, worker, { startedBy: ctx.actor.user, scope }), machine };
    }
    throw new UsageError({
      tried: `run ${id} again from ${machine}`,
      happened: 'That machine is neither this one nor an approved worker.',
      next: 'Run the script there again and import its file, or run the check from here: transplant preflight run --check ID',
    });
  }),

  runs: procedure.query(({ ctx }) => listCheckRuns(ctx.store)),

  /** One run with its results, or how things stand now: the newest result of every check. */
  show: procedure.input(z.object({ runId: z.int().positive().optional() })).query(async ({ ctx, input }) => {
    const run = input.runId === undefined ? undefined : await findCheckRun(ctx.store, input.runId);
    if (input.runId !== undefined && !run) {
      throw new UsageError({
        tried: `find preflight run ${input.runId}`,
        happened: 'There is none with this number.',
        next: 'List them with: transplant preflight runs',
      });
    }
    const results = run ? await checkResults(ctx.store, run.id) : await latestCheckResults(ctx.store);
    return { run, counts: countOutcomes(results), blocking: results.filter(blocksBatch).length, results };
  }),

  history: procedure
    .input(z.object({ id: z.string(), object: z.string(), machine: z.string() }))
    .query(({ ctx, input }) => checkHistory(ctx.store, input)),

  /** Goes on in spite of a finding, or with `reason: null` no longer; who and why are kept in the audit log. */
  override: procedure
    .input(z.object({ resultId: z.int().positive(), reason: z.string().trim().min(5).max(1000).nullable() }))
    .mutation(async ({ ctx, input }) => {
      const result = await getCheckResult(ctx.store, input.resultId);
      const { outcome } = result.finding;
      if (outcome === 'passed' || outcome === 'notApplicable') {
        throw new UsageError({
          tried: `go on in spite of ${result.id}`,
          happened: 'There is nothing to go on in spite of: it passed or does not apply.',
          next: 'Look at the results with: transplant preflight show',
        });
      }
      const override = input.reason === null ? undefined : { by: ctx.actor.user, reason: input.reason };
      await ctx.store.db.transaction().execute(async (trx) => {
        await setOverride(ctx.store, result.resultId, override, trx);
        await appendAudit(
          ctx.store,
          [
            {
              who: ctx.actor.user,
              host: ctx.actor.host,
              action: override ? 'preflight.override' : 'preflight.override.withdraw',
              object: `${result.id} ${result.object} from ${result.machine}`,
              before: { outcome, override: result.override ?? null },
              after: { override: override ?? null },
              correlation: ctx.correlation,
            },
          ],
          trx,
        );
      });
      return { ...result, override };
    }),

  /** The whole port matrix with what is known of each row. */
  ports: procedure.query(async ({ ctx }) => {
    const { hosts } = await portPlanOf(ctx.store);
    return { hosts, ...portMatrix(await newestPorts(ctx.store), hosts) };
  }),

  portsCsv: procedure.query(async ({ ctx }) => {
    const { hosts } = await portPlanOf(ctx.store);
    return await matrixCsv(portMatrix(await newestPorts(ctx.store), hosts));
  }),

  /** Names the hosts that stand for an end of the matrix; an empty list takes them back. */
  portHosts: procedure
    .input(
      z.partialRecord(
        endSchema,
        z.array(z.string().regex(/^[A-Za-z0-9_.:-]{1,255}$/, 'a host has a name or an address')),
      ),
    )
    .mutation(({ ctx, input }) => writePortHosts(ctx.store, input)),

  /** A PowerShell script for the rows that begin at another machine. */
  portScript: procedure
    .input(z.object({ from: endSchema, limitMs: limitSchema.default(5_000) }))
    .query(async ({ ctx, input }) => {
      const plan = await portPlanOf(ctx.store);
      return {
        file: `transplant-ports-${input.from}.ps1`,
        script: portScript(input.from, { ...plan, ...input, rows: ALL_ROWS }),
      };
    }),

  /** Reads the file that such a script wrote, and keeps it as a run of the machine it was written on. */
  importPorts: procedure.input(z.object({ csv: z.string().max(20_000_000) })).mutation(async ({ ctx, input }) => {
    const machines = await readPortResults(input.csv);
    const runs = [];
    for (const [machine, results] of machines) {
      const scope = { forests: [], groups: ['ports' as const], checks: [] };
      const runId = await startCheckRun(ctx.store, { startedBy: ctx.actor.user, machine, scope });
      await saveCheckResults(ctx.store, runId, results);
      await finishCheckRun(ctx.store, runId);
      runs.push({ runId, machine, counts: countOutcomes(results), results });
    }
    return { runs };
  }),

  /** A report that stands alone, of one run or of how things stand now. */
  report: procedure
    .input(z.object({ format: z.enum(['html', 'csv']), runId: z.int().positive().optional() }))
    .query(async ({ ctx, input }) => {
      const results =
        input.runId === undefined ? await latestCheckResults(ctx.store) : await checkResults(ctx.store, input.runId);
      const names = (await listForests(ctx.store)).map(({ name }) => name).join(' to ');
      const options = { title: `Preflight${names ? `: ${names}` : ''}`, at: await ctx.store.now(), results };
      return { content: input.format === 'html' ? reportHtml(options) : await reportCsv(options) };
    }),
});
