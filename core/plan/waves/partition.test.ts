import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { greedyWaves, partition } from './partition.ts';
import { Sharing, sumLoads, type Tie, type WaveLimits } from './sharing.ts';

const ties = (mailboxes: number): fc.Arbitrary<Tie[]> =>
  fc.array(
    fc.record({
      a: fc.nat(Math.max(0, mailboxes - 1)),
      b: fc.nat(Math.max(0, mailboxes - 1)),
      weight: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: mailboxes * 3 },
  );
const problem = fc.integer({ min: 0, max: 150 }).chain((mailboxes) =>
  fc.record({
    bytes: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: mailboxes, maxLength: mailboxes }),
    ties: ties(mailboxes),
    limits: fc.record({
      maxMailboxes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(Number.POSITIVE_INFINITY)),
      maxBytes: fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.constant(Number.POSITIVE_INFINITY)),
    }),
  }),
);

const sharingOf = (bytes: number[], edges: Tie[]) =>
  Sharing.of(
    bytes.map((b) => ({ bytes: b })),
    edges,
  );

function check(sharing: Sharing, limits: WaveLimits) {
  const { waveOf, waves } = partition(sharing, limits);
  expect(waveOf).toHaveLength(sharing.size);
  expect(new Set(waveOf)).toEqual(new Set(Array.from({ length: waves }, (_, i) => i)));
  for (let wave = 0; wave < waves; wave++) {
    const members = waveOf.flatMap((w, i) => (w === wave ? [i] : []));
    const load = sumLoads(members.map((m) => sharing.load(m)));
    if (members.length === 1) continue;
    expect(load.mailboxes).toBeLessThanOrEqual(limits.maxMailboxes);
    expect(load.bytes).toBeLessThanOrEqual(limits.maxBytes);
  }
  return waveOf;
}

describe('waves', () => {
  test('every mailbox is in exactly one, no limit is passed, and none is worse than the greedy baseline', () => {
    fc.assert(
      fc.property(problem, ({ bytes, ties: edges, limits }) => {
        const sharing = sharingOf(bytes, edges);
        const waveOf = check(sharing, limits);
        expect(sharing.cut(waveOf)).toBeLessThanOrEqual(sharing.cut(greedyWaves(sharing, limits)));
      }),
      { numRuns: 300 },
    );
  });

  test('what hangs together and fits is never cut', () => {
    fc.assert(
      fc.property(problem, ({ bytes, ties: edges, limits }) => {
        const sharing = sharingOf(bytes, edges);
        const { waveOf, tooLarge } = partition(sharing, limits);
        const large = new Set(tooLarge.flat());
        for (const members of sharing.components()) {
          if (members.some((m) => large.has(m))) continue;
          expect(new Set(members.map((m) => waveOf[m])).size).toBe(1);
        }
      }),
    );
  });

  test('the same forests give the same plan', () => {
    fc.assert(
      fc.property(problem, ({ bytes, ties: edges, limits }) => {
        const once = partition(sharingOf(bytes, edges), limits);
        expect(partition(sharingOf(bytes, edges), limits)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  test('departments that hang together by a few people are cut between them', () => {
    // Ten departments of twenty who all share, in a ring of single weak ties: ten ties are all that has to be cut.
    const edges: Tie[] = [];
    for (let d = 0; d < 10; d++) {
      for (let i = 0; i < 20; i++)
        for (let j = i + 1; j < 20; j++) edges.push({ a: d * 20 + i, b: d * 20 + j, weight: 1 });
      edges.push({ a: d * 20, b: ((d + 1) % 10) * 20 + 7, weight: 1 });
    }
    const sharing = sharingOf(
      Array.from({ length: 200 }, () => 1),
      edges,
    );
    const waveOf = check(sharing, { maxMailboxes: 20, maxBytes: Number.POSITIVE_INFINITY });
    expect(sharing.cut(waveOf)).toBe(10);
  });

  test('a board room that everybody books is cut from most, and each wave is full', () => {
    const edges = Array.from({ length: 1000 }, (_, i) => ({ a: 0, b: i + 1, weight: 1 }));
    const sharing = sharingOf(
      Array.from({ length: 1001 }, () => 1),
      edges,
    );
    const waveOf = check(sharing, { maxMailboxes: 100, maxBytes: Number.POSITIVE_INFINITY });
    expect(sharing.cut(waveOf)).toBe(901);
    expect(new Set(waveOf).size).toBe(11);
  });

  test('full waves change places instead of staying as they are', () => {
    // Two full waves with one mailbox each in the wrong place.
    const clique = (members: number[]) =>
      members.flatMap((a, i) => members.slice(i + 1).map((b) => ({ a, b, weight: 1 })));
    const edges = [...clique([0, 1, 2, 3]), ...clique([4, 5, 6, 7]), { a: 0, b: 4, weight: 1 }];
    const sharing = sharingOf(
      Array.from({ length: 8 }, () => 1),
      edges,
    );
    const waveOf = check(sharing, { maxMailboxes: 4, maxBytes: Number.POSITIVE_INFINITY });
    expect(sharing.cut(waveOf)).toBe(1);
  });

  test('20,000 mailboxes take seconds', () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % n;
    };
    const edges = Array.from({ length: 60_000 }, () => {
      const a = random(20_000);
      return { a, b: random(4) ? (a + random(40)) % 20_000 : random(20_000), weight: 1 + random(8) };
    });
    const sharing = sharingOf(
      Array.from({ length: 20_000 }, () => random(50)),
      edges,
    );
    const started = performance.now();
    check(sharing, { maxMailboxes: 500, maxBytes: Number.POSITIVE_INFINITY });
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
