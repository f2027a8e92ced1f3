import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Ties what somebody asked for (a click in the console, a command) to everything it leads to: events, audit, tasks, log
 * lines, and the requests to Exchange, which carry it as `client-request-id` into the server's own log.
 */
const current = new AsyncLocalStorage<string>();

/** Runs work, and all that it starts, under an id. */
export function withCorrelation<T>(id: string, work: () => T): T {
  return current.run(id, work);
}

/** The id this call belongs to; none outside of any. */
export function currentCorrelation(): string | undefined {
  return current.getStore();
}
