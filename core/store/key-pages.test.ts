import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyPages } from './key-pages.ts';

test('pages hold every key, no other, and come in few lengths', () => {
  const lengths = new Set<number>();
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 1_300 }), (keys) => {
      const pages = [...keyPages(keys)];
      expect(new Set(pages.flat())).toEqual(new Set(keys));
      for (const page of pages) {
        expect(page.length).toBeLessThanOrEqual(500);
        lengths.add(page.length);
      }
      expect(pages.flat().length).toBeLessThan(keys.length * 2 || 1);
    }),
  );
  expect(lengths.size).toBeLessThanOrEqual(10);
});
