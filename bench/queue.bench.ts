import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchRun, median } from './bench.ts';
import { graphile, openPostgres } from './queue-graphile.ts';
import { ours, oursOnServer, WORK } from './queue-ours.ts';
import { plainjob, raw } from './queue-sqlite-peers.ts';

const ROUNDS = 9;
const SERVER_ROUNDS = 3;
const DURABILITY = { full: 2, normal: 1 } as const;

type Rates = Record<string, number[]>;
type Report = Pick<Awaited<ReturnType<BenchRun>>, 'figures' | 'ratios' | 'skipped'>;

/**
 * No-op tasks a second, claimed and completed by one worker, leases and fencing on. Ours claims and completes 100 at a
 * time, and once one at a time (`Single`), because plainjob knows no batches and graphile-worker has none unless told.
 * - On SQLite, on files of the same disk at equal durability: against plainjob (one at a time), and against the same row
 *   writes by prepared statements in transactions of 100.
 * - On SQL Server's protocol, where TRANSPLANT_TEST_MSSQL names a server: against graphile-worker on PostgreSQL
 *   (TRANSPLANT_BENCH_POSTGRES, or Debian's), both one at a time, and both with batches of 100.
 */
export const run: BenchRun = async ({ progress }) => {
  const embedded = await onSqlite(progress);
  const served = await onServers(progress);
  return {
    name: 'queue',
    figures: rounded({ ...embedded.figures, ...served.figures }, 0),
    ratios: rounded({ ...embedded.ratios, ...served.ratios }, 2),
    aims: { fullToPlainjob: 5, fullToRawWrites: 0.5 },
    skipped: [...embedded.skipped, ...served.skipped],
  };
};

async function onSqlite(progress: (text: string) => void): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  const report: Report = { figures: {}, ratios: {}, skipped: [] };
  try {
    for (const [name, level] of Object.entries(DURABILITY)) {
      const rates = { ours: [] as number[], single: [] as number[], plainjob: [] as number[], raw: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        const file = (peer: string) => join(folder, `${peer}-${name}-${round}.db`);
        rates.raw.push(await raw(file('raw'), level));
        rates.ours.push(await ours(`sqlite:${file('ours')}`, WORK.tasks, WORK.batch, level));
        rates.plainjob.push(await plainjob(file('plainjob'), level));
        rates.single.push(await ours(`sqlite:${file('single')}`, WORK.singles, 1, level));
        progress(`sqlite, ${name} ${round + 1}/${ROUNDS}: ${JSON.stringify(lasts(rates))}`);
      }
      report.figures[`${name}TasksPerSecond`] = median(rates.ours);
      report.figures[`${name}SingleTasksPerSecond`] = median(rates.single);
      report.figures[`${name}PlainjobPerSecond`] = median(rates.plainjob);
      report.figures[`${name}RawTasksPerSecond`] = median(rates.raw);
      report.ratios[`${name}ToPlainjob`] = paired(rates.ours, rates.plainjob);
      report.ratios[`${name}SingleToPlainjob`] = paired(rates.single, rates.plainjob);
      report.ratios[`${name}ToRawWrites`] = paired(rates.ours, rates.raw);
    }
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onServers(progress: (text: string) => void): Promise<Report> {
  const report: Report = { figures: {}, ratios: {}, skipped: [] };
  const server = process.env.TRANSPLANT_TEST_MSSQL;
  const postgres = await openPostgres();
  if (!postgres)
    report.skipped.push('graphile-worker (no PostgreSQL: TRANSPLANT_BENCH_POSTGRES, or Debian package postgresql)');
  if (!server) report.skipped.push("the queue on SQL Server's protocol (TRANSPLANT_TEST_MSSQL is not set)");
  const rates: Rates = { mssql: [], mssqlSingle: [], graphile: [], graphileSingle: [] };
  const add = async (name: string, measured: Promise<number>) => void rates[name]?.push(await measured);
  try {
    for (let round = 0; round < SERVER_ROUNDS; round++) {
      if (server) {
        const name = `transplant_bench_${randomBytes(5).toString('hex')}`;
        await add('mssql', oursOnServer(server, name, WORK.serverTasks, WORK.batch));
        await add('mssqlSingle', oursOnServer(server, name, WORK.serverSingles, 1));
      }
      if (postgres) {
        await add('graphile', graphile(postgres.url, WORK.serverTasks, WORK.batch));
        await add('graphileSingle', graphile(postgres.url, WORK.serverSingles, 1));
      }
      progress(
        `servers (${postgres?.what ?? 'no PostgreSQL'}) ${round + 1}/${SERVER_ROUNDS}: ${JSON.stringify(lasts(rates))}`,
      );
    }
  } finally {
    postgres?.close();
  }
  for (const [name, values] of Object.entries(rates))
    if (values.length) report.figures[`${name}PerSecond`] = median(values);
  if (server && postgres) {
    report.ratios.mssqlToGraphile = paired(rates.mssql, rates.graphile);
    report.ratios.mssqlSingleToGraphile = paired(rates.mssqlSingle, rates.graphileSingle);
  }
  return report;
}

/** Round by round, because a disk that others use is fast and slow by turns. */
function paired(ours: readonly number[] = [], peer: readonly number[] = []): number {
  return median(ours.map((rate, round) => rate / (peer[round] ?? Number.NaN)));
}

const lasts = (rates: Rates) =>
  Object.fromEntries(Object.entries(rates).map(([peer, values]) => [peer, Math.round(values.at(-1) ?? 0)]));

const rounded = (values: Record<string, number>, digits: number) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(digits))]));
