import { runOutage } from './outage/scenario.ts';
import { addFound, eachSeed, nothingFound, type SoakRun } from './soak.ts';

const MINUTES = 5;

/**
 * The database goes away for five minutes in the middle of a migration and comes back: the workers go on by themselves
 * and everything ends verified. On SQLite the file is locked by another program; on SQL Server's protocol, when
 * TRANSPLANT_TEST_MSSQL is set, the line is cut. `--seeds` is the number of rounds.
 */
export const run: SoakRun = (options) =>
  eachSeed('outage', options, async (seed, progress) => {
    // Most of it is waiting, so both databases may be away at the same time.
    const dialects = process.env.TRANSPLANT_TEST_MSSQL ? (['sqlite', 'mssql'] as const) : (['sqlite'] as const);
    const found = nothingFound('outage');
    const rounds = dialects.map(async (dialect) => {
      const size = { users: 6, items: 400, folders: 10, seed };
      const one = await runOutage(dialect, MINUTES * 60_000, { size });
      progress(`${dialect}, ${MINUTES} minutes: ${JSON.stringify(one)}`);
      const findings = [
        ...(one.before >= one.items ? ['everything was copied before the database went'] : []),
        ...(one.verified ? [] : ['ended without being verified']),
      ];
      const { items: operations, missing: lost, extra: doubled } = one;
      const faults = { [dialect]: 1 };
      addFound(found, { operations, lost, doubled, faults, findings, violations: findings.length }, `${dialect}: `);
    });
    await Promise.all(rounds);
    return found;
  });
