import { formatBytes, formatCount } from '../../domain/format.ts';
import type { Store } from '../../store/store.ts';
import { loadGraph, type SharingEdge, type SharingGraph, type SharingNode } from './graph.ts';
import { partition } from './partition.ts';
import { Sharing, type WaveLimits } from './sharing.ts';

/** What a wave holds at most where nobody says otherwise: what a team gets through in a night. */
export const USUAL_MAILBOXES = 100;

export interface Wave {
  name: string;
  mailboxes: number;
  /** Sum of the measured sizes, bytes; mailboxes nobody measured count as 0 and stand in `unmeasured`. */
  bytes: number;
  unmeasured: number;
  members: SharingNode[];
}

/** Why two people who share a mailbox do not move together. */
export type CutReason =
  | { kind: 'tooLarge'; group: string }
  | { kind: 'batch'; batch: string }
  | { kind: 'unmatched'; mailbox: string };

export interface CutEdge extends SharingEdge {
  aAddress: string;
  bAddress: string;
  /** Waves of both, by name; null for one that is not planned here. */
  aWave: string | null;
  bWave: string | null;
  reason: CutReason;
  /** The reason as a sentence. */
  because: string;
}

/** Mailboxes that hang together and are more than a wave may hold. */
export interface LargeGroup {
  name: string;
  mailboxes: number;
  bytes: number;
  waves: string[];
}

export interface WavePlan {
  limits: { maxMailboxes: number | null; maxBytes: number | null };
  mailboxes: number;
  edges: number;
  waves: Wave[];
  cut: CutEdge[];
  /** Sum of the weights that are cut within the plan, and of all in it. */
  cutWeight: number;
  totalWeight: number;
  tooLarge: LargeGroup[];
  /** Mailboxes that alone are larger than a wave may be; each has a wave of its own. */
  oversized: { address: string; bytes: number }[];
  notes: string[];
}

export interface WaveOptions {
  maxMailboxes?: number | undefined;
  maxBytes?: number | undefined;
  /** Names of the waves: this, a space and a number. */
  prefix?: string | undefined;
}

/** Waves of all mailboxes that are matched and in no batch yet. Nothing is written. */
export async function planWaves(store: Store, options: WaveOptions): Promise<WavePlan> {
  return wavesOf(await loadGraph(store), options);
}

/** The same, from a graph. */
export function wavesOf(graph: SharingGraph, options: WaveOptions): WavePlan {
  const unlimited = options.maxMailboxes === undefined && options.maxBytes === undefined;
  const limits: WaveLimits = {
    maxMailboxes: options.maxMailboxes ?? (unlimited ? USUAL_MAILBOXES : Number.POSITIVE_INFINITY),
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
  };
  const free = graph.nodes.filter((node) => node.place.kind === 'free');
  const position = new Map(free.map((node, i) => [node.sourceId, i]));
  const inside = graph.edges.flatMap((edge) => {
    const [a, b] = [position.get(edge.a), position.get(edge.b)];
    return a === undefined || b === undefined ? [] : [{ a, b, weight: edge.weight }];
  });
  const sharing = Sharing.of(
    free.map((node) => ({ bytes: node.bytes ?? 0 })),
    inside,
  );
  const { waveOf, waves: count, tooLarge } = partition(sharing, limits);
  const waves = Array.from({ length: count }, (_, i): Wave => emptyWave(`${options.prefix ?? 'Wave'} ${i + 1}`));
  free.forEach((node, i) => {
    addMember(waves[waveOf[i] ?? 0], node);
  });
  const nameOf = (i: number) => waves[waveOf[i] ?? 0]?.name ?? '';
  const groups = tooLarge.map((members) => describeGroup(members, free, sharing, nameOf));
  const groupOf = new Map(tooLarge.flatMap((members, g) => members.map((m) => [m, groups[g]?.name ?? ''] as const)));
  const waveOfId = (id: number) => (position.has(id) ? nameOf(position.get(id) ?? 0) : null);
  const cut = cutEdges(graph, waveOfId, (id) => groupOf.get(position.get(id) ?? -1) ?? '', limits);
  return {
    limits: { maxMailboxes: finite(limits.maxMailboxes), maxBytes: finite(limits.maxBytes) },
    mailboxes: free.length,
    edges: inside.length,
    waves,
    cut,
    cutWeight: sharing.cut(waveOf),
    totalWeight: inside.reduce((sum, edge) => sum + edge.weight, 0),
    tooLarge: groups,
    oversized: free.flatMap(({ address, bytes }) =>
      bytes !== null && bytes > limits.maxBytes ? [{ address, bytes }] : [],
    ),
    notes: notesOf(graph, free),
  };
}

