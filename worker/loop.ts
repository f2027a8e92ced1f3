import { setTimeout as sleep } from 'node:timers/promises';
import { withCorrelation } from '../core/domain/correlation.ts';
import type { Log } from '../core/domain/log.ts';
import type { TaskKind } from '../core/domain/words.ts';
import { AuthenticationFailed, isPassing } from '../core/exchange/errors.ts';
import { type ClaimedTask, claim, FencedError, fail, heartbeat, reclaim, release } from '../core/store/queue.ts';
import type { Store } from '../core/store/store.ts';
import { failureOf, isFinal, placeOf } from './explain.ts';
import { Lease } from './lease.ts';
import { isOutage, nameOf, throughOutage, waitForDatabase } from './outage.ts';

/** Does the work of one claim and ends it in the store; what it throws ends the try. */
export type Execute = (lease: Lease) => Promise<void>;

export interface LoopOptions {
  store: Store;
  machineId: number;
  concurrency: number;
  leaseMs: number;
  kinds?: readonly TaskKind[];
  execute: Execute;
  /** After a try ended badly and the task was given up. */
  gaveUp?: (claim: ClaimedTask, error: { name: string; message: string }) => Promise<void>;
  /** After a try that says nothing against the task: its server is away or busy. */
  paused?: (claim: ClaimedTask, error: { name: string; message: string }) => Promise<void>;
  /** How many more tasks may run now, when memory is short; unlimited unless given. */
  room?: () => number;
  /** Ends the loop: running tasks are handed back. */
  signal: AbortSignal;
  /** Returns when there is nothing to do any more. */
  untilIdle?: () => Promise<boolean>;
  log: Log;
  /** Longest pause between two looks into the queue, ms. */
  pollMs?: number;
}

/** Tells why running work is stopped. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}

const SHORTEST_POLL_MS = 50;
/** Pauses after a server's trouble, ms: the first, and the longest after it has doubled again and again. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;
/** After so many the tries count: a day and more of pauses. */
const PASSING_TRIES = 300;

/** Claims tasks and runs them side by side, renews their leases, and hands back what is running when it is told to stop. */
export class Loop {
  readonly #o: LoopOptions;
  readonly #leases = new Map<number, Lease>();
  readonly #work = new Set<Promise<void>>();
  /** Tries in a row that failed by a server's trouble, and the pause after the last of them in ms, by task. */
  readonly #passed = new Map<number, { tries: number; pauseMs: number }>();
  #wake: (() => void) | undefined;

  constructor(options: LoopOptions) {
    this.#o = options;
  }

  get running(): number {
    return this.#work.size;
  }

