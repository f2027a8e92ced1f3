import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openForInspection } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import type { Place } from './model/crew.ts';
import { openProxy } from './model/proxy.ts';
import { openPlace, runSchedule } from './model/schedule.ts';
import { SHAPES } from './model/shape.ts';
import { addFound, nothingFound, type SoakOptions, type SoakResult, type SoakRun } from './soak.ts';

/** Schedules go on, on each dialect, until so many workers were killed and so many schedules ran. */
const KILLS = 1_000;
const SEEDS = 6;

/**
 * The model test of queue and ledger: real worker processes that are killed, frozen, cut off and misled about the time,
 * a target that loses answers and makes doubles, and a checker that reads afterwards what is left. Runs on SQLite, and
 * on SQL Server as well when TRANSPLANT_TEST_MSSQL is set.
 */
export const run: SoakRun = async (options) => {
  const server = process.env.TRANSPLANT_TEST_MSSQL;
  const sqlite = options.on === 'mssql' ? undefined : await runOn('sqlite', options, onSqlite);
  if (sqlite && (!server || options.on === 'sqlite')) return sqlite;
  if (!server) throw new Error('TRANSPLANT_TEST_MSSQL is not set');
  const mssql = await runOn('mssql', options, (work) => onServer(server, work));
  return sqlite ? together(sqlite, mssql) : mssql;
};

type Within = <T>(work: (place: Place) => Promise<T>) => Promise<T>;

async function onSqlite<T>(work: (place: Place) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => within(await openPlace(`sqlite:${join(folder, 'model.db')}`, folder), work));
}

/** A database of its own on the server, reached by the workers through a line that can be cut. */
async function onServer<T>(server: string, work: (place: Place) => Promise<T>): Promise<T> {
  const url = new URL(server);
  const name = `transplant_model_${randomBytes(5).toString('hex')}`;
  await onMaster(server, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const proxy = await openProxy(url.hostname, Number(url.port || 1433));
  try {
    return await inFolder(async (folder) => within(await openPlace(url.href, folder, proxy), work));
  } finally {
    await proxy.close();
    await onMaster(server, `DROP DATABASE ${name}`).catch(() => undefined);
  }
}

async function within<T>(place: Place, work: (place: Place) => Promise<T>): Promise<T> {
  try {
    return await work(place);
  } finally {
    await place.store.close();
  }
}

/** A folder for the time of the work, whatever becomes of it. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-model-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** One after another: Babelfish cannot make two databases at the same time. */
function onMaster(server: string, statement: string): Promise<void> {
  const next = turn.then(() => execute(server, statement));
  turn = next.catch(() => undefined);
  return next;
}

async function execute(server: string, statement: string): Promise<void> {
  const url = new URL(server);
  url.pathname = '/master';
  const store = await openForInspection(url.href);
  try {
    await sql.raw(statement).execute(store.db);
  } finally {
    await store.close();
  }
}

async function runOn(dialect: Store['dialect'], options: SoakOptions, inPlace: Within): Promise<SoakResult> {
  const { seeds, from = 1, progress } = options;
  const total = nothingFound('model', 0);
  let next = from;
  const enough = () =>
    seeds === undefined ? total.seeds >= SEEDS && (total.faults.kills ?? 0) >= KILLS : next >= from + seeds;
  const lane = () =>
    inPlace(async (place) => {
      while (!enough()) {
        const seed = next++;
        const one = await runSchedule(seed, place, {
          progress: (text) => progress(`${dialect} seed ${seed}: ${text}`),
        });
        total.seeds++;
        const label = `${dialect} seed ${seed}: `;
        addFound(total, { ...one, faults: { ...one.faults }, findings: one.findings.slice(0, 20) }, label);
        const found = one.findings.length ? `, FOUND ${one.findings[0]}` : '';
        progress(`${dialect} seed ${seed}: ${one.operations} operations, ${JSON.stringify(one.faults)}${found}`);
      }
    });
  const { lanes } = SHAPES[dialect];
  await Promise.all(Array.from({ length: Math.min(lanes, seeds ?? lanes) }, lane));
  return total;
}

function together(a: SoakResult, b: SoakResult): SoakResult {
  const total = nothingFound('model', a.seeds + b.seeds);
  for (const one of [a, b]) addFound(total, one);
  const figures = ({ name: _, findings: __, ...rest }: SoakResult) => rest;
  total.byDatabase = { sqlite: figures(a), mssql: figures(b) };
  return total;
}
