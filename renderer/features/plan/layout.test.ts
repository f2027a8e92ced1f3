import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HIGH, layout, WIDE } from './layout.ts';

it('gives every mailbox a place of its own, within the ring of its wave and of no other', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 }), (sizes) => {
      const spots = sizes.flatMap((size, wave) =>
        Array.from({ length: size }, (_, i) => ({ id: wave * 1000 + i, wave: `Wave ${wave}` })),
      );
      const { placed, rings } = layout(spots);
      expect(placed).toHaveLength(spots.length);
      expect(new Set(placed.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`)).size).toBe(spots.length);
      for (const one of placed) {
        const around = rings.filter(
          ({ x, y, radius }) => ((one.x - x) / (WIDE * radius)) ** 2 + ((one.y - y) / (HIGH * radius)) ** 2 <= 1,
        );
        expect(around.map(({ wave }) => wave)).toEqual([one.wave]);
      }
    }),
    { numRuns: 40 },
  );
});
