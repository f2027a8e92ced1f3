/**
 * How fast one server may be asked. The pace starts low, doubles while all goes well, halves when the server says that
 * it is busy, and grows by one from there. Nothing is sent inside a back-off. All requests of one process to one server
 * with one account share a pace; further limits (per machine and endpoint) come from outside by `setMax`.
 */
export interface PaceState {
  concurrency: number;
  max: number;
  running: number;
  /** Until when nothing is sent, ms since the epoch by this machine's clock; null when work goes on. */
  until: number | null;
  /** Why the pace is what it is, for the screen. */
  reason: string;
  latencyMs: number | null;
}

export interface PaceOptions {
  /** EWSMaxConcurrency: 27 from Exchange 2013 on, 10 before. */
  max?: number;
  start?: number;
  /** Called when a back-off begins, to let other machines know. */
  onBackOff?: (until: number, reason: string) => void;
}

const BUSY_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 10 * 60_000;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
  signal: AbortSignal | undefined;
  onAbort(): void;
}

export class Pace {
  #max: number;
  #concurrency: number;
  #running = 0;
  #until: number | null = null;
  #reason = 'starting';
  #latency: number | null = null;
  #slowStart = true;
  #successes = 0;
  #busyInARow = 0;
  readonly #waiting: Waiter[] = [];
  readonly #onBackOff: PaceOptions['onBackOff'];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceOptions = {}) {
    this.#max = Math.max(1, options.max ?? 27);
    this.#concurrency = Math.min(this.#max, Math.max(1, options.start ?? 4));
    this.#onBackOff = options.onBackOff;
  }

  get state(): PaceState {
    const until = this.#until !== null && this.#until > Date.now() ? this.#until : null;
    return {
      concurrency: this.#concurrency,
      max: this.#max,
      running: this.#running,
      until,
      reason: until === null && this.#until !== null ? 'going on after a pause' : this.#reason,
      latencyMs: this.#latency === null ? null : Math.round(this.#latency),
    };
  }

  /** A limit from outside, such as the share of an endpoint's limit. */
  setMax(max: number, reason?: string): void {
    this.#max = Math.max(1, Math.floor(max));
    if (this.#concurrency > this.#max) {
      this.#concurrency = this.#max;
      this.#reason = reason ?? 'at the limit that was set';
    }
    this.#wake();
  }

  /** Waits for a free slot outside of any back-off; call the result when the answer is there. */
  async enter(signal?: AbortSignal): Promise<(outcome: PaceOutcome) => void> {
    signal?.throwIfAborted();
    if (!this.#free()) await this.#wait(signal);
    else this.#running++;
    const started = performance.now();
    let left = false;
    return (outcome) => {
      if (left) return;
      left = true;
      this.#running--;
      this.#learn(outcome, performance.now() - started);
      this.#wake();
    };
  }

  /** Nothing is sent before `ms` are over. A server that names no time gets a growing pause. */
  backOff(ms: number | null, reason: string): void {
    this.#busyInARow++;
    const pause = Math.min(MAX_PAUSE_MS, ms ?? BUSY_PAUSE_MS * 2 ** Math.min(6, this.#busyInARow - 1));
    this.pauseUntil(Date.now() + pause, `${reason}, ${Math.ceil(pause / 1000)} s`);
    this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2));
    this.#slowStart = false;
    this.#successes = 0;
    if (this.#until !== null) this.#onBackOff?.(this.#until, this.#reason);
  }

  /** A pause that another machine was asked for. */
  pauseUntil(until: number, reason: string): void {
    if (until <= (this.#until ?? 0)) return;
    this.#until = until;
    this.#reason = reason;
    this.#schedule();
  }

  #free(): boolean {
    if (this.#until !== null && this.#until > Date.now()) return false;
    return this.#running < this.#concurrency && this.#waiting.length === 0;
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve,
        reject,
        signal,
        onAbort: () => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          reject(signal?.reason);
        },
      };
      signal?.addEventListener('abort', waiter.onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#until === null || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, this.#until - Date.now()));
  }

  #wake(): void {
    if (this.#until !== null && this.#until > Date.now()) {
      this.#schedule();
      return;
    }
    while (this.#running < this.#concurrency) {
      const next = this.#waiting.shift();
      if (!next) return;
      next.signal?.removeEventListener('abort', next.onAbort);
      this.#running++;
      next.resolve();
    }
  }

  #learn(outcome: PaceOutcome, latency: number): void {
    if (outcome === 'ok') {
      this.#busyInARow = 0;
      this.#latency = this.#latency === null ? latency : this.#latency * 0.9 + latency * 0.1;
      this.#successes++;
      const grow = this.#slowStart ? 1 : this.#concurrency;
      if (this.#successes >= grow && this.#concurrency < this.#max && this.#waiting.length > 0) {
        this.#successes = 0;
        this.#concurrency++;
        this.#reason = this.#slowStart ? 'speeding up' : 'recovering';
      }
      if (this.#concurrency === this.#max) this.#reason = 'at the limit';
    } else if (outcome === 'lost') {
      this.#slowStart = false;
      this.#successes = 0;
      this.#concurrency = Math.max(1, this.#concurrency - 1);
      this.#reason = 'a connection broke';
    }
  }
}

/** `ok`: an answer; `busy`: backOff was called; `lost`: broken or late; `failed`: an answer that says no. */
export type PaceOutcome = 'ok' | 'busy' | 'lost' | 'failed';
