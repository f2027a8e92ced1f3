import { setTimeout as sleep } from 'node:timers/promises';
import { OwnProcess } from '../../../cli/demo/processes.ts';
import type { FaultPlanInput } from '../../../lab/faults.ts';

/** Trouble that the servers make all the time while a batch is moved. */
export function serverTrouble(seed: number): FaultPlanInput {
  const reads = ['ExportItems', 'SyncFolderItems', 'GetItem', 'FindItem', 'FindFolder', 'GetFolder'];
  return {
    seed,
    rules: [
      { probability: 0.01, fault: { kind: 'busy', backOffMs: 300, form: 'http500' } },
      { probability: 0.01, fault: { kind: 'busy', backOffMs: 300, form: 'http200' } },
      { probability: 0.004, fault: { kind: 'unavailable', retryAfterSeconds: 1 } },
      { probability: 0.002, fault: { kind: 'unauthorized' } },
      { probability: 0.01, fault: { kind: 'drop', when: 'before' } },
      { probability: 0.01, fault: { kind: 'drop', when: 'after' } },
      { probability: 0.01, fault: { kind: 'drop', when: 'middle' } },
      { probability: 0.01, fault: { kind: 'truncate', fraction: 0.6 } },
      { operation: reads, probability: 0.01, fault: { kind: 'error', code: 'ErrorTimeoutExpired', scope: 'call' } },
      { operation: 'UploadItems', probability: 0.03, fault: { kind: 'drop', when: 'after' } },
      { operation: 'UploadItems', probability: 0.02, fault: { kind: 'truncate', fraction: 0.4 } },
      { operation: 'ExportItems', probability: 0.001, fault: { kind: 'short', form: 'text' } },
      { operation: 'ExportItems', probability: 0.001, fault: { kind: 'short', form: 'silent' } },
      { organisation: 'source', operation: 'SyncFolderItems', probability: 0.01, fault: { kind: 'staleSyncState' } },
      { probability: 0.02, fault: { kind: 'latency', ms: 120 } },
    ],
  };
}

/** Items that have to get through between two harms: with one task left, nobody would come to the end of it. */
const WORTH_HARM = 50;

/**
 * Worker processes, and whoever does them harm: killed without warning and started again at once or later, and frozen
 * beyond their leases, so that they wake up while others have their work.
 */
export class Herd {
  readonly #env: NodeJS.ProcessEnv;
  readonly #random: () => number;
  readonly #workers = new Map<string, OwnProcess | undefined>();
  readonly #frozen = new Set<string>();
  readonly faults: Record<string, number> = { kill: 0, freeze: 0 };
  #stopping = false;

  constructor(env: NodeJS.ProcessEnv, random: () => number) {
    this.#env = env;
    this.#random = random;
  }

  start(count: number): string[] {
    const names = Array.from({ length: count }, (_, i) => `worker-${i + 1}`);
    for (const name of names) this.#spawn(name);
    return names;
  }

  #spawn(name: string): void {
    if (this.#stopping) return;
    const args = ['worker', 'run', '--name', name, '--concurrency', '4'];
    const worker = new OwnProcess(name, args, this.#env);
    this.#workers.set(name, worker);
    worker.child.once('exit', () => {
      this.#workers.set(name, undefined);
      // At once, as a service manager does it, or after a time in which its leases run out.
      const pause = this.#random() < 0.7 ? 200 : 33_000;
      setTimeout(() => this.#spawn(name), pause).unref();
    });
  }

  /**
   * Does harm until the signal: every few seconds a kill or a freeze; two workers at least are left alone. On a machine that
   * is busy with other things nothing would ever get done, so each harm waits for some progress, or for a while.
   */
  async harm(
    signal: AbortSignal,
    everyMs: number,
    freezeMs: [number, number],
    progress: () => Promise<number>,
  ): Promise<void> {
    const thawing: Promise<void>[] = [];
    for (let before = 0; !signal.aborted; ) {
      await sleep(everyMs * (0.5 + this.#random()), undefined, { signal }).catch(() => undefined);
      for (const deadline = Date.now() + 8 * everyMs; !signal.aborted && Date.now() < deadline; await sleep(200)) {
        const now = await progress();
        if (Math.abs(now - before) < WORTH_HARM) continue;
        before = now;
        break;
      }
      if (signal.aborted) break;
      const up = [...this.#workers].filter(([name, worker]) => worker && !this.#frozen.has(name));
      const chosen = up[Math.floor(this.#random() * up.length)];
      if (!chosen || up.length < 3) continue;
      const [name, worker] = chosen;
      // A short run may come to one harm alone: that is the worse one.
      if (this.faults.kill === 0 || this.#random() < 0.6) this.#kill(worker);
      else {
        const ms = freezeMs[0] + this.#random() * (freezeMs[1] - freezeMs[0]);
        thawing.push(this.#freeze(name, worker, ms, signal));
      }
    }
    await Promise.all(thawing);
  }

  #kill(worker: OwnProcess | undefined): void {
    if (worker?.child.kill('SIGKILL')) this.faults.kill = (this.faults.kill ?? 0) + 1;
  }

  /** For so long, or until nothing is left to disturb. */
  async #freeze(name: string, worker: OwnProcess | undefined, ms: number, signal: AbortSignal): Promise<void> {
    if (!worker?.child.kill('SIGSTOP')) return;
    this.faults.freeze = (this.faults.freeze ?? 0) + 1;
    this.#frozen.add(name);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    worker.child.kill('SIGCONT');
    this.#frozen.delete(name);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const worker of this.#workers.values()) worker?.child.kill('SIGCONT');
    await Promise.all([...this.#workers.values()].map((worker) => worker?.stop()));
  }
}
