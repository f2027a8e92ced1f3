import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoResult } from '../../cli/demo/result.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';

const command = join(import.meta.dirname, '..', '..', 'cli', 'transplant.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a `transplant` command to its end. */
export async function transplant(args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], { env: { ...process.env, ...env } });
  child.stdin.end(input);
  return await ended(child);
}

async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The demo in a process of its own, with a database that can be looked into meanwhile. */
export class DemoRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'transplant-e2e-'));
  readonly database: string;
  readonly #child: ChildProcess;
  readonly #end: Promise<Ended>;

  /** @param database the URL of an empty or missing database; a file of its own unless given */
  constructor(args: readonly string[], database?: string) {
    this.database = database ?? `sqlite:${join(this.folder, 'demo.db')}`;
    this.#child = spawn(
      process.execPath,
      [command, 'demo', '--db', this.database, '--json', this.json, '--report', join(this.folder, 'report'), ...args],
      { env: { ...process.env, TRANSPLANT_HOME: join(this.folder, 'home') } },
    );
    this.#end = ended(this.#child);
  }

  get json(): string {
    return join(this.folder, 'result.json');
  }

  /** Waits for the end. */
  async end(): Promise<Ended & { result: DemoResult | undefined }> {
    const end = await this.#end;
    const result = existsSync(this.json) ? (JSON.parse(readFileSync(this.json, 'utf8')) as DemoResult) : undefined;
    return { ...end, result };
  }

  /** Looks into the database as soon as it is there, until `done`. */
  async look(done: (store: Store) => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let store: Store | undefined;
    try {
      while (performance.now() < deadline) {
        if (this.#child.exitCode !== null) {
          throw new Error(`the demo ended before it came so far: ${(await this.#end).stderr.slice(-2_000)}`);
        }
        store ??= await openStore(this.database).catch(() => undefined);
        if (store && (await done(store).catch(() => false))) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('the demo did not come so far in time');
    } finally {
      await store?.close();
    }
  }

  async clean(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM');
    await this.#end;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How many items the ledger has as copied. */
export async function copied(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('ledger')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('target_id', 'is not', null)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Process ids of the workers that have enrolled, as they tell them with their heartbeat. */
export async function workerPids(store: Store): Promise<number[]> {
  const rows = await store.db.selectFrom('machine').select('facts').where('kind', '=', 'worker').execute();
  return rows.flatMap((row) => {
    const { pid } = JSON.parse(row.facts) as { pid?: number };
    return pid === undefined ? [] : [pid];
  });
}
