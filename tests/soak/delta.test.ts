import { expect, test } from 'vitest';
import { runDelta } from './delta.suite.ts';

/** The small form of `npm run soak -- delta`. */
test('a random series of changes with deltas in between ends with both organisations holding the same', async () => {
  const { changes, ...result } = await runDelta(4, 160, () => undefined);
  expect(result).toEqual({ operations: 160, deltas: result.deltas, lost: 0, doubled: 0, violations: 0, findings: [] });
  expect(result.deltas).toBeGreaterThan(1);
  expect(Object.keys(changes).length).toBeGreaterThan(12);
}, 120_000);
