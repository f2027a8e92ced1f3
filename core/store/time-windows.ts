import type { Kysely } from 'kysely';
import { z } from 'zod';
import { WINDOW_KINDS, type WindowKind, type WindowRule, windowRuleSchema } from '../domain/schedule.ts';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import { readSetting, writeSetting } from './settings.ts';
import type { Store } from './store.ts';

/** A window in which work is allowed, or a blackout, as a person said it. */
export interface TimeWindow {
  id: number;
  /** `*`, `batch:ID`, `site:NAME`, `server:NAME`, or the name of an endpoint as tasks carry it. */
  scope: string;
  kind: WindowKind;
  zone: string;
  rule: WindowRule;
  reason: string;
  createdBy: string;
  createdAt: number;
}

const kindSchema = z.enum(WINDOW_KINDS);

export async function listTimeWindows(db: Kysely<Database>): Promise<TimeWindow[]> {
  const rows = await db.selectFrom('time_window').selectAll().orderBy('id').execute();
  return rows.map((row) => ({
    id: row.id,
    scope: row.scope,
    kind: kindSchema.parse(row.kind),
    zone: row.zone,
    rule: windowRuleSchema.parse(JSON.parse(row.rule)),
    reason: row.reason,
    createdBy: row.created_by,
    createdAt: row.created_at,
  }));
}

export async function addTimeWindow(
  store: Store,
  db: Kysely<Database>,
  window: Omit<TimeWindow, 'id' | 'createdAt'>,
): Promise<number> {
  const { scope, kind, zone, rule, reason, createdBy } = window;
  const row = {
    scope,
    kind,
    zone,
    rule: JSON.stringify(rule),
    reason,
    created_by: createdBy,
    created_at: await store.now(db),
  };
  const { id } = await db.insertInto('time_window').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export async function removeTimeWindow(db: Kysely<Database>, id: number): Promise<void> {
  await db.deleteFrom('time_window').where('id', '=', id).execute();
}

/** Spans that the queue reads, worked out from windows: those there were are replaced. Times in ms. */
export async function replaceWindowSpans(
  store: Store,
  db: Kysely<Database>,
  spans: readonly { scope: string; from: number; to: number; reason: string; windowId: number }[],
): Promise<void> {
  await db.deleteFrom('maintenance').where('window_id', 'is not', null).execute();
  await insertMany(
    store,
    db,
    'maintenance',
    spans.map((span) => ({
      scope: span.scope,
      from_at: span.from,
      to_at: span.to,
      reason: span.reason,
      window_id: span.windowId,
    })),
  );
}

/** Which servers (by the name in msExchHomeServerName) stand at which site. */
export const sitesSchema = z.record(z.string().min(1).max(100), z.array(z.string().min(1)));
export type Sites = z.infer<typeof sitesSchema>;

export async function readSites(store: Store, db = store.db): Promise<Sites> {
  return (await readSetting({ ...store, db }, 'sites', sitesSchema)) ?? {};
}

export async function writeSites(store: Store, sites: Sites, db = store.db): Promise<void> {
  await writeSetting(store, 'sites', sitesSchema.parse(sites), db);
}
