import type { SoakRun } from './soak.ts';
import { runTests } from './vitest.ts';

/** People in each forest. */
const USERS = Number(process.env.DIRECTORY_TEST_USERS ?? 5000);

/**
 * The suite of two real Active Directory forests with as many people as a company has: discover, delta after changes,
 * match, prepare, undo, and both forests compared with what they were, attribute by attribute.
 */
export const run: SoakRun = async ({ progress }) => {
  progress(`two forests with ${USERS} people each`);
  const env = { DIRECTORY_TEST_USERS: String(USERS), CI: 'true' };
  return { ...(await runTests('forests', 'tests/directory/forests.test.ts', env, progress)), operations: USERS * 2 };
};
