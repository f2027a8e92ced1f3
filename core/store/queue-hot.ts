import type { Database } from './schema.ts';

/** A lease that a machine takes on tasks. Times are ms since the epoch, by the database's clock. */
export interface NewLease {
  machineId: number;
  now: number;
  leaseMs: number;
}

/** A task's row as it is right after the lease was taken. */
export type LeasedRow = Pick<
  Database['task'],
  'batch_id' | 'workload_id' | 'kind' | 'payload' | 'fence' | 'attempts' | 'max_attempts' | 'priority'
> & { id: number };

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
