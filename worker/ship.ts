import type { Log } from '../core/domain/log.ts';
import { appendLogLines, type NewLogLine } from '../core/store/logs.ts';
import type { Store } from '../core/store/store.ts';
import { isOutage } from './outage.ts';

/** Lines kept while the database is away; the oldest are dropped first (they are in the file). */
const KEPT = 1_000;

/** Ships a worker's warnings and errors to the database, in the background, in batches. */
export class LogShipper {
  readonly #store: Store;
  #lines: Omit<NewLogLine, 'machineId'>[] = [];
  #dropped = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  add(line: Omit<NewLogLine, 'machineId'>): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT) {
      this.#lines.shift();
      this.#dropped++;
    }
  }

  /** Sends what has gathered; keeps it when the database is away. */
  async flush(machineId: number, log: Log): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    const dropped = this.#dropped;
    this.#lines = [];
    this.#dropped = 0;
    const more: Omit<NewLogLine, 'machineId'>[] =
      dropped === 0
        ? []
        : [{ level: 'warn', text: 'older lines were dropped while the database was away', fields: { dropped } }];
    try {
      await appendLogLines(
        this.#store,
        [...more, ...lines].map((line) => ({ ...line, machineId })),
      );
    } catch (error) {
      if (!isOutage(error)) log.debug('log lines could not be shipped');
      this.#lines = [...lines, ...this.#lines].slice(-KEPT);
      this.#dropped += dropped;
    }
  }
}
