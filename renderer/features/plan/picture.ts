import type { Outputs } from '../../rpc/client.ts';
import { layout, type Placed, type Ring } from './layout.ts';

type Graph = Outputs['plan']['graph'];
type Plan = Outputs['plan']['waves'];

/** More than so many boxes nobody reads, and a machine draws them slowly. */
const MOST = 300;

export interface Picture {
  people: (Placed & { name: string })[];
  rings: Ring[];
  ties: { a: number; b: number; cut: boolean; weight: number; says: string }[];
  /** How many share at all; of those the strongest are drawn. */
  sharing: number;
}

/** What is drawn of a plan: the mailboxes with ties, in the waves they fall into, cut ties marked. */
export function pictureOf(graph: Graph, plan: Plan): Picture {
  const waveOf = new Map(
    plan.waves.flatMap(({ name, members }) => members.map((one) => [one.sourceId, name] as const)),
  );
  const pull = new Map<number, number>();
  const inside = graph.edges.filter(({ a, b }) => waveOf.has(a) && waveOf.has(b));
  for (const { a, b, weight } of inside) {
    for (const id of [a, b]) pull.set(id, (pull.get(id) ?? 0) + weight);
  }
  const strongest = [...pull].toSorted((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST);
  const drawn = new Set(strongest.map(([id]) => id));
  const names = new Map(graph.nodes.map((node) => [node.sourceId, node.displayName.trim() || node.address]));
  const spots = strongest
    .map(([id]) => ({ id, wave: waveOf.get(id) ?? '' }))
    .toSorted((a, b) => a.wave.localeCompare(b.wave, undefined, { numeric: true }));
  const { placed, rings } = layout(spots);
  return {
    people: placed.map((one) => ({ ...one, name: names.get(one.id) ?? '' })),
    rings,
    ties: inside
      .filter(({ a, b }) => drawn.has(a) && drawn.has(b))
      .map(({ a, b, weight, reasons }) => ({
        a,
        b,
        weight,
        cut: waveOf.get(a) !== waveOf.get(b),
        says: [...new Set(reasons.map(({ right }) => right))].join(', '),
      })),
    sharing: pull.size,
  };
}
