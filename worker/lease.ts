import { type ClaimedTask, FencedError } from '../core/store/queue.ts';

/** Part of the lease after which nothing is sent any more, though the lease may still hold: clocks and lines are slow. */
const SAFE_PART = 0.9;

/**
 * A claim as this process sees it. The database alone decides who holds a task; but a process that slept past its lease
 * must not send anything to Exchange before it has asked, so it also measures the time since the lease was last renewed
 * by a clock that only goes forward.
 */
export class Lease {
  readonly claim: ClaimedTask;
  readonly #abort = new AbortController();
  #safeUntil: number;

  /** @param askedAt performance.now() before the claim was asked for: the lease began no earlier */
  constructor(claim: ClaimedTask, askedAt: number) {
    this.claim = claim;
    this.#safeUntil = askedAt + claim.leaseMs * SAFE_PART;
  }

  /** Ends when the lease is lost or the work is told to stop. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The lease was renewed by a heartbeat that was sent at this time (performance.now()). */
  renewed(askedAt: number): void {
    this.#safeUntil = Math.max(this.#safeUntil, askedAt + this.claim.leaseMs * SAFE_PART);
  }

  /** Somebody else holds the task, or it was called back. */
  lost(): void {
    this.stop(new FencedError(this.claim));
  }

  stop(reason: unknown): void {
    if (!this.#abort.signal.aborted) this.#abort.abort(reason);
  }

  /**
   * Called before anything is sent or written.
   * @throws FencedError when the lease may have run out, or the reason why the work stops
   */
  readonly guard = (): void => {
    if (performance.now() > this.#safeUntil) throw new LeaseUncertain(this.claim);
    this.#abort.signal.throwIfAborted();
  };

  get uncertain(): boolean {
    return performance.now() > this.#safeUntil;
  }
}

/** The lease was not renewed in time, so it may be somebody else's by now: ask before going on. */
export class LeaseUncertain extends FencedError {}