const finite = (limit: number): number | null => (limit === Number.POSITIVE_INFINITY ? null : limit);
const emptyWave = (name: string): Wave => ({ name, mailboxes: 0, bytes: 0, unmeasured: 0, members: [] });

function addMember(wave: Wave | undefined, node: SharingNode): void {
  if (!wave) return;
  wave.members.push(node);
  wave.mailboxes++;
  wave.bytes += node.bytes ?? 0;
  if (node.bytes === null) wave.unmeasured++;
}

/** Named for the mailbox that most of it hangs on. */
function describeGroup(
  members: readonly number[],
  free: readonly SharingNode[],
  sharing: Sharing,
  nameOf: (i: number) => string,
): LargeGroup {
  const pull = (i: number) => [...sharing.tiesOf(i).values()].reduce((sum, weight) => sum + weight, 0);
  const centre = members.reduce((best, i) => (pull(i) > pull(best) ? i : best), members[0] ?? 0);
  return {
    name: `the ${formatCount(members.length)} mailboxes around ${free[centre]?.displayName ?? 'nobody'}`,
    mailboxes: members.length,
    bytes: members.reduce((sum, i) => sum + (free[i]?.bytes ?? 0), 0),
    waves: [...new Set(members.map(nameOf))],
  };
}

function cutEdges(
  graph: SharingGraph,
  waveOf: (id: number) => string | null,
  groupOf: (id: number) => string,
  limits: WaveLimits,
): CutEdge[] {
  const nodes = new Map(graph.nodes.map((node) => [node.sourceId, node]));
  const found: CutEdge[] = [];
  for (const edge of graph.edges) {
    const [a, b] = [nodes.get(edge.a), nodes.get(edge.b)];
    if (!a || !b) continue;
    const [aWave, bWave] = [waveOf(edge.a), waveOf(edge.b)];
    // Neither is planned here: their batch was somebody's decision.
    if (aWave === bWave) continue;
    const reason = reasonOf(a, b, () => groupOf(edge.a));
    const because = sentence(reason, limits);
    found.push({ ...edge, aAddress: a.address, bAddress: b.address, aWave, bWave, reason, because });
  }
  return found.sort((x, y) => y.weight - x.weight);
}

function reasonOf(a: SharingNode, b: SharingNode, group: () => string): CutReason {
  for (const { place, address, displayName } of [a, b]) {
    if (place.kind === 'unmatched') return { kind: 'unmatched', mailbox: address || displayName };
  }
  for (const { place } of [a, b]) if (place.kind === 'batch') return { kind: 'batch', batch: place.batch };
  return { kind: 'tooLarge', group: group() };
}

function sentence(reason: CutReason, limits: WaveLimits): string {
  if (reason.kind === 'unmatched') return `${reason.mailbox} has no match in the target yet`;
  if (reason.kind === 'batch') return `one of them is in batch "${reason.batch}" already`;
  const most = [
    ...(finite(limits.maxMailboxes) === null ? [] : [`${formatCount(limits.maxMailboxes)} mailboxes`]),
    ...(finite(limits.maxBytes) === null ? [] : [formatBytes(limits.maxBytes)]),
  ];
  return `${reason.group} share with one another and are more than a wave may hold (${most.join(', ')})`;
}

function notesOf(graph: SharingGraph, free: readonly SharingNode[]): string[] {
  const unmeasured = free.filter((node) => node.bytes === null).length;
  const exchange = graph.edges.some((edge) => edge.reasons.some((reason) => reason.by === 'exchange'));
  return [
    ...(graph.unprepared > 0
      ? [`${formatCount(graph.unprepared)} mailboxes are not in the target yet and stay out until prepare made them.`]
      : []),
    ...(unmeasured > 0
      ? [`${formatCount(unmeasured)} mailboxes were not measured yet and count as empty: transplant plan collect`]
      : []),
    ...(graph.nodes.length > 0 && !exchange && graph.measured === 0
      ? ['Only the directory was asked who shares with whom; folder permissions are not known yet.']
      : []),
    ...(graph.wideGroups.length > 0
      ? [`${formatCount(graph.wideGroups.length)} rights of large groups are no reason to move people together.`]
      : []),
    ...(graph.unresolved.length > 0
      ? [`${formatCount(graph.unresolved.length)} rights belong to nobody who is in the source.`]
      : []),
  ];
}
