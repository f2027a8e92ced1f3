import { array, assert, integer, property, record, string } from 'fast-check';
import { expect, it } from 'vitest';
import { shareOut, weightOf } from './folder-shares.ts';

const folder = record({
  path: array(string({ minLength: 1, maxLength: 3, unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 4 }).map(
    (parts) => `/${parts.map((p) => p.replaceAll('/', '-')).join('/')}`,
  ),
  items: integer({ min: 0, max: 20_000 }),
  bytes: integer({ min: 0, max: 2_000_000_000 }),
});
const tree = array(folder, { maxLength: 300 }).map((folders) => folders.map((one, id) => ({ ...one, id })));

it('gives every folder to one share, and no share is empty or too heavy', () => {
  assert(
    property(tree, integer({ min: 1, max: 16 }), (folders, count) => {
      const shares = shareOut(folders, count);
      expect(shares.flat().sort((a, b) => a - b)).toEqual(folders.map(({ id }) => id));
      expect(shares.length).toBeLessThanOrEqual(count);
      expect(shares.every((share) => share.length > 0)).toBe(true);
      const weights = shares.map((share) =>
        share.reduce((sum, id) => sum + weightOf(folders[id] ?? { items: 0, bytes: 0 }), 0),
      );
      const total = weights.reduce((a, b) => a + b, 0);
      const heaviest = Math.max(0, ...folders.map(weightOf));
      // A share is at most its even part, and one folder that cannot be parted.
      for (const weight of weights) expect(weight).toBeLessThanOrEqual(total / Math.max(1, count) + heaviest + 1e-6);
    }),
    { numRuns: 300 },
  );
});

it('is even by items and bytes, not by count, and keeps subtrees together', () => {
  const small = Array.from({ length: 900 }, (_, id) => ({
    id,
    path: `/A/${String(id).padStart(3, '0')}`,
    items: 10,
    bytes: 0,
  }));
  const large = Array.from({ length: 100 }, (_, n) => ({
    id: 900 + n,
    path: `/B/${n}`,
    items: 100,
    bytes: 50_000_000,
  }));
  const shares = shareOut([...large, ...small], 4);
  expect(shares).toHaveLength(4);
  const folders = new Map([...small, ...large].map((one) => [one.id, one]));
  const weights = shares.map((share) =>
    share.reduce((sum, id) => sum + weightOf(folders.get(id) ?? { items: 0, bytes: 0 }), 0),
  );
  expect(Math.max(...weights) / Math.min(...weights)).toBeLessThan(1.1);
  expect(shares[0]).toContain(0);
  expect(shares.at(-1)?.every((id) => id >= 900)).toBe(true);
});

it('shares out a tree of 100,000 folders, and again what is left of a share that lags, evenly and in a moment', () => {
  const folders = Array.from({ length: 100_000 }, (_, id) => ({
    id,
    path: `/${id % 7}/${id % 311}/${id % 4999}/folder ${id}`,
    // A few hold most of it, as in every tree.
    items: id % 1000 === 0 ? 20_000 : id % 13,
    bytes: id % 1000 === 0 ? 1_000_000_000 : (id % 17) * 10_000,
  }));
  const weightOfAll = (ids: readonly number[]) =>
    ids.reduce((sum, id) => sum + weightOf(folders[id] ?? { items: 0, bytes: 0 }), 0);
  const heaviest = Math.max(...folders.map(weightOf));
  const shares = shareOut(folders, 32);
  const mean = weightOfAll(shares.flat()) / 32;
  expect(new Set(shares.flat()).size).toBe(folders.length);
  for (const share of shares) expect(Math.abs(weightOfAll(share) - mean)).toBeLessThanOrEqual(heaviest);
  // A third of it is done when others have nothing left to do.
  const [lagging = []] = shares;
  const left = lagging.slice(Math.floor(lagging.length / 3)).flatMap((id) => folders[id] ?? []);
  const halves = shareOut(left, 2);
  expect(halves.flat().sort()).toEqual(left.map(({ id }) => id).sort());
  const [one = 0, two = 0] = halves.map(weightOfAll);
  expect(Math.abs(one - two)).toBeLessThanOrEqual(heaviest);
});
