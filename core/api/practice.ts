import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TransplantError } from '../domain/errors.ts';
import type { Command, Program } from './context.ts';

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
/** A lab that says nothing new for so long, ms, has stopped: filling takes its time on a small machine, and tells of it. */
const STILL_MS = 180_000;
/** Words of a process that are kept for the message when it ends badly. */
const KEPT = 2_000;

/** The lab and one worker as processes of the console's own: they end with it, at the latest. */
export class Practice {
  readonly #program: Program;
  readonly #dir: string;
  #lab: Command | undefined;
  #worker: Command | undefined;
  #said = '';
  #stopping = false;

  constructor(program: Program, dir: string) {
    this.#program = program;
    this.#dir = dir;
  }

  get running(): boolean {
    return this.#lab?.alive === true;
  }

  get workerRunning(): boolean {
    return this.#worker?.alive === true;
  }

  /** The last line that the lab said about how far it is. */
  get says(): string {
    return this.#said.trim().split('\n').at(-1) ?? '';
  }

  /**
   * Starts the lab and waits until both organisations answer.
   * @param again the lab of an earlier time; without it, what an attempt that failed has left is thrown away
   */
  async start(size: PracticeSize, again: boolean): Promise<PracticeOrganisation[]> {
    const readyFile = join(this.#dir, 'ready.json');
    const labDir = join(this.#dir, 'lab');
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // A console that was killed may have left its lab behind.
    await this.#spawn(['lab', 'stop', '--dir', labDir]).ended;
    await rm(readyFile, { force: true });
    if (!again) await rm(labDir, { recursive: true, force: true });
    const figures = Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#said = '';
    this.#stopping = false;
    this.#lab = this.#spawn(['lab', 'start', '--dir', labDir, '--ready-file', readyFile, ...figures]);
    for (let said = '', deadline = 0; ; await sleep(POLL_MS)) {
      const text = await readFile(readyFile, 'utf8').catch(() => undefined);
      if (text !== undefined) return await withAuthorities(readySchema.parse(JSON.parse(text)));
      if (said !== this.#said || deadline === 0) deadline = performance.now() + STILL_MS;
      said = this.#said;
      if (!this.running || performance.now() > deadline) throw this.problem();
    }
  }

  /** Starts a worker under a name; it enrols and waits for approval. */
  startWorker(name: string): void {
    if (this.workerRunning) return;
    this.#worker = this.#spawn(['worker', 'run', '--name', name]);
  }

  /** Ends both processes and waits for them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const both = [this.#worker, this.#lab].filter((one) => one?.alive);
    for (const one of both) one?.stop();
    await Promise.all(both.map((one) => one?.ended));
  }

  #spawn(words: string[]): Command {
    const command = this.#program.start(words);
    command.hear((text) => {
      this.#said = (this.#said + text).slice(-KEPT);
    });
    return command;
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

async function withAuthorities(ready: z.infer<typeof readySchema>): Promise<PracticeOrganisation[]> {
  return await Promise.all(
    ready.organisations.map(async (one) => ({ ...one, caPem: await readFile(one.caFile, 'utf8') })),
  );
}
