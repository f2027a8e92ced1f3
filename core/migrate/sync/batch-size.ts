/**
 * How much goes into one request. A request may run one minute at the server and 25 MB of base64 is the least that
 * servers take, so batches are measured in bytes, grow while they are quick and shrink when they are slow or refused.
 */
export class BatchSize {
  /** Bytes of item streams in one batch. */
  bytes = 4 * MB;
  items = 100;
  #ceiling = MAX_BYTES;
  #usualMs: number | undefined;

  /** Batches are through in so short a time that the calls count more than the bytes: fewer and larger ones cost less. */
  get quick(): boolean {
    return this.#usualMs !== undefined && this.#usualMs < VERY_QUICK_MS;
  }

  /** A batch of so many bytes took so long. */
  took(ms: number): void {
    this.#usualMs = this.#usualMs === undefined ? ms : this.#usualMs * 0.8 + ms * 0.2;
    if (ms > SLOW_MS) {
      this.bytes = Math.max(MIN_BYTES, Math.floor(this.bytes / 2));
      this.items = Math.max(MIN_ITEMS, Math.floor(this.items / 2));
    } else if (ms < QUICK_MS) {
      this.bytes = Math.min(this.#ceiling, Math.floor(this.bytes * 1.25));
      this.items = Math.min(MAX_ITEMS, Math.floor(this.items * 1.25));
    }
  }

  /** The server refused a request for its size. */
  refused(bytes: number): void {
    this.#ceiling = Math.max(MIN_BYTES, Math.floor(bytes * 0.7));
    this.bytes = Math.min(this.bytes, this.#ceiling);
  }
}

const MB = 1024 * 1024;
const MIN_BYTES = 256 * 1024;
const MAX_BYTES = 12 * MB;
const MIN_ITEMS = 10;
const MAX_ITEMS = 200;
const SLOW_MS = 15_000;
const QUICK_MS = 3_000;
const VERY_QUICK_MS = 1_000;
