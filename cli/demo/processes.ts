import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ExitStatus, TransplantError, UsageError } from '../../core/domain/errors.ts';

/** The lab or a worker did not start, or ended by itself. */
export class DemoProcessError extends TransplantError {}

const command = join(import.meta.dirname, '..', 'transplant.js');
/** Output kept of a process, for the message when it ends badly. */
const KEPT = 4_000;

/** A `transplant` process of the demo. */
export class OwnProcess {
  readonly child: ChildProcess;
  readonly #what: string;
  #output = '';

  constructor(what: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#what = what;
    // Items pass through a worker and leave garbage behind; a small nursery keeps its memory at two thirds.
    const flags = args[0] === 'worker' ? ['--max-semi-space-size=4'] : [];
    this.child = spawn(process.execPath, [...flags, command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT);
      });
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What went wrong with it, in its own words; a wrong call of ours is one of whoever called the demo. */
  problem(): TransplantError {
    const { exitCode, signalCode } = this.child;
    const words = this.#output
      .replace(/\(transplant --help[^)]*\)/, '')
      .trim()
      .split('\n')
      .slice(-3)
      .map((line) => line.trim())
      .join(' ');
    if (exitCode === ExitStatus.usage) {
      return new UsageError({ tried: `run ${this.#what}`, happened: words, next: 'Correct the call of the demo.' });
    }
    return new DemoProcessError({
      tried: `run ${this.#what}`,
      happened: `It ended by itself (${signalCode ?? `exit ${exitCode}`}). ${words}`,
      next: 'Mend what it says and start the demo again.',
    });
  }

  /** Asks it to end, and waits; after `graceMs` it is ended. */
  async stop(graceMs = 10_000): Promise<void> {
    if (this.ended) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const late = sleep(graceMs, 'late', { ref: false });
    if ((await Promise.race([exit, late])) === 'late') {
      this.child.kill('SIGKILL');
      await exit;
    }
  }
}

const organisationSchema = z.object({
  name: z.enum(['source', 'target']),
  smtpDomain: z.string(),
  ewsUrl: z.string(),
  ldapUrl: z.string(),
  globalCatalogUrl: z.string().optional(),
  smtp: z.object({ host: z.string(), port: z.number() }),
  caFile: z.string(),
  baseDn: z.string(),
  serviceAccount: z.object({ user: z.string(), password: z.string() }),
  mailboxes: z.array(z.object({ user: z.string(), password: z.string() })),
});
export const readySchema = z.object({
  organisations: z.array(organisationSchema),
  /** What became of the files of `--corpus`. */
  corpus: z
    .object({ used: z.number(), unparsable: z.array(z.object({ file: z.string(), why: z.string() })) })
    .optional(),
});
export type LabReady = z.infer<typeof readySchema>;

export interface LabSize {
  seed?: string;
  users?: string;
  items?: string;
  folders?: string;
  corpus?: string;
  faults?: string;
}

const READY_POLL_MS = 100;

/** Starts the lab in a process of its own and waits until both organisations answer. */
export async function startLab(
  folder: string,
  size: LabSize,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ lab: OwnProcess; ready: LabReady }> {
  const readyFile = join(folder, 'ready.json');
  const options = Object.entries(size).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const args = ['lab', 'start', '--dir', join(folder, 'lab'), '--ready-file', readyFile, ...options];
  const lab = new OwnProcess('the lab', args, env);
  for (;;) {
    const text = await readFile(readyFile, 'utf8').catch(() => undefined);
    if (text !== undefined) return { lab, ready: readySchema.parse(JSON.parse(text)) };
    if (lab.ended) throw lab.problem();
    await sleep(READY_POLL_MS, undefined, { signal }).catch(async (error: unknown) => {
      await lab.stop();
      throw error;
    });
  }
}

/**
 * Keeps a number of workers running, as a service manager would: one that dies is started again under its name and key,
 * and goes on with what the database says.
 */
export class Workers {
  readonly #running = new Map<string, OwnProcess>();
  readonly #env: NodeJS.ProcessEnv;
  readonly #restarted: (name: string) => void;
  #stopping = false;
  #quickEnds = 0;
  #failure: TransplantError | undefined;

  constructor(env: NodeJS.ProcessEnv, restarted: (name: string) => void) {
    this.#env = env;
    this.#restarted = restarted;
  }

  start(count: number): string[] {
    const names = Array.from({ length: count }, (_, i) => `worker-${i + 1}`);
    for (const name of names) this.#spawn(name);
    return names;
  }

  /** Process ids by worker, for whoever wants to look at or end one. */
  get pids(): Record<string, number | undefined> {
    return Object.fromEntries([...this.#running].map(([name, worker]) => [name, worker.pid]));
  }

  /** @throws DemoProcessError when workers do not stay up */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  #spawn(name: string): void {
    const started = performance.now();
    const worker = new OwnProcess(name, ['worker', 'run', '--name', name], this.#env);
    this.#running.set(name, worker);
    worker.child.once('exit', () => {
      if (this.#stopping) return;
      this.#quickEnds = performance.now() - started < 2_000 ? this.#quickEnds + 1 : 0;
      if (this.#quickEnds > 3) {
        this.#failure = worker.problem();
        return;
      }
      this.#restarted(name);
      this.#spawn(name);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running.values()].map((worker) => worker.stop()));
  }
}
