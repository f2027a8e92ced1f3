import { runOutage } from './outage/scenario.ts';
import type { SoakResult, SoakRun } from './soak.ts';

const MINUTES = 5;

/**
 * The database goes away for five minutes in the middle of a migration and comes back: the workers go on by themselves
 * and everything ends verified. On SQLite the file is locked by another program; on SQL Server's protocol, when
 * TRANSPLANT_TEST_MSSQL is set, the line is cut. `--seeds` is the number of rounds.
 */
export const run: SoakRun = async ({ seeds = 1, from = 1, progress }) => {
  const total: SoakResult & { minutes: number } = {
    name: 'outage',
    seeds,
    minutes: 0,
    operations: 0,
    faults: {},
    lost: 0,
    doubled: 0,
    violations: 0,
    findings: [],
  };
  for (let seed = from; seed < from + seeds; seed++) {
    // Most of it is waiting, so both databases may be away at the same time.
    const dialects = process.env.TRANSPLANT_TEST_MSSQL ? (['sqlite', 'mssql'] as const) : (['sqlite'] as const);
    const rounds = dialects.map(async (dialect) => {
      const size = { users: 6, items: 400, folders: 10, seed };
      return [dialect, await runOutage(dialect, MINUTES * 60_000, { size })] as const;
    });
    for (const [dialect, one] of await Promise.all(rounds)) {
      progress(`${dialect} seed ${seed}: ${JSON.stringify(one)}`);
      total.minutes = MINUTES;
      total.operations += one.items;
      total.faults[dialect] = (total.faults[dialect] ?? 0) + 1;
      total.lost += one.missing;
      total.doubled += one.extra;
      if (one.before >= one.items) total.findings.push(`${dialect}: everything was copied before the database went`);
      if (!one.verified) total.findings.push(`${dialect}: ended without being verified`);
    }
  }
  return { ...total, violations: total.findings.length };
};