  /** Runs until the signal, or until idle. @throws what the store throws that is no outage, such as MachineRemovedError */
  async run(): Promise<void> {
    const beats = new AbortController();
    const beating = this.#beat(beats.signal);
    try {
      await Promise.race([this.#claimAll(), beating]);
    } finally {
      for (const lease of this.#leases.values()) lease.stop(new Stopping());
      await Promise.allSettled(this.#work);
      beats.abort();
      await beating.catch(() => undefined);
    }
  }

  /** Hands running work back without ending the loop: memory ran short. */
  handBack(count: number): void {
    for (const lease of [...this.#leases.values()].slice(0, count)) lease.stop(new Stopping());
  }

  /** Hands these back, if they run here: their time is over until the next window opens. */
  handBackTasks(ids: readonly number[]): void {
    for (const id of ids) this.#leases.get(id)?.stop(new Stopping());
  }

  async #claimAll(): Promise<void> {
    const { store, machineId, leaseMs, kinds, signal, log } = this.#o;
    const longest = this.#o.pollMs ?? 2_000;
    let pause = SHORTEST_POLL_MS;
    while (!signal.aborted) {
      const max = Math.min(this.#o.concurrency - this.#work.size, this.#o.room?.() ?? Number.POSITIVE_INFINITY);
      const askedAt = performance.now();
      const claims =
        max > 0
          ? await throughOutage(() => claim(store, { machineId, max, leaseMs, ...(kinds && { kinds }) }), {
              signal,
              log,
            }).catch((error: unknown) => {
              if (signal.aborted) return [];
              throw error;
            })
          : [];
      for (const one of claims) this.#start(one, askedAt);
      if (claims.length > 0) {
        pause = SHORTEST_POLL_MS;
        continue;
      }
      if (this.#work.size === 0 && (await this.#idle())) return;
      await this.#rest(pause);
      pause = Math.min(longest, pause * 1.6);
    }
  }

  async #idle(): Promise<boolean> {
    const { untilIdle, signal, log } = this.#o;
    if (!untilIdle || signal.aborted) return false;
    return await throughOutage(untilIdle, { signal, log }).catch(() => false);
  }

  /** Pauses until the time is over, a task ends, or the loop is told to stop. */
  async #rest(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    this.#o.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #start(task: ClaimedTask, askedAt: number): void {
    const correlation = task.correlation ?? `task-${task.id}`;
    const work = withCorrelation(correlation, () => this.#runThrough(task, askedAt)).finally(() => {
      this.#work.delete(work);
      this.#wake?.();
    });
    this.#work.add(work);
  }

  /** One task, through as many outages of the database as there are. Never throws. */
  async #runThrough(first: ClaimedTask, firstAskedAt: number): Promise<void> {
    const { store, signal, log } = this.#o;
    let task: ClaimedTask | undefined = first;
    let askedAt = firstAskedAt;
    while (task) {
      const lease: Lease = new Lease(task, askedAt);
      this.#leases.set(task.id, lease);
      try {
        const again: boolean = await this.#tryOnce(lease);
        if (!again) return;
        const old: ClaimedTask = task;
        await waitForDatabase(store, { signal, log });
        askedAt = performance.now();
        task = await throughOutage(() => reclaim(store, old), { signal, log });
        if (task) log.info('took the task again after the database came back', { task: task.id, fence: task.fence });
      } catch (error) {
        // Told to stop during an outage, or the machine was removed: the lease runs out by itself.
        if (!signal.aborted) log.error('a task was dropped', { task: first.id, error: nameOf(error) });
        return;
      } finally {
        this.#leases.delete(first.id);
      }
    }
  }

  /** @returns whether the task should be taken again, because the database was away or the lease uncertain */
  async #tryOnce(lease: Lease): Promise<boolean> {
    const { log } = this.#o;
    const { claim: task } = lease;
    const startedAt = performance.now();
    try {
      await this.#o.execute(lease);
      this.#passed.delete(task.id);
      return false;
    } catch (thrown) {
      const error = lease.signal.aborted ? (lease.signal.reason ?? thrown) : thrown;
      if (error instanceof Stopping) {
        await this.#handBackTask(lease);
        return false;
      }
      if (isOutage(error) || (error instanceof FencedError && lease.uncertain)) {
        log.info('a task waits for the database', { task: task.id, kind: task.kind });
        return true;
      }
      if (error instanceof FencedError) {
        log.info('a task was taken back from this worker', { task: task.id, kind: task.kind });
        return false;
      }
      return await this.#failTask(lease, error, performance.now() - startedAt);
    }
  }

  async #handBackTask(lease: Lease): Promise<void> {
    const { store, log } = this.#o;
    const brief = AbortSignal.timeout(5_000);
    try {
      await throughOutage(() => release(store, lease.claim, { reason: 'the worker stopped' }), { signal: brief, log });
      log.info('handed a task back', { task: lease.claim.id });
    } catch (error) {
      if (!(error instanceof FencedError)) {
        log.warn('a task could not be handed back; its lease runs out by itself', { task: lease.claim.id });
      }
    }
  }

  async #failTask(lease: Lease, error: unknown, ranMs: number): Promise<boolean> {
    const { store, log } = this.#o;
    const { claim: task } = lease;
    const failure = failureOf(error);
    const pause = pauseOf(error);
    const place = placeOf(error);
    const passed = this.#passed.get(task.id) ?? { tries: 0, pauseMs: 0 };
    const passing = isPassing(error) && passed.tries < PASSING_TRIES;
    log.warn('a task failed', {
      task: task.id,
      kind: task.kind,
      attempt: task.attempts,
      error: failure.name,
      ...(place && { place }),
    });
    try {
      if (passing) {
        // A server that is away says nothing against the task: the try does not count, and the pause grows.
        const pauseMs = nextPause(passed.pauseMs, ranMs);
        this.#passed.set(task.id, { tries: passed.tries + 1, pauseMs });
        const afterMs = Math.max(pause ?? 0, pauseMs);
        await release(store, task, { afterMs, reason: `${failure.name}: ${failure.message}` });
        await this.#o.paused?.(task, failure);
        return false;
      }
      this.#passed.delete(task.id);
      const end = await fail(store, task, failure, {
        ...(pause === undefined ? {} : { retryAfterMs: pause }),
        ...(isFinal(error) && { final: true }),
      });
      if (end === 'failed') await this.#o.gaveUp?.(task, failure);
      return false;
    } catch (second) {
      if (isOutage(second)) return true;
      if (second instanceof FencedError) return false;
      throw second;
    }
  }

  /** Renews all leases at a third of their length, for as long as there are any. */
  async #beat(stop: AbortSignal): Promise<void> {
    const { store, leaseMs, log } = this.#o;
    while (!stop.aborted) {
      await sleep(leaseMs / 3, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
      const held = [...this.#leases.values()].filter((lease) => !lease.signal.aborted);
      if (held.length === 0) continue;
      const askedAt = performance.now();
      try {
        const ours = new Set(
          await heartbeat(
            store,
            held.map((lease) => lease.claim),
          ),
        );
        for (const lease of held) {
          // A lease whose task ended meanwhile is not in the map any more.
          if (ours.has(lease.claim.id)) lease.renewed(askedAt);
          else if (this.#leases.get(lease.claim.id) === lease) lease.lost();
        }
      } catch (error) {
        if (!isOutage(error)) throw error;
        log.debug('a heartbeat did not get through', { error: nameOf(error) });
      }
    }
  }
}

/**
 * The pause in ms after a try that a server's trouble ended. It doubles while the server is away; a try that ran for longer
 * than the pause before it found the server at work, and got on.
 */
export function nextPause(lastMs: number, ranMs: number): number {
  return lastMs === 0 || ranMs > lastMs ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, lastMs * 2);
}

const SIGN_IN_PAUSE_MS = 60_000;

/** A server that named a pause is not asked before it is over. */
function pauseOf(error: unknown): number | undefined {
  // A wrong password is not tried at a pace that locks the account.
  if (error instanceof AuthenticationFailed) return SIGN_IN_PAUSE_MS;
  if (typeof error === 'object' && error !== null && 'backOffMs' in error && typeof error.backOffMs === 'number') {
    return error.backOffMs;
  }
  return undefined;
}
