import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { openForInspection } from '../../../core/store/open.ts';
import type { Store } from '../../../core/store/store.ts';
import { Migration, type MigrationOptions } from '../../support/migration.ts';
import { openRelay } from '../../support/relay.ts';

export interface OutageResult {
  items: number;
  /** Items in the ledger when the database went, and when it came back. */
  before: number;
  /** ms from its return until everything was in sync. */
  recoveredMs: number;
  verified: boolean;
  missing: number;
  extra: number;
  /** Tries that ended in anything but success, by how. */
  attempts: Record<string, number>;
}

/** A database that can be taken away from the workers. */
interface Away {
  url?: string;
  workerUrl?: string;
  take(url: string): Promise<void>;
  giveBack(): Promise<void>;
  close(): Promise<void>;
}

/** SQL Server's protocol: the line to the server is cut, and nobody listens at its address. */
async function cutServer(server: string): Promise<Away> {
  const name = `transplant_outage_${randomBytes(5).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const relay = await openRelay({ host: url.hostname, port: Number(url.port || 1433) });
  const near = new URL(url);
  near.hostname = '127.0.0.1';
  near.port = String(relay.port);
  return {
    url: url.href,
    workerUrl: near.href,
    take: () => relay.takeAway(),
    giveBack: () => relay.giveBack(),
    close: async () => {
      await relay.close();
      await onServer(server, `DROP DATABASE ${name}`).catch(() => undefined);
    },
  };
}

async function onServer(server: string, statement: string): Promise<void> {
  const url = new URL(server);
  url.pathname = '/master';
  const master = await openForInspection(url.href);
  try {
    await sql.raw(statement).execute(master.db);
  } finally {
    await master.close();
  }
}

/** SQLite: another program keeps the file locked, as a backup or a virus scanner does. */
function lockFile(): Away {
  let lock: DatabaseSync | undefined;
  const giveBack = async () => {
    lock?.close();
    lock = undefined;
  };
  return {
    take: async (url) => {
      lock = new DatabaseSync(url.replace(/^sqlite:/, ''));
      lock.exec('PRAGMA busy_timeout = 20000; BEGIN EXCLUSIVE');
    },
    giveBack,
    close: giveBack,
  };
}

/**
 * A migration whose database goes away when a part of the items is copied and comes back after a time. The workers are
 * left alone: whatever they do next they do by themselves.
 */
export async function runOutage(
  dialect: Store['dialect'],
  awayMs: number,
  options: Pick<MigrationOptions, 'size' | 'leaseMs'>,
): Promise<OutageResult> {
  const away = dialect === 'mssql' ? await cutServer(process.env.TRANSPLANT_TEST_MSSQL ?? '') : lockFile();
  const { url, workerUrl } = away;
  const it = new Migration({ ...options, ...(url && { url }), ...(workerUrl && { workerUrl }) });
  try {
    await it.prepare(2);
    await it.start();
    await it.until(async () => (await it.copied()) > 20);
    await away.take(it.url);
    const before = await it.copied();
    await sleep(awayMs);
    await away.giveBack();
    const back = performance.now();
    await it.until(() => it.inSync(), 300_000);
    const recoveredMs = Math.round(performance.now() - back);
    const { verified, items } = await it.verdict();
    return {
      items: items.source,
      before,
      recoveredMs,
      verified,
      missing: items.missing,
      extra: items.extra,
      attempts: await attemptsOf(it.store),
    };
  } finally {
    await it.close();
    await away.close();
  }
}

async function attemptsOf(store: Store): Promise<Record<string, number>> {
  const rows = await store.db
    .selectFrom('task_attempt')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('count')])
    .groupBy('outcome')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.outcome, Number(row.count)]));
}
