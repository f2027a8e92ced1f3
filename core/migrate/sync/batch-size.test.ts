import { expect, test } from 'vitest';
import { BatchSize } from './batch-size.ts';

test('batches grow while they are quick, shrink where they are slow, and stay below what was refused', () => {
  const size = new BatchSize();
  const [bytes, items] = [size.bytes, size.items];
  for (let i = 0; i < 20; i++) size.took(500);
  expect(size.bytes).toBeGreaterThan(bytes);
  expect(size.items).toBe(2 * items);
  size.took(20_000);
  expect(size.items).toBe(items);
  size.refused(1_000_000);
  for (let i = 0; i < 20; i++) size.took(500);
  expect(size.bytes).toBe(700_000);
});

test('whether calls or bytes count is learned from what batches take, not from one of them', () => {
  const size = new BatchSize();
  expect(size.quick).toBe(false);
  size.took(300);
  expect(size.quick).toBe(true);
  size.took(3_000);
  expect(size.quick).toBe(true);
  for (let i = 0; i < 5; i++) size.took(3_000);
  expect(size.quick).toBe(false);
});
