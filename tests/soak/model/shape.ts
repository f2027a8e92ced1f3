import type { Store } from '../../../core/store/store.ts';

interface Shape {
  /** How long a task is a worker's, in ms: short, because schedules wait for leases to end. */
  leaseMs: number;
  /** Mailboxes to copy. */
  workloads: number;
  /** Schedules at the same time, each on a database of its own: most of a schedule is waiting for leases to end. */
  lanes: number;
  /** Connections of a worker at most; the driver's own number unless given. */
  connections?: number;
}

/**
 * A schedule in proportion to its database. On a server a lease has to be longer than the slowest round trip of a machine
 * that has just started, and every connection of a new process costs Babelfish half a second of a processor (it reads each
 * kind of statement for the first time): with ten of them the killed workers would leave nothing for the others.
 */
export const SHAPES: Readonly<Record<Store['dialect'], Shape>> = {
  sqlite: { leaseMs: 600, workloads: 32, lanes: 3 },
  mssql: { leaseMs: 2_500, workloads: 16, lanes: 1, connections: 2 },
};
