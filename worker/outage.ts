import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../core/domain/log.ts';
import { StoreUnavailableError } from '../core/store/errors.ts';
import type { Store } from '../core/store/store.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** True when the database is away for now and the same work may go on later. */
export function isOutage(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof StoreUnavailableError) return true;
  return false;
}

/**
 * Runs work on the database; while the database is away it waits, for as long as that takes, and tries again. Work that
 * may have been carried out before the connection broke must bear being run twice.
 * @throws what `work` throws otherwise, and the signal's reason when it is told to stop
 */
export async function throughOutage<T>(
  work: () => Promise<T>,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<T> {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (pause === FIRST_PAUSE_MS) log.warn('the database is away; waiting for it', { error: nameOf(error) });
      await sleep(pause, undefined, { signal });
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }
}

/** Waits until the database answers. */
export async function waitForDatabase(store: Store, how: { signal: AbortSignal; log: Log }): Promise<void> {
  await throughOutage(() => store.now(), how);
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}
