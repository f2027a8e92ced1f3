import { type RawBuilder, sql } from 'kysely';
import type { TaskKind } from '../domain/words.ts';
import { MachineRemovedError } from './machines.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

export interface ClaimOptions {
  machineId: number;
  /** Only these kinds; all unless given. */
  kinds?: readonly TaskKind[];
  /** At most so many tasks. */
  max: number;
  /** How long the tasks are ours unless a heartbeat renews them, in ms. */
  leaseMs: number;
}

/** A task's row as it is right after the lease was taken. */
export type LeasedRow = Pick<
  Database['task'],
  'batch_id' | 'workload_id' | 'kind' | 'payload' | 'correlation' | 'fence' | 'attempts' | 'max_attempts' | 'priority'
> & { id: number; lease_until: number };

/** Names a claim. */
export interface ClaimKey {
  id: number;
  fence: number;
  machineId: number;
}

export interface EndedTask extends ClaimKey {
  /** JSON. */
  result: string;
}

export interface LeaseRenewal extends ClaimKey {
  leaseMs: number;
}

/** What a claim has to know before it may choose. */
export interface Outlook {
  /** The database's clock. */
  now: number;
  /** False while the machine waits for approval or drains. */
  mayClaim: boolean;
  /** Whether leases have run out. */
  expired: boolean;
  /** Whether there are limits or maintenance windows at all. */
  limited: boolean;
  /** Goes up with every claim made within limits (SQL Server). */
  version: string | null;
}

/** One look at everything. @throws MachineRemovedError */
export async function lookOut(store: Store, db: Store['db'], machineId: number): Promise<Outlook> {
  const { nowSql } = store;
  const yes = (condition: RawBuilder<unknown>) => sql<number>`CASE WHEN ${condition} THEN 1 ELSE 0 END`;
  const { rows } = await sql<{
    now: number;
    machine: string | null;
    expired: number;
    limited: number;
    version: string | null;
  }>`
    SELECT ${nowSql} AS now, (SELECT state FROM machine WHERE id = ${machineId}) AS machine,
      ${yes(sql`EXISTS (SELECT 1 FROM task WHERE state = 'leased' AND lease_until <= ${nowSql})`)} AS expired,
      ${yes(sql`EXISTS (SELECT 1 FROM endpoint_limit WHERE max_running IS NOT NULL OR until > ${nowSql})
        OR EXISTS (SELECT 1 FROM maintenance WHERE to_at > ${nowSql})`)} AS limited,
      (SELECT value FROM setting WHERE name = 'queue.version') AS version`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('the database told nothing');
  if (row.machine === null) throw new MachineRemovedError();
  return {
    now: row.now,
    mayClaim: row.machine === 'approved',
    expired: row.expired === 1,
    limited: row.limited === 1,
    version: row.version,
  };
}
