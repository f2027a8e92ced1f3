import { sql } from 'kysely';
import type { Store } from './store.ts';

/** What waits for a person, counted. */
export interface Waiting {
  conflicts: number;
  reviews: number;
  badItems: number;
  decisions: number;
  machines: number;
}

/** How many decisions wait where. */
export async function countWaiting(store: Store): Promise<Waiting> {
  const [matches, bad, workloads, machines] = await Promise.all([
    store.db
      .selectFrom('match')
      .innerJoin('recipient', 'recipient.id', 'match.source_id')
      .select(['match.state as state', (eb) => eb.fn.countAll<number>().as('n')])
      .where('match.state', 'in', ['conflict', 'review'])
      .where('recipient.deleted', '=', 0)
      .groupBy('match.state')
      .execute(),
    store.db
      .selectFrom('bad_item')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('state', '=', 'open')
      .executeTakeFirst(),
    store.db
      .selectFrom('workload')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('state', 'in', ['decision', 'failed'])
      // A search by batch and state in the index, where states alone would be looked for in every row.
      .where('batch_id', 'in', (eb) => eb.selectFrom('batch').select('id'))
      .executeTakeFirst(),
    store.db
      .selectFrom('machine')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('state', '=', 'waiting')
      .executeTakeFirst(),
  ]);
  const state = (name: string) => Number(matches.find((row) => row.state === name)?.n ?? 0);
  return {
    conflicts: state('conflict'),
    reviews: state('review'),
    badItems: Number(bad?.n ?? 0),
    decisions: Number(workloads?.n ?? 0),
    machines: Number(machines?.n ?? 0),
  };
}

/** Items and bytes of each machine and minute since a time, ms since the epoch. */
export async function throughputByMachine(
  store: Store,
  since: number,
): Promise<{ machineId: number; at: number; items: number; bytes: number }[]> {
  const { rows } = await sql<{ machine_id: number; minute: number; items: number; bytes: number }>`
    SELECT machine_id, minute, SUM(items) AS items, SUM(bytes) AS bytes FROM throughput
    WHERE minute >= ${Math.floor(since / 60_000)} GROUP BY machine_id, minute ORDER BY machine_id, minute`.execute(
    store.db,
  );
  return rows.map((row) => ({
    machineId: Number(row.machine_id),
    at: Number(row.minute) * 60_000,
    items: Number(row.items),
    bytes: Number(row.bytes),
  }));
}

/** How far the project has come: what the first steps have brought. */
export async function countProgress(store: Store): Promise<{
  forests: number;
  accounts: number;
  recipients: number;
  matches: number;
  checks: number;
  batches: number;
}> {
  const { rows } = await sql<Record<string, number>>`
    SELECT (SELECT COUNT(*) FROM forest) AS forests,
      (SELECT COUNT(DISTINCT forest_id) FROM account) AS accounts,
      (SELECT COUNT(DISTINCT forest_id) FROM directory_state WHERE full_at IS NOT NULL) AS recipients,
      (SELECT COUNT(*) FROM match) AS matches,
      (SELECT COUNT(*) FROM check_run WHERE finished_at IS NOT NULL) AS checks,
      (SELECT COUNT(*) FROM batch) AS batches`.execute(store.db);
  const of = (name: string) => Number(rows[0]?.[name] ?? 0);
  return {
    forests: of('forests'),
    accounts: of('accounts'),
    recipients: of('recipients'),
    matches: of('matches'),
    checks: of('checks'),
    batches: of('batches'),
  };
}
