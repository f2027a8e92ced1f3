import { z } from 'zod';
import { windowWords } from '../../domain/schedule.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import {
  listTimeWindows,
  readSites,
  replaceWindowSpans,
  type Sites,
  type TimeWindow,
} from '../../store/time-windows.ts';
import { closedSpans, type Span } from './spans.ts';

const DAY = 86_400_000;
/** Spans are worked out so far ahead. */
const AHEAD_MS = 35 * DAY;
/** And anew when less than this is left of them. */
const LEFT_MS = 28 * DAY;
const UNTIL = 'windows.until';

/** When nothing is claimed for a scope, as worked out from all windows of it. */
export interface ClosedScope {
  scope: string;
  spans: Span[];
  windows: TimeWindow[];
}

/** Closed spans of every scope that windows name, between two instants; sites stand for their servers. */
export function closedScopes(windows: readonly TimeWindow[], sites: Sites, between: Span): ClosedScope[] {
  const byScope = Map.groupBy(
    windows.flatMap((window) => scopesOf(window.scope, sites).map((scope) => ({ scope, window }))),
    ({ scope }) => scope,
  );
  return [...byScope].map(([scope, found]) => {
    const rules = found.map(({ window }) => window);
    return { scope, spans: closedSpans(rules, between), windows: rules };
  });
}

function scopesOf(scope: string, sites: Sites): string[] {
  if (!scope.startsWith('site:')) return [scope];
  const servers = sites[scope.slice('site:'.length)] ?? [];
  return servers.map((server) => `server:${server.toLowerCase()}`);
}

/** Works the queue's spans out anew; called after every change of windows and sites, in its transaction. */
export async function writeSpans(store: Store, db = store.db): Promise<void> {
  const now = await store.now(db);
  const scopes = closedScopes(await listTimeWindows(db), await readSites(store, db), {
    from: now - DAY,
    to: now + AHEAD_MS,
  });
  await replaceWindowSpans(
    store,
    db,
    scopes.flatMap(({ scope, spans, windows }) =>
      spans.map((span) => ({ scope, ...span, reason: reasonOf(windows), windowId: windows[0]?.id ?? 0 })),
    ),
  );
  await writeSetting(store, UNTIL, now + AHEAD_MS, db);
}

function reasonOf(windows: readonly TimeWindow[]): string {
  return windows.map(({ rule, kind, zone, reason }) => `${kind} ${windowWords(rule)} ${zone}: ${reason}`).join('; ');
}

/** Spans run out as time goes on: one of the machines works out the next ones. */
export async function keepSpansAhead(store: Store): Promise<void> {
  const until = await readSetting(store, UNTIL, z.number());
  if (until === undefined || until > (await store.now()) + LEFT_MS) return;
  await store.db.transaction().execute((trx) => writeSpans(store, trx));
}
