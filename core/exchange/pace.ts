/**
 * How fast one server may be asked. The pace starts low and climbs while answers come as quickly as before; it stays where
 * answers become slower instead of more, halves when the server says that it is busy, and grows again from there. Nothing
 * is sent inside a back-off. All requests of one process to one server with one account share a pace; further limits (per
 * machine and endpoint) come from outside by `setMax`.
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
  /** Called when the server asked for a pause of so many ms, to let other machines know. */
  onBackOff?: (ms: number, reason: string) => void;
}

/** First pause where the server names no time: a proxy's hiccup is over after it; it doubles while the server stays busy. */
const BUSY_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10 * 60_000;
/** Answers may take so many times as long as they usually do before the pace gives way. */
const TOLERANCE = 1.6;
/** Differences below this are chance, whatever their ratio. */
const NEVER_SLOW_MS = 25;
/** Share of a new measurement in the usual time of a kind of call. */
const LEARN = 0.04;
/** Share of a new estimate in the limit. */
const SMOOTH = 0.25;
/** How fast a usual time that proves too long is forgotten. */
const FORGET = 0.95;

/** In the beginning a call that waits so long, ms, for calls that all take their time makes room for more of them. */
const CLIMB_MS = 500;
const CLIMB = 1.3;

interface Waiter {
  since: number;
  resolve(): void;
  reject(error: unknown): void;
  signal: AbortSignal | undefined;
  onAbort(): void;
}

export class Pace {
  #max: number;
  /** The limit as it is worked out; its whole part is what counts. */
  #limit: number;
  #running = 0;
  #until: number | null = null;
  #reason = 'starting';
  #latency: number | null = null;
  #busyInARow = 0;
  /** The usual time of an answer in ms, by kind of call: an upload takes longer than a question. */
  readonly #usual = new Map<string, number>();
  readonly #waiting: Waiter[] = [];
  /** Nothing has gone wrong yet: the limit may climb by time, where answers take too long to climb by them. */
  #climbing = true;
  #climber: NodeJS.Timeout | undefined;
  readonly #onBackOff: PaceOptions['onBackOff'];
  #timer: NodeJS.Timeout | undefined;
  #leftAt = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions = {}) {
    this.#max = Math.max(1, options.max ?? 27);
    this.#limit = Math.min(this.#max, Math.max(1, options.start ?? 4));
    this.#onBackOff = options.onBackOff;
  }

  get #concurrency(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Whether somebody asks or waits to ask. */
  get active(): boolean {
    return this.#running > 0 || this.#waiting.length > 0;
  }

  /** How long nobody has asked any more, in ms; 0 while somebody does, infinite before the first. */
  get idleMs(): number {
    return this.active ? 0 : performance.now() - this.#leftAt;
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
    if (this.#limit > this.#max) {
      this.#limit = this.#max;
      this.#reason = reason ?? 'at the limit that was set';
    }
    this.#wake();
  }

  /** Waits for a free slot outside of any back-off; call the result when the answer is there. */
  async enter(signal?: AbortSignal, kind = ''): Promise<(outcome: PaceOutcome) => void> {
    signal?.throwIfAborted();
    if (!this.#free()) await this.#wait(signal);
    else this.#running++;
    const started = performance.now();
    let left = false;
    return (outcome) => {
      if (left) return;
      left = true;
      this.#learn(outcome, kind, performance.now() - started);
      this.#running--;
      this.#leftAt = performance.now();
      this.#wake();
    };
  }

  /**
   * Nothing is sent before `ms` are over. A server that names no time gets a growing pause. Answers that come inside a pause
   * are about what was sent before it: they say nothing new, unless they name a longer time.
   */
  backOff(ms: number | null, reason: string): void {
    const paused = (this.#until ?? 0) > Date.now();
    if (paused && ms === null) return;
    if (!paused) {
      this.#busyInARow++;
      this.#climbing = false;
      this.#limit = Math.max(1, this.#limit / 2);
    }
    const pause = Math.min(MAX_PAUSE_MS, ms ?? BUSY_PAUSE_MS * 2 ** Math.min(20, this.#busyInARow - 1));
    this.pauseUntil(Date.now() + pause, `${reason}, ${Math.ceil(pause / 1000)} s`);
    this.#onBackOff?.(pause, reason);
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
        since: performance.now(),
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
      this.#climbLater();
    });
  }

  #climbLater(): void {
    if (!this.#climbing || this.#climber || this.#waiting.length === 0) return;
    this.#climber = setTimeout(() => {
      this.#climber = undefined;
      const since = this.#waiting[0]?.since;
      const late = since !== undefined && performance.now() - since >= CLIMB_MS;
      if (this.#climbing && late && this.#limit < this.#max && (this.#until ?? 0) <= Date.now()) {
        this.#limit = Math.min(this.#max, this.#limit * CLIMB);
        this.#reason = this.#limit >= this.#max ? 'at the limit' : 'speeding up';
        this.#wake();
      }
      this.#climbLater();
    }, CLIMB_MS);
    this.#climber.unref();
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

  #learn(outcome: PaceOutcome, kind: string, latency: number): void {
    if (outcome === 'lost') {
      this.#climbing = false;
      this.#limit = Math.max(1, this.#limit - 1);
      this.#reason = 'a connection broke';
      return;
    }
    if (outcome !== 'ok') return;
    this.#busyInARow = 0;
    this.#latency = this.#latency === null ? latency : this.#latency * 0.9 + latency * 0.1;
    const before = this.#usual.get(kind) ?? latency;
    let usual = before * (1 - LEARN) + latency * LEARN;
    if (usual > 2 * latency) usual *= FORGET;
    this.#usual.set(kind, usual);
    // Only a limit that is in use can be judged.
    if (this.#running < this.#concurrency / 2) return;
    const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * usual + NEVER_SLOW_MS) / latency));
    const wanted = this.#limit * gradient + (gradient < 1 ? 0 : Math.sqrt(this.#limit));
    const next = Math.min(this.#max, Math.max(1, this.#limit * (1 - SMOOTH) + wanted * SMOOTH));
    if (next >= this.#max) this.#reason = 'at the limit';
    else if (next < this.#limit - 0.5) {
      this.#climbing = false;
      this.#reason = 'the server answers more slowly';
    } else if (next > this.#limit) this.#reason = 'speeding up';
    this.#limit = next;
  }
}

/** `ok`: an answer; `busy`: backOff was called; `lost`: broken or late; `failed`: an answer that says no. */
export type PaceOutcome = 'ok' | 'busy' | 'lost' | 'failed';
