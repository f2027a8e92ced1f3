import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../core/store/store.ts';
import { cutConnections, type Line } from './proxy.ts';
import type { Random } from './random.ts';
import type { Defect } from './settings.ts';
import { SHAPES } from './shape.ts';
import type { ModelTarget } from './target.ts';

/** After so many kills in a row that hit before anything was done, the next one waits for work to get on. */
const BARREN_KILLS = 6;
export const WORKERS = 4;
const HOUR_MS = 3_600_000;
/** A schedule that takes longer has lost something. */
const DEADLINE_MS = 900_000;

export interface Place {
  /** Where the workers reach the database; the proxy stands in between, where there is one. */
  workerUrl: string;
  store: Store;
  folder: string;
  proxy?: Line | undefined;
}

export interface CrewOptions {
  target: ModelTarget;
  targetPort: number;
  clockFile: string | undefined;
  defect: Defect | undefined;
}

interface Member {
  machineId: number;
  process: ChildProcess;
  /** It has begun to work: before, there is nothing that could break. */
  ready: boolean;
  frozenUntil: number | undefined;
}

/** The workers of a schedule, and what is done to them. */
export class Crew {
  readonly faults = { kills: 0, freezes: 0, cuts: 0, clockJumps: 0 };
  readonly #random: Random;
  readonly #place: Place;
  readonly #options: CrewOptions;
  readonly #members = new Map<number, Member>();
  readonly #failures: string[] = [];
  readonly #logFile: string;
  readonly #leaseMs: number;
  /** Kills since the target was last asked something, and how much it had been asked then. */
  #barren = { kills: 0, operations: 0 };

  constructor(random: Random, place: Place, options: CrewOptions) {
    this.#random = random;
    this.#place = place;
    this.#options = options;
    this.#leaseMs = SHAPES[place.store.dialect].leaseMs;
    this.#logFile = join(place.folder, 'doubles.log');
    writeFileSync(this.#logFile, '');
    if (options.clockFile) writeFileSync(options.clockFile, '0');
  }

  /** Keeps the crew complete and plants faults until the work is done. */
  async torment(done: () => Promise<boolean>, freezing: boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await done())) {
      if (this.#failures.length) throw new Error(`a worker ended by itself: ${this.#failures[0]}`);
      if (performance.now() > deadline) return;
      for (let machineId = 1; machineId <= WORKERS; machineId++) {
        if (!this.#members.has(machineId)) this.#start(machineId);
      }
      await this.#wait();
      this.#plant(freezing);
    }
  }

  /**
   * Until the target has carried out a few requests more, so that the work gets on however slow the machine is, or for
   * a while, so that workers who wait for a lease are hit too; then a moment, to hit what comes after a request.
   */
  async #wait(): Promise<void> {
    const { target } = this.#options;
    const wanted = target.operations + this.#random.between(1, 5);
    const latest = performance.now() + this.#leaseMs / 2;
    while (target.operations < wanted && performance.now() < latest) await sleep(5);
    await sleep(this.#random.between(0, 40));
  }

  #start(machineId: number): void {
    const settings = {
      url: this.#place.workerUrl,
      machineId,
      targetPort: this.#options.targetPort,
      leaseMs: this.#leaseMs,
      skewMs: this.#random.pick([0, HOUR_MS, -HOUR_MS]),
      clockFile: this.#options.clockFile,
      defect: this.#options.defect,
      logFile: this.#logFile,
    };
    const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'worker.ts')], {
      env: {
        ...process.env,
        MODEL_WORKER: JSON.stringify(settings),
        NODE_COMPILE_CACHE: join(this.#place.folder, 'cache'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const member: Member = { machineId, process: child, ready: false, frozenUntil: undefined };
    child.stdout?.once('data', () => {
      member.ready = true;
    });
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('exit', (code) => {
      if (this.#members.get(machineId) === member) this.#members.delete(machineId);
      if (code !== null && code !== 0) this.#failures.push(errors.slice(0, 2000));
    });
    this.#members.set(machineId, member);
  }

  #plant(freezing: boolean): void {
    const random = this.#random;
    const now = performance.now();
    for (const member of this.#members.values()) {
      if (member.frozenUntil === undefined || now < member.frozenUntil) continue;
      member.process.kill('SIGCONT');
      member.frozenUntil = undefined;
    }
    const members = [...this.#members.values()].filter(({ ready }) => ready);
    if (members.length === 0) return;
    const member = random.pick(members);
    const chance = random.next();
    if (chance < 0.6) this.#kill(member);
    else if (chance < 0.72 && freezing) this.#freeze(member);
    else if (chance < 0.8) this.#jump();
    else if (chance < 0.9 && this.#place.proxy) this.faults.cuts += cutConnections(this.#place.proxy);
  }

  #kill(member: Member): void {
    // A machine so slow that workers die before their first claim must not keep the work from ending.
    const { operations } = this.#options.target;
    if (operations > this.#barren.operations) this.#barren = { kills: 0, operations };
    if (this.#barren.kills++ >= BARREN_KILLS) return;
    this.#members.delete(member.machineId);
    member.process.kill('SIGKILL');
    this.faults.kills++;
  }

  /** For less or for longer than a lease. */
  #freeze(member: Member): void {
    if (member.frozenUntil !== undefined) return;
    member.process.kill('SIGSTOP');
    member.frozenUntil = performance.now() + this.#random.between(50, 2 * this.#leaseMs);
    this.faults.freezes++;
  }

  /** The database's clock goes to another time, forward past all leases or back. */
  #jump(): void {
    const { clockFile } = this.#options;
    if (clockFile === undefined) return;
    writeFileSync(clockFile, String(this.#random.between(-2 * this.#leaseMs, 3 * this.#leaseMs)));
    this.faults.clockJumps++;
  }

  /** Lets all frozen workers go on, and find out what they have lost. */
  async thaw(): Promise<void> {
    for (const member of this.#members.values()) {
      if (member.frozenUntil !== undefined) member.process.kill('SIGCONT');
      member.frozenUntil = undefined;
    }
    await sleep(2 * this.#leaseMs);
  }

  async dismiss(): Promise<void> {
    const members = [...this.#members.values()];
    const gone = members.map(({ process: child }) => new Promise((resolve) => child.once('exit', resolve)));
    for (const { process: child } of members) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
    }
    const late = setTimeout(() => {
      for (const { process: child } of members) child.kill('SIGKILL');
    }, 10_000);
    await Promise.all(gone.filter((_, index) => members[index]?.process.exitCode === null));
    clearTimeout(late);
  }

  doublesRemoved(): number {
    if (!existsSync(this.#logFile)) return 0;
    const lines = readFileSync(this.#logFile, 'utf8').split('\n').filter(Boolean);
    return lines.reduce((sum, line) => sum + (JSON.parse(line) as { doublesRemoved: number }).doublesRemoved, 0);
  }
}
