import { expect, it } from 'vitest';
import type { Store } from '../../core/store/store.ts';
import { runOutage } from '../soak/outage/scenario.ts';
import { describeWith } from '../support/parts.ts';

/** The database is away for several leases in the middle of a migration. `npm run soak -- outage` takes five minutes. */

const LEASE_MS = 2_500;

async function survives(dialect: Store['dialect']): Promise<void> {
  const size = { users: 4, items: 200, folders: 6, seed: 3 };
  const end = await runOutage(dialect, 3 * LEASE_MS, { size, leaseMs: LEASE_MS });
  expect(end.before).toBeLessThan(end.items);
  expect(end).toMatchObject({ verified: true, missing: 0, extra: 0 });
  // Nobody's tries were counted against a mailbox for what the database did.
  expect(end.attempts.failed ?? 0).toBe(0);
}

it('a locked database file: the migration goes on by itself and ends verified', { timeout: 240_000 }, () =>
  survives('sqlite'),
);

describeWith('mssql', 'a database server that is gone for a while', () => {
  it('the migration goes on by itself and ends verified', { timeout: 240_000 }, () => survives('mssql'));
});
