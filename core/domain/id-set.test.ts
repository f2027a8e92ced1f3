import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdSet } from './id-set.ts';

test('holds what was put in, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (put, others) => {
      const set = new IdSet();
      const truth = new Set<string>();
      for (const id of put) {
        expect(set.add(id)).toBe(!truth.has(id));
        truth.add(id);
      }
      expect(set.size).toBe(truth.size);
      for (const id of [...put, ...others]) expect(set.has(id)).toBe(truth.has(id));
    }),
  );
});

test('grows, and keeps 50,000 ids apart', () => {
  const set = new IdSet();
  const id = (index: number) => `AAMkAGI2${'x'.repeat(100)}${index}`;
  for (let index = 0; index < 50_000; index++) expect(set.add(id(index))).toBe(true);
  for (let index = 0; index < 50_000; index += 7) expect(set.has(id(index))).toBe(true);
  for (let index = 50_000; index < 60_000; index++) expect(set.has(id(index))).toBe(false);
});
