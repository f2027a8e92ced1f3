import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TransplantError } from '../domain/errors.ts';
import type { Program } from './context.ts';

/** The practice lab did not start, or ended by itself. */
export class PracticeError extends TransplantError {}

const organisationSchema = z.object({
  name: z.enum(['source', 'target']),
  smtpDomain: z.string(),
  ewsUrl: z.url(),
  ldapUrl: z.url(),
  globalCatalogUrl: z.url().optional(),
  smtp: z.object({ host: z.string(), port: z.int() }),
  caFile: z.string(),
  serviceAccount: z.object({ user: z.string(), password: z.string() }),
});
const readySchema = z.object({ organisations: z.array(organisationSchema).length(2) });
export type PracticeOrganisation = z.infer<typeof organisationSchema> & { caPem: string };

/** How large the practice organisations are. */
export interface PracticeSize {
  users: number;
  items: number;
  folders: number;
}

const POLL_MS = 200;
/** Filling the organisations takes its time on a small machine, ms. */
const START_MS = 180_000;
/** Words of a process that are kept for the message when it ends badly. */
const KEPT = 2_000;

/** The lab and one worker as processes of the console's own: they end with it, at the latest. */
export class Practice {
  readonly #program: Program;
  readonly #dir: string;
  #lab: ChildProcess | undefined;
  #worker: ChildProcess | undefined;
  #said = '';
  #stopping = false;

  constructor(program: Program, dir: string) {
    this.#program = program;
    this.#dir = dir;
  }

  get running(): boolean {
    return alive(this.#lab);
  }

  get workerRunning(): boolean {
    return alive(this.#worker);
  }

  /** The last line that the lab said about how far it is. */
  get says(): string {
    return this.#said.trim().split('\n').at(-1) ?? '';
  }

  /** Starts the lab and waits until both organisations answer. */
  async start(size: PracticeSize): Promise<PracticeOrganisation[]> {
    const readyFile = join(this.#dir, 'ready.json');
    const labDir = join(this.#dir, 'lab');
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // A console that was killed may have left its lab behind.
    await this.#once(['lab', 'stop', '--dir', labDir]);
    await rm(readyFile, { force: true });
    const figures = Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#said = '';
    this.#stopping = false;
    this.#lab = this.#spawn(['lab', 'start', '--dir', labDir, '--ready-file', readyFile, ...figures]);
    const deadline = performance.now() + START_MS;
    for (;;) {
      const text = await readFile(readyFile, 'utf8').catch(() => undefined);
      if (text !== undefined) return await withAuthorities(readySchema.parse(JSON.parse(text)));
      if (!alive(this.#lab) || performance.now() > deadline) throw this.problem();
      await sleep(POLL_MS);
    }
  }

  /** Starts a worker under a name; it enrols and waits for approval. */
  startWorker(name: string): void {
    if (alive(this.#worker)) return;
    this.#worker = this.#spawn(['worker', 'run', '--name', name]);
  }

  /** Ends both processes and waits for them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [this.#worker, this.#lab].map(async (child) => {
        if (!child || !alive(child)) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  #spawn(words: string[]): ChildProcess {
    const { file, args, env } = this.#program;
    const child = spawn(file, [...args, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const hear = (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT);
    };
    child.stderr?.setEncoding('utf8').on('data', hear);
    child.stdout?.resume();
    // Neither the process nor its pipes keep a console that was told to end.
    child.unref();
    for (const pipe of [child.stderr, child.stdout]) if (pipe instanceof Socket) pipe.unref();
    child.on('error', (error) => hear(error.message));
    const end = () => child.kill('SIGTERM');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    return child;
  }

  async #once(words: string[]): Promise<void> {
    const child = this.#spawn(words);
    if (alive(child)) await once(child, 'exit');
  }

  /** In words, why a process did not do what it was started for; what runs is stopped. */
  problem(): PracticeError {
    const why = this.#stopping ? 'It was stopped.' : this.says || 'It did not answer in time.';
    void this.stop();
    return new PracticeError({
      tried: 'start the practice lab',
      happened: why,
      next: 'Mend what it says and try again. The rest of the project is not touched.',
    });
  }
}

function alive(child: ChildProcess | undefined): boolean {
  return child !== undefined && child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function withAuthorities(ready: z.infer<typeof readySchema>): Promise<PracticeOrganisation[]> {
  return await Promise.all(
    ready.organisations.map(async (one) => ({ ...one, caPem: await readFile(one.caFile, 'utf8') })),
  );
}
