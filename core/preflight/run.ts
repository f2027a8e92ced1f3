import { type CheckCounts, type CheckGroup, type CheckResult, countOutcomes, type Finding } from '../domain/checks.ts';
import { finishCheckRun, type RunScope, saveCheckResults, startCheckRun } from '../store/checks.ts';
import { type Check, notTried } from './check.ts';
import { accountChecks } from './checks/accounts.ts';
import { batchChecks } from './checks/batch.ts';
import { exchangeChecks } from './checks/exchange.ts';
import { hostChecks } from './checks/host.ts';
import { portChecks } from './checks/ports.ts';
import { sqlChecks } from './checks/sql.ts';
import { tlsChecks } from './checks/tls.ts';
import { workerChecks } from './checks/workers.ts';
import { type EnvironmentOptions, PreflightEnvironment } from './environment.ts';
import { sentence } from './explain.ts';

/** The checks of each group, made for an environment. */
const GROUPS: Record<CheckGroup, (environment: PreflightEnvironment, scope: RunScope) => Check[] | Promise<Check[]>> = {
  workers: workerChecks,
  batch: (environment, { batch }) => batchChecks(environment, batch),
  host: hostChecks,
  sql: sqlChecks,
  ports: portChecks,
  tls: (environment) => tlsChecks(environment, environment.database ? [environment.database] : []),
  accounts: accountChecks,
  exchange: exchangeChecks,
};

export interface PreflightOptions extends EnvironmentOptions {
  scope: RunScope;
  startedBy: string;
  signal?: AbortSignal;
  /** Told of each check as it ends. */
  onResult?: (result: CheckResult) => void;
}

export interface PreflightRun {
  runId: number;
  machine: string;
  counts: CheckCounts;
  results: CheckResult[];
}

/**
 * Runs the checks of a scope side by side and keeps their results. A check that fails is a value; only a database that
 * cannot be written throws.
 */
export async function runPreflight(options: PreflightOptions): Promise<PreflightRun> {
  const { store, scope, machine } = options;
  const runId = await startCheckRun(store, { startedBy: options.startedBy, machine, scope });
  const results = await checkAll(options);
  await saveCheckResults(store, runId, results);
  await finishCheckRun(store, runId);
  return { runId, machine, counts: countOutcomes(results), results };
}

/** Runs the checks of a scope without keeping anything. */
export async function checkAll(options: Omit<PreflightOptions, 'startedBy'>): Promise<CheckResult[]> {
  const environment = new PreflightEnvironment(options);
  try {
    return await runChecks(await planChecks(environment, options.scope), environment, options);
  } finally {
    await environment.close();
  }
}

async function planChecks(environment: PreflightEnvironment, scope: RunScope): Promise<Check[]> {
  const wanted = Object.entries(GROUPS).filter(
    ([group]) => scope.groups.length === 0 || scope.groups.includes(group as CheckGroup),
  );
  const checks = (await Promise.all(wanted.map(([, make]) => make(environment, scope)))).flat();
  return checks.filter(
    ({ id, object }) =>
      (scope.checks.length === 0 || scope.checks.includes(id)) && (scope.objects?.includes(object) ?? true),
  );
}

/** Side by side; each has its own limit, so that one silent server holds up nothing else. */
export function runChecks(
  checks: readonly Check[],
  environment: Pick<PreflightEnvironment, 'machine' | 'limitMs'>,
  options: { signal?: AbortSignal; onResult?: (result: CheckResult) => void } = {},
): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async ({ run, limitMs, ...facts }) => {
      const started = performance.now();
      const finding = await limited(run, limitMs ?? environment.limitMs * 2, options.signal);
      const result = { ...facts, machine: environment.machine, finding, tookMs: performance.now() - started };
      options.onResult?.(result);
      return result;
    }),
  );
}

async function limited(run: Check['run'], limitMs: number, outer: AbortSignal | undefined): Promise<Finding> {
  const limit = new AbortController();
  const signal = outer ? AbortSignal.any([limit.signal, outer]) : limit.signal;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    const give = (why: string) => (): void => resolve(notTried(why));
    timer = setTimeout(give(`no answer within ${Math.round(limitMs / 1000)} s`), limitMs);
    outer?.addEventListener('abort', give('the run was stopped'), { once: true });
    if (outer?.aborted) resolve(notTried('the run was stopped'));
  });
  try {
    return await Promise.race([
      run(signal).catch((error: unknown) => notTried(`the check broke off: ${sentence(error)}`)),
      late,
    ]);
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}
