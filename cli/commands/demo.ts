import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { printError } from '../frame.ts';

interface Options {
  json?: string;
  db?: string;
  workers: string;
  keep?: boolean;
  report?: string;
  seed?: string;
  users?: string;
  items?: string;
  folders?: string;
  corpus?: string;
  faults?: string;
}

export function register(program: Command): void {
  program
    .command('demo')
    .description('a whole migration between two practice organisations on this machine, proven item by item')
    .option('--json <file>', 'write the result as JSON to this file')
    .option('--db <url>', 'an empty database to use instead of one of its own')
    .option('--workers <n>', 'worker processes', '2')
    .option('--users <n>', 'people with a mailbox in the source')
    .option('--items <n>', 'items in the source')
    .option('--folders <n>', 'public folders in the source')
    .option('--seed <n>', 'the same number makes the same people and items')
    .option('--corpus <dir>', 'folder of .eml and .ics files to move')
    .option('--faults <file>', 'rules for faults that the servers bring about')
    .option('--report <dir>', 'where the report goes (default: demo-report)')
    .option('--keep', 'keep the folder with lab and database')
    .action(async (options: Options) => {
      process.exitCode = await run(options).catch((error: unknown) => printError(error, false));
    });
}

async function run(options: Options): Promise<ExitStatus> {
  const workers = Number(options.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) {
    throw new UsageError({
      tried: 'run the demo',
      happened: `${options.workers} is no number of workers.`,
      next: 'Give --workers a number from 1 to 64.',
    });
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('stopped')));
  const { runDemo } = await import('../demo/run.ts');
  const { json, db, keep, report, seed, users, items, folders, corpus, faults } = options;
  const size = Object.fromEntries(
    Object.entries({ seed, users, items, folders, corpus, faults }).filter(([, value]) => value !== undefined),
  );
  try {
    return await runDemo({
      ...(json === undefined ? {} : { json }),
      ...(db === undefined ? {} : { db }),
      workers,
      report: resolve(report ?? 'demo-report'),
      keep: keep === true,
      size,
      signal: stop.signal,
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('Stopped; nothing is left running.\n');
    return ExitStatus.outside;
  }
}
