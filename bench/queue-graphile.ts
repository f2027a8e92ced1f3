import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';

const silent = new Logger(() => () => undefined);

/**
 * Tasks a second of graphile-worker with one worker process.
 * @param batch jobs it takes into its local queue, ends together and runs side by side; 1: each alone, its default
 */
export async function graphile(url: string, tasks: number, batch: number): Promise<number> {
  const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
  try {
    await utils.withPgClient((client) => client.query('DROP SCHEMA IF EXISTS graphile_worker CASCADE'));
    await utils.migrate();
    const jobs = Array.from({ length: tasks }, (_, n) => ({ identifier: 'sync', payload: { n } }));
    await utils.addJobs(jobs);
    let done = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const started = performance.now();
    const runner = await run({
      connectionString: url,
      logger: silent,
      noHandleSignals: true,
      crontab: '',
      taskList: {
        sync: () => {
          if (++done === tasks) resolve();
        },
      },
      preset: {
        worker: {
          concurrentJobs: batch,
          maxPoolSize: batch > 1 ? 12 : 3,
          ...(batch > 1 && { localQueue: { size: batch }, completeJobBatchDelay: 0 }),
        },
      },
    });
    await all;
    // Done is what stands in the database: the last ones are still to be ended.
    while (await utils.withPgClient(jobsLeft)) await sleep(1);
    const ms = performance.now() - started;
    await runner.stop();
    return (tasks / ms) * 1000;
  } finally {
    await utils.release();
  }
}

async function jobsLeft(client: { query(text: string): Promise<{ rows: { n?: string }[] }> }): Promise<number> {
  const { rows } = await client.query('SELECT count(*) AS n FROM graphile_worker._private_jobs');
  return Number(rows[0]?.n);
}

/**
 * A PostgreSQL with its usual durability: that of TRANSPLANT_BENCH_POSTGRES, or Debian's, started for the occasion.
 * @returns undefined where there is none
 */
export async function openPostgres(): Promise<{ url: string; what: string; close(): void } | undefined> {
  const given = process.env.TRANSPLANT_BENCH_POSTGRES;
  if (given) return { url: given, what: 'TRANSPLANT_BENCH_POSTGRES', close: () => undefined };
  const bin = debianBin();
  if (!bin) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'transplant-postgres-'));
  const own = userInfo().username;
  const user = own === 'root' ? 'postgres' : own;
  if (own === 'root') execFileSync('chown', [user, folder]);
  chmodSync(folder, 0o700);
  // PostgreSQL refuses to run as root.
  const call = (program: string, args: string[]) => {
    const command = [join(bin, program), ...args];
    const [file = '', ...rest] = own === 'root' ? ['runuser', '-u', user, '--', ...command] : command;
    execFileSync(file, rest, { stdio: 'ignore', cwd: folder });
  };
  const data = join(folder, 'data');
  const port = await freePort();
  call('initdb', ['-D', data, '-A', 'trust', '-U', user]);
  const options = `-h 127.0.0.1 -p ${port} -k ${folder}`;
  call('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start']);
  return {
    url: `postgres://${user}@127.0.0.1:${port}/postgres`,
    what: `Debian's ${bin.split('/').at(-2)}`,
    close: () => {
      call('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function debianBin(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}
