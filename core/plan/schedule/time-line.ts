import type { State } from '../../domain/words.ts';
import { listBatches } from '../../store/batches.ts';
import { listMaintenance } from '../../store/limits.ts';
import { type ScheduleRow, scheduleOf } from '../../store/schedules.ts';
import type { Store } from '../../store/store.ts';
import { listTimeWindows, readSites, type TimeWindow } from '../../store/time-windows.ts';
import type { Span } from './spans.ts';
import { closedScopes } from './windows.ts';

/** What the time line shows between two instants, ms. */
export interface TimeLine extends Span {
  now: number;
  batches: {
    id: number;
    name: string;
    state: State;
    startedAt: number | null;
    finishedAt: number | null;
    schedule: ScheduleRow[];
  }[];
  /** When nothing runs: by windows and blackouts, and by times that a person gave. */
  closed: { scope: string; reason: string; spans: Span[] }[];
}

export async function timeLine(store: Store, between: Span): Promise<TimeLine> {
  const [batches, schedule, windows, sites, given, now] = await Promise.all([
    listBatches(store),
    scheduleOf(store.db),
    listTimeWindows(store.db),
    readSites(store),
    listMaintenance(store),
    store.now(),
  ]);
  const byBatch = Map.groupBy(schedule, ({ batchId }) => batchId);
  // A site is one row, not one a server.
  const worked = closedScopes(windows, Object.fromEntries(Object.keys(sites).map((site) => [site, []])), between);
  const perSite = closedScopes(sitesAsScopes(windows), {}, between);
  return {
    ...between,
    now,
    batches: batches.map(({ id, name, state, startedAt, finishedAt }) => ({
      id,
      name,
      state,
      startedAt,
      finishedAt,
      schedule: byBatch.get(id) ?? [],
    })),
    closed: [
      ...[...worked, ...perSite].map(({ scope, spans, windows: of }) => ({
        scope: scope.replace(/^site\//, 'site:'),
        reason: of.map(({ reason }) => reason).join('; '),
        spans,
      })),
      ...given
        .filter((one) => one.windowId === null && one.to > between.from && one.from < between.to)
        .map(({ scope, reason, from, to }) => ({ scope, reason, spans: [{ from, to }] })),
    ],
  };
}

function sitesAsScopes(windows: readonly TimeWindow[]): TimeWindow[] {
  return windows
    .filter(({ scope }) => scope.startsWith('site:'))
    .map((window) => ({ ...window, scope: window.scope.replace('site:', 'site/') }));
}
