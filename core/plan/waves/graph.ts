import { ACCESS_ORIGINS, type AccessOrigin, weightOfAccess } from '../../domain/mailbox-access.ts';
import { parseStats } from '../../domain/mailbox-stats.ts';
import type { RecipientKind } from '../../domain/words.ts';
import { listForests } from '../../store/forests.ts';
import { listAccess, type StoredAccess } from '../../store/mailbox-access.ts';
import { getRecipients } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { candidates } from '../batches/create.ts';
import { type Grantees, loadGrantees, WIDEST_GROUP } from './grantees.ts';

/** What keeps a mailbox from being planned: nothing, the batch that has it, or that nobody knows its counterpart. */
export type Place = { kind: 'free' } | { kind: 'batch'; batch: string } | { kind: 'unmatched' };

export interface SharingNode {
  sourceId: number;
  displayName: string;
  address: string;
  kind: RecipientKind;
  department: string | null;
  /** As a worker measured them; null where none did yet. */
  items: number | null;
  bytes: number | null;
  place: Place;
}

/** One line of an access list, between two mailboxes. */
export interface SharingReason {
  /** Whose mailbox it is, and who may use it. */
  ownerId: number;
  userId: number;
  right: string;
  folder: string;
  /** Attribute or operation that says so. */
  origin: string;
  by: 'directory' | 'exchange';
  /** The group through which the right comes. */
  group: string | null;
  /** ms since the epoch. */
  readAt: number;
}

export interface SharingEdge {
  a: number;
  b: number;
  weight: number;
  reasons: SharingReason[];
}

export interface SharingGraph {
  nodes: SharingNode[];
  edges: SharingEdge[];
  /** Rights of groups too wide to be a reason for anything. */
  wideGroups: { mailbox: string; group: string; members: number }[];
  /** Grantees that are no object of the source, such as deleted accounts. */
  unresolved: { mailbox: string; grantee: string; right: string; origin: string }[];
  measured: number;
  /** Mailboxes that the target lacks until they are prepared: no batch can hold them yet. */
  unprepared: number;
}

/** Who shares mailboxes with whom in the source, from everything that was collected. */
export async function loadGraph(store: Store): Promise<SharingGraph> {
  const forestIds = (await listForests(store)).flatMap((f) => (f.role === 'source' ? [f.id] : []));
  const access = await listAccess(store, forestIds);
  const grantees = await loadGrantees(store, forestIds, access);
  const nodes = new Map((await plannable(store)).map((node) => [node.sourceId, node]));
  const graph: SharingGraph = { nodes: [], edges: [], wideGroups: [], unresolved: [], measured: 0, unprepared: 0 };
  const pairs = collectPairs(access, grantees, graph);
  await addUnmatched(store, nodes, pairs);
  graph.edges = [...pairs.values()].filter((edge) => nodes.has(edge.a) && nodes.has(edge.b) && edge.weight > 0);
  graph.nodes = [...nodes.values()];
  graph.measured = graph.nodes.filter((node) => node.bytes !== null).length;
  graph.unprepared = await countUnprepared(store, forestIds);
  nameMailboxes(graph, nodes);
  return graph;
}

