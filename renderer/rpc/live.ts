import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { create } from '../ui/signal.ts';
import { api } from './client.ts';

/** The program behind the page does not answer; it is asked again and again. */
export const serviceAway = create(false);

/** Longest wait of one poll, ms; the service answers earlier when something happens. */
const WAIT_MS = 20_000;
/** Lists are read again at most this often, ms, however many events there are. */
const CALM_MS = 700;

/**
 * Follows the event log by its cursor and marks what it concerns as out of date; what is on the screen is then read
 * again. Mounted once, in the frame.
 */
export function useLiveEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void follow(stop.signal, (kinds) => {
      for (const kind of kinds) void client.invalidateQueries({ queryKey: [kind] });
    });
    return () => stop.abort();
  }, [client]);
}

async function follow(signal: AbortSignal, tell: (areas: Set<string>) => void): Promise<void> {
  let cursor: number | undefined;
  while (!signal.aborted) {
    try {
      cursor ??= (await api.status.cursor.query(undefined, { signal })).cursor;
      const page = await api.status.events.query({ after: cursor, waitMs: WAIT_MS }, { signal });
      cursor = page.cursor;
      serviceAway.set(false);
      if (page.events.length > 0) {
        tell(new Set(page.events.map((event) => areaOf(event.kind))));
        await pause(CALM_MS, signal);
      }
    } catch {
      if (!signal.aborted) serviceAway.set(true);
      await pause(3_000, signal);
    }
  }
}

/** `workload.state` and `batch.state` concern batches; everything else is named for its area. */
function areaOf(kind: string): string {
  const [area = ''] = kind.split('.');
  return area === 'workload' || area === 'batch' || area === 'task' ? 'batches' : area;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
