import { expect, test } from 'vitest';
import { runChaos } from './chaos.suite.ts';

/** The small form of `npm run soak -- chaos`: the same trouble, for half a minute. */
test('workers killed and frozen, servers in trouble, people at work: nothing is lost, nothing is doubled', async () => {
  const size = { users: 3, items: 260, folders: 8, workers: 3, people: 2 };
  const result = await runChaos(5, { ...size, harmEveryMs: 700, freezeMs: [1_000, 4_000] }, () => undefined);
  expect(result).toMatchObject({ lost: 0, doubled: 0, violations: 0, findings: [] });
  expect(result.faults.kill ?? 0).toBeGreaterThan(0);
  // How many changes people make in the time is chance; that they make some, and that the whole is compared, is not.
  const { changes = 0 } = result.faults;
  expect(changes).toBeGreaterThan(0);
  expect(result.operations - changes).toBeGreaterThan(150);
}, 300_000);