async function countUnprepared(store: Store, forestIds: readonly number[]): Promise<number> {
  if (forestIds.length === 0) return 0;
  const row = await store.db
    .selectFrom('match')
    .innerJoin('recipient as s', 's.id', 'match.source_id')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('s.forest_id', 'in', [...forestIds])
    .where('s.deleted', '=', 0)
    .where('s.kind', 'in', [...MAILBOXES])
    .where('match.state', '=', 'create')
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

async function plannable(store: Store): Promise<SharingNode[]> {
  const found = await candidates(store);
  const stats = new Map<number, string | null>();
  for (let at = 0; at < found.length; at += 1000) {
    const ids = found.slice(at, at + 1000).map((c) => c.sourceId);
    const rows = await store.db.selectFrom('recipient').select(['id', 'stats']).where('id', 'in', ids).execute();
    for (const row of rows) stats.set(row.id, row.stats);
  }
  return found.map((c) => {
    const measured = parseStats(stats.get(c.sourceId) ?? null);
    return {
      sourceId: c.sourceId,
      displayName: c.displayName,
      address: c.sourceAddress,
      kind: c.kind,
      department: c.department,
      items: measured?.items ?? null,
      bytes: measured?.bytes ?? null,
      place: c.batch === null ? { kind: 'free' } : { kind: 'batch', batch: c.batch },
    };
  });
}

/** Edges by pair, a weight for each user and owner once: the strongest right that the one has at the other. */
function collectPairs(
  access: readonly StoredAccess[],
  grantees: Grantees,
  graph: SharingGraph,
): Map<string, SharingEdge> {
  const pairs = new Map<string, SharingEdge>();
  const strongest = new Map<string, number>();
  for (const one of access) {
    const resolved = grantees.resolve(one.granteeForm, one.grantee);
    if (!resolved) {
      const { grantee, right, origin } = one;
      graph.unresolved.push({ mailbox: String(one.mailboxId), grantee, right, origin: wordOf(origin) });
      continue;
    }
    if (resolved.ids.length > WIDEST_GROUP) {
      const group = resolved.via ?? one.grantee;
      graph.wideGroups.push({ mailbox: String(one.mailboxId), group, members: resolved.ids.length });
      continue;
    }
    for (const userId of resolved.ids) {
      if (userId !== one.mailboxId) addReason(pairs, strongest, one, userId, resolved.via);
    }
  }
  return pairs;
}

const wordOf = (origin: AccessOrigin): string => ACCESS_ORIGINS[origin].word;

function addReason(
  pairs: Map<string, SharingEdge>,
  strongest: Map<string, number>,
  one: StoredAccess,
  userId: number,
  group: string | null,
): void {
  const [a, b] = one.mailboxId < userId ? [one.mailboxId, userId] : [userId, one.mailboxId];
  const key = `${a} ${b}`;
  const edge = pairs.get(key) ?? { a, b, weight: 0, reasons: [] };
  pairs.set(key, edge);
  edge.reasons.push({
    ownerId: one.mailboxId,
    userId,
    right: one.right,
    folder: one.place,
    origin: wordOf(one.origin),
    by: ACCESS_ORIGINS[one.origin].by,
    group,
    readAt: one.readAt,
  });
  const direction = `${userId}>${one.mailboxId}`;
  const weight = weightOfAccess(one);
  const before = strongest.get(direction) ?? 0;
  if (weight <= before) return;
  strongest.set(direction, weight);
  edge.weight += weight - before;
}

const MAILBOXES = new Set(['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox']);

/** Mailboxes without a match that share with others: they cannot be planned, and the plan says so. */
async function addUnmatched(
  store: Store,
  nodes: Map<number, SharingNode>,
  pairs: ReadonlyMap<string, SharingEdge>,
): Promise<void> {
  const missing = new Set([...pairs.values()].flatMap(({ a, b }) => [a, b]).filter((id) => !nodes.has(id)));
  for (const [id, recipient] of await getRecipients(store, [...missing])) {
    if (!MAILBOXES.has(recipient.kind) || recipient.deleted) continue;
    nodes.set(id, {
      sourceId: id,
      displayName: recipient.displayName,
      address: recipient.mail ?? '',
      kind: recipient.kind,
      department: recipient.department,
      items: null,
      bytes: null,
      place: { kind: 'unmatched' },
    });
  }
}

function nameMailboxes(graph: SharingGraph, nodes: ReadonlyMap<number, SharingNode>): void {
  for (const line of [...graph.wideGroups, ...graph.unresolved]) {
    const node = nodes.get(Number(line.mailbox));
    if (node) line.mailbox = node.address || node.displayName;
  }
}
