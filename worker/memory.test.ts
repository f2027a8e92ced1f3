import { expect, it } from 'vitest';
import { pressureOf, usualMemoryLimit } from './memory.ts';

const MB = 1024 * 1024;

it.each([
  [512 * MB, 192 * MB],
  [4096 * MB, 1024 * MB],
  [65_536 * MB, 2048 * MB],
])('of %d bytes a worker allows itself %d', (total, limit) => {
  expect(usualMemoryLimit(total)).toBe(limit);
});

it('takes nothing new above four fifths of its limit, and hands back above the limit', () => {
  expect([79, 80, 81, 100, 101].map((used) => pressureOf(used, 100))).toEqual(['none', 'none', 'high', 'high', 'over']);
});
