import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { CHECK_GROUPS, type CheckCounts, type CheckGroup } from '../../core/domain/checks.ts';
import { ExitStatus, TransplantError, UsageError } from '../../core/domain/errors.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { describeMatrix, describeResults, describeRuns } from '../preflight-text.ts';

interface RunOptions extends CommonOptions {
  forest?: string[];
  group?: string[];
  check?: string[];
  batch?: string;
  limit?: string;
  from?: string[];
}
interface ShowOptions extends CommonOptions {
  run?: string;
  out?: string;
}
interface PortsOptions extends CommonOptions {
  csv?: string;
  script?: string;
  import?: string;
  host?: string[];
  tried?: boolean;
  limit?: string;
}

/** How long a worker may take until its results are shown here; they are kept whenever they come. */
const WORKER_WAIT_MS = 180_000;

export function register(program: Command): void {
  const group = program.command('preflight').description('checks everything the migration needs, before the day');
  addCommand<RunOptions>(
    group,
    'run',
    'run the checks, from this machine or from workers',
    (c) =>
      c
        .option('--forest <name...>', 'only these forests')
        .option('--group <group...>', `only these groups: ${CHECK_GROUPS.join(', ')}`)
        .option('--check <id...>', 'only these checks, such as tls.version')
        .option('--batch <name>', 'the batch whose readiness is checked')
        .option('--from <worker...>', 'run them on these workers instead of here')
        .option('--limit <seconds>', 'time limit of one try'),
    (options) => withApi(options, (api) => run(api, options)),
  );
  addCommand<ShowOptions>(
    group,
    'show',
    'how things stand: the newest result of every check',
    (c) => c.option('--run <number>', 'the results of one run'),
    (options) =>
      withApi(options, async (api) => {
        const shown = await api.preflight.show(runOf(options.run));
        return { json: shown, text: describeResults(shown.results, shown.counts), exitStatus: exitOf(shown.counts) };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'runs',
    'all runs, newest first',
    (c) => c,
    (options) =>
      withApi(options, async (api) => {
        const runs = await api.preflight.runs();
        return { json: runs, text: describeRuns(runs) };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'again <result>',
    'run one check again, from where it was run before',
    (c) => c,
    (options, args) =>
      withApi(options, async (api) => {
        const { runId, machine } = await api.preflight.again({ resultId: numberOf(args[0] ?? '', 'the result') });
        await finished(api, runId, machine);
        return await shown(api, [runId]);
      }),
  );
  addCommand<CommonOptions & { reason?: string; withdraw?: boolean }>(
    group,
    'override <result>',
    'go on in spite of a finding; name and reason go into the audit log',
    (c) => c.option('--reason <text>', 'why').option('--withdraw', 'take it back'),
    (options, args) => withApi(options, (api) => override(api, options, args[0] ?? '')),
  );
  addCommand<ShowOptions>(
    group,
    'report',
    'write HTML and CSV, for the network team and the file',
    (c) => c.requiredOption('--out <dir>', 'folder').option('--run <number>', 'one run instead of how things stand'),
    (options) => withApi(options, (api) => report(api, options)),
  );
  addCommand<PortsOptions>(
    group,
    'ports',
    'the whole port matrix: what is open from here, and scripts for what cannot be tried from here',
    (c) =>
      c
        .option('--csv <file>', 'write the matrix as CSV')
        .option('--script <dir>', 'write a PowerShell script for each other machine that rows begin at')
        .option('--import <file>', 'read the file that such a script wrote')
        .option(
          '--host <end=name...>',
          'a host that stands for an end, such as sourceDns=10.0.0.53; end= takes them back',
        )
        .option('--no-try', 'try nothing now, show what is known')
        .option('--limit <seconds>', 'time limit of one try'),
    (options, _args, command) =>
      withApi(options, (api) => ports(api, { ...options, tried: command.opts().try !== false })),
  );
}

async function run(api: Api, options: RunOptions): Promise<Result> {
  const scope = {
    forests: options.forest ?? [],
    groups: groupsOf(options.group),
    checks: options.check ?? [],
    ...(options.batch === undefined ? {} : { batch: options.batch }),
    ...(options.limit === undefined ? {} : { limitMs: secondsOf(options.limit) }),
  };
  if (options.from) return await runFrom(api, { ...scope, machines: options.from });
  const { runId } = await api.preflight.run(scope);
  return await shown(api, [runId]);
}

async function runFrom(api: Api, input: Parameters<Api['preflight']['runFrom']>[0]): Promise<Result> {
  const { runs } = await api.preflight.runFrom(input);
  await Promise.all(runs.map(({ runId, machine }) => finished(api, runId, machine)));
  return await shown(
    api,
    runs.map(({ runId }) => runId),
  );
}

/** Waits until a run's results are there; a worker may take a while to claim it. */
async function finished(api: Api, runId: number, machine: string): Promise<void> {
  const deadline = performance.now() + WORKER_WAIT_MS;
  while ((await api.preflight.show({ runId })).run?.finishedAt === undefined) {
    if (performance.now() > deadline) {
      throw new WorkerSilentError({
        tried: `get the results of run ${runId} from ${machine}`,
        happened: 'The worker has not sent them yet; it may be busy or away.',
        next: `Look at it with: transplant worker list, and at the results with: transplant preflight show --run ${runId}`,
      });
    }
    await sleep(500);
  }
}

/** A worker that was asked for checks did not answer in time. */
class WorkerSilentError extends TransplantError {}

/** The results as they were kept, with their numbers and overrides. */
async function shown(api: Api, runIds: readonly number[]): Promise<Result> {
  const runs = await Promise.all(runIds.map((runId) => api.preflight.show({ runId })));
  const results = runs.flatMap((one) => one.results);
  const counts = runs.map((one) => one.counts).reduce(sumCounts);
  const json = runs.length === 1 ? { runId: runIds[0], ...runs[0] } : { runs };
  return { json, text: describeResults(results, counts), exitStatus: exitOf(counts) };
}

function sumCounts(a: CheckCounts, b: CheckCounts): CheckCounts {
  return Object.fromEntries(
    Object.entries(a).map(([name, n]) => [name, n + b[name as keyof CheckCounts]]),
  ) as CheckCounts;
}

async function override(api: Api, options: { reason?: string; withdraw?: boolean }, text: string): Promise<Result> {
  if (options.withdraw !== true && options.reason === undefined) {
    throw new UsageError({
      tried: `go on in spite of result ${text}`,
      happened: 'No reason was given.',
      next: 'Give one with --reason "…"; it is kept with your name.',
    });
  }
  const result = await api.preflight.override({
    resultId: numberOf(text, 'the result'),
    reason: options.withdraw === true ? null : (options.reason ?? null),
  });
  const what = `${result.title}: ${result.object}`;
  return {
    json: result,
    text: result.override ? `Going on in spite of it: ${what}` : `Taken back: ${what}`,
  };
}

async function report(api: Api, options: ShowOptions): Promise<Result> {
  const dir = options.out ?? '.';
  const { mkdir } = await import('node:fs/promises');
  await mkdir(dir, { recursive: true });
  const files = { html: join(dir, 'preflight.html'), csv: join(dir, 'preflight.csv'), ports: join(dir, 'ports.csv') };
  const which = runOf(options.run);
  await writeFile(files.html, (await api.preflight.report({ format: 'html', ...which })).content);
  await writeFile(files.csv, (await api.preflight.report({ format: 'csv', ...which })).content);
  await writeFile(files.ports, await api.preflight.portsCsv());
  return { json: files, text: Object.values(files).join('\n') };
}

async function ports(api: Api, options: PortsOptions): Promise<Result> {
  if (options.host) await api.preflight.portHosts(hostsOf(options.host));
  const done: string[] = [];
  if (options.import) {
    const { runs } = await api.preflight.importPorts({ csv: await readText(options.import) });
    for (const one of runs) done.push(`Read ${one.results.length} rows of ${one.machine} from ${options.import}.`);
  } else if (options.tried !== false) {
    await api.preflight.run({
      groups: ['ports'],
      ...(options.limit === undefined ? {} : { limitMs: secondsOf(options.limit) }),
    });
  }
  const matrix = await api.preflight.ports();
  if (options.csv) {
    await writeFile(options.csv, await api.preflight.portsCsv());
    done.push(`Written: ${options.csv}`);
  }
  if (options.script) done.push(...(await writeScripts(api, options.script, matrix)));
  const failed = matrix.rows.some(({ state }) => state === 'failed');
  return {
    json: matrix,
    text: [describeMatrix(matrix), ...done.map((line) => `${line}\n`)].join('\n'),
    exitStatus: failed ? ExitStatus.findings : ExitStatus.done,
  };
}

type Matrix = Awaited<ReturnType<Api['preflight']['ports']>>;

/** A script for each machine that rows begin at and that is not one of ours. */
async function writeScripts(api: Api, dir: string, matrix: Matrix): Promise<string[]> {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(dir, { recursive: true });
  const ends = new Set(
    matrix.rows.filter(({ from, state }) => from !== 'console' && state !== 'noHost').map(({ from }) => from),
  );
  const lines: string[] = [];
  for (const from of ends) {
    const { file, script } = await api.preflight.portScript({ from });
    await writeFile(join(dir, file), script);
    lines.push(`Written: ${join(dir, file)}`);
  }
  return lines;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      {
        tried: `read ${file}`,
        happened: `It cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'error'}).`,
        next: 'Name the CSV file that the script wrote.',
      },
      { cause: error },
    );
  }
}

function hostsOf(pairs: readonly string[]): Parameters<Api['preflight']['portHosts']>[0] {
  const hosts: Record<string, string[]> = {};
  for (const pair of pairs) {
    const [, end, name] = /^(\w+)=(.*)$/.exec(pair) ?? [];
    if (end === undefined || name === undefined) {
      throw new UsageError({
        tried: `take ${pair} as a host`,
        happened: 'It is not of the form END=NAME.',
        next: 'Give for example --host sourceDns=10.0.0.53',
      });
    }
    hosts[end] = name === '' ? (hosts[end] ?? []) : [...(hosts[end] ?? []), name];
  }
  return hosts;
}

function groupsOf(names: string[] | undefined): CheckGroup[] {
  return (names ?? [])
    .flatMap((text) => text.split(','))
    .map((name) => {
      const group = CHECK_GROUPS.find((one) => one === name.trim());
      if (group) return group;
      throw new UsageError({
        tried: `run the checks of group ${name}`,
        happened: 'There is no such group.',
        next: `Name one of: ${CHECK_GROUPS.join(', ')}.`,
      });
    });
}

function runOf(text: string | undefined): { runId?: number } {
  return text === undefined ? {} : { runId: numberOf(text, 'the run') };
}

function numberOf(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError({
    tried: `find ${what} ${text}`,
    happened: 'It is no number.',
    next: 'The numbers stand in: transplant preflight show, and: transplant preflight runs',
  });
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 120) return Math.round(seconds * 1000);
  throw new UsageError({
    tried: `take ${text} as a time limit`,
    happened: 'It is no number of seconds from 0.1 to 120.',
    next: 'Give for example --limit 5.',
  });
}

/** Findings are the program's business here: 1 when something failed or could not be tried. */
function exitOf(counts: CheckCounts): ExitStatus {
  return counts.failed + counts.notTried > 0 ? ExitStatus.findings : ExitStatus.done;
}
