import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { formatBytes, formatCount, formatDuration } from '../../core/domain/format.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

interface RunOptions extends CommonOptions {
  name?: string;
  concurrency?: string;
  untilIdle?: boolean;
  maxMemory?: string;
}

export function register(program: Command): void {
  const group = program.command('worker').description('machines that do the copying');
  addCommand<RunOptions>(
    group,
    'run',
    'work in the foreground: enrol, wait for approval, copy until stopped',
    (c) =>
      c
        .option('--name <name>', 'name of this worker (default: TRANSPLANT_WORKER_NAME, else the host name)')
        .option('--concurrency <n>', 'tasks side by side', '4')
        .option('--max-memory <mb>', 'memory it allows itself, in MB')
        .option('--until-idle', 'end when there is nothing left to do'),
    run,
  );
  addCommand<CommonOptions>(group, 'list', 'every worker with its state', (c) => c, list);
  addCommand<CommonOptions & { fingerprint?: string }>(
    group,
    'approve <name>',
    'let a waiting worker open the stored passwords and work',
    (c) => c.option('--fingerprint <text>', 'the fingerprint that the worker shows; approve only if it is the same'),
    (options, args) => approve(options, args[0] ?? ''),
  );
  addCommand<CommonOptions & { undo?: boolean }>(
    group,
    'drain <name>',
    'let a worker finish what it has and take nothing new',
    (c) => c.option('--undo', 'let it work again'),
    (options, args) =>
      withApi(options, async (api) => {
        const result = await api.workers.drain({ name: args[0] ?? '', drain: !options.undo });
        return { json: result, text: `${result.name} ${options.undo ? 'works again' : 'finishes what it has'}.` };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'remove <name>',
    'take a worker off the project and seal the passwords anew',
    (c) => c,
    (options, args) => remove(options, args[0] ?? ''),
  );
}

async function run(options: RunOptions): Promise<Result | undefined> {
  const { runWorker } = await import('../../worker/run.ts');
  const { databaseUrl } = await import('../../core/api/paths.ts');
  const stop = new AbortController();
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const;
  for (const signal of signals) process.once(signal, () => stop.abort());
  const done = await runWorker({
    url: databaseUrl(options.db).url,
    name: options.name ?? (process.env.TRANSPLANT_WORKER_NAME || hostname()),
    concurrency: positive(options.concurrency ?? '4', '--concurrency'),
    untilIdle: options.untilIdle === true,
    ...(options.maxMemory && { memoryLimit: positive(options.maxMemory, '--max-memory') * 1024 * 1024 }),
    signal: stop.signal,
    say: (text) => void process.stderr.write(`${text}\n`),
  });
  return {
    json: done,
    text: `${formatCount(done.tasks)} tasks done, ${formatCount(done.failed)} ended badly.`,
    exitStatus: done.outOfMemory ? ExitStatus.outside : ExitStatus.done,
  };
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError({
    tried: `understand ${option} ${text}`,
    happened: 'It is not a whole number above zero.',
    next: `Give a number, for example ${option} 4.`,
  });
}

async function list(options: CommonOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const workers = await api.workers.list({ kind: 'worker' });
    if (workers.length === 0) {
      return { json: [], text: 'No worker has enrolled yet. Start one with: transplant worker run' };
    }
    const waiting = workers.filter((worker) => worker.state === 'waiting');
    return {
      json: workers,
      text: `${table(workers, [
        { title: 'Worker', cell: (w) => w.name },
        { title: 'State', cell: (w) => (w.away ? `${w.state}, away` : w.state) },
        { title: 'Seen', cell: (w) => `${formatDuration(Date.now() - w.lastSeen)} ago`, right: true },
        { title: 'Host', cell: (w) => w.facts.host ?? '' },
        { title: 'Cores', cell: (w) => (w.facts.cores === undefined ? '' : formatCount(w.facts.cores)), right: true },
        {
          title: 'Memory',
          cell: (w) => (w.facts.memoryUsed === undefined ? '' : formatBytes(w.facts.memoryUsed)),
          right: true,
        },
        { title: 'Version', cell: (w) => w.version },
      ])}${waiting.map((w) => `\n${w.name} waits for approval. Its fingerprint: ${w.fingerprint}\n  transplant worker approve ${w.name}\n`).join('')}`,
    };
  });
}

async function approve(options: CommonOptions & { fingerprint?: string }, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const machine = (await api.workers.list()).find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (machine && options.fingerprint !== undefined && plain(options.fingerprint) !== plain(machine.fingerprint)) {
      throw new UsageError({
        tried: `approve ${machine.name}`,
        happened: `Its fingerprint is ${machine.fingerprint}, not the one you gave.`,
        next: 'Look at the worker itself: it prints its fingerprint at the start. If they differ, remove it.',
      });
    }
    if (machine && !options.yes && options.fingerprint === undefined && process.stdin.isTTY && !options.json) {
      const ask = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await ask.question(`Does ${machine.name} show the fingerprint\n  ${machine.fingerprint}\n[y/N] `);
      ask.close();
      if (!/^y(es)?$/i.test(answer.trim())) {
        return { json: { approved: false }, text: 'Nothing was approved.', exitStatus: ExitStatus.findings };
      }
    }
    const result = await api.workers.approve({ name });
    return { json: result, text: `${result.name} is approved.` };
  });
}

const plain = (fingerprint: string) => fingerprint.replace(/[\s:]/g, '').toLowerCase();

async function remove(options: CommonOptions, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const result = await api.workers.remove({ name });
    const leftOut = result.leftOut.map(
      (one) => `${one} was left out: nobody with the key approved it. Approve it again, or remove it.`,
    );
    return {
      json: result,
      text: [`${result.name} is removed; the passwords are sealed under a new key.`, ...leftOut].join('\n'),
    };
  });
}
