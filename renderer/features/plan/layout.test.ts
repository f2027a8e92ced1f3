import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BOX, layout } from './layout.ts';

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
        // With the corners of its box.
        for (const [across, down] of [1, -1].flatMap((a) =>
          [1, -1].map((b) => [a * BOX.width, b * BOX.height] as const),
        )) {
          const [cornerX, cornerY] = [one.x + across / 2, one.y + down / 2];
          const around = rings.filter(
            ({ x, y, wide, high }) => ((cornerX - x) / wide) ** 2 + ((cornerY - y) / high) ** 2 <= 1,
          );
          expect(around.map(({ wave }) => wave)).toEqual([one.wave]);
        }
      }
      for (const [i, one] of placed.entries()) {
        const over = placed
          .slice(i + 1)
          .filter(({ x, y }) => Math.abs(x - one.x) < BOX.width && Math.abs(y - one.y) < BOX.height);
        expect(over).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});
