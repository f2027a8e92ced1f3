import { MaxHeap } from './heap.ts';
import { add, fits, type Load, type Sharing, type WaveLimits } from './sharing.ts';

/*
 * Local refinement as Fiduccia and Mattheyses do it (1982), for any number of groups: a pass moves each mailbox at most
 * once, always the move that saves most, also where it costs for the moment; what is kept is the best state on the way.
 * Where limits leave no room for a move, two mailboxes change places.
 */

const ROUNDS = 8;
/** A pass ends after so many moves that did not lead to anything better. */
const PATIENCE = 400;

/** Improves `groupOf` in place; the cut never becomes larger, and limits that held still hold. */
export function refine(sharing: Sharing, groupOf: number[], limits: WaveLimits): void {
  const groups = new Groups(sharing, groupOf, limits);
  for (let round = 0; round < ROUNDS; round++) {
    const saved = pass(groups) + swaps(groups);
    if (saved <= 0) return;
  }
}

class Groups {
  readonly sharing: Sharing;
  readonly groupOf: number[];
  readonly limits: WaveLimits;
  readonly loads = new Map<number, Load>();
  readonly members = new Map<number, Set<number>>();

  constructor(sharing: Sharing, groupOf: number[], limits: WaveLimits) {
    this.sharing = sharing;
    this.groupOf = groupOf;
    this.limits = limits;
    groupOf.forEach((group, position) => {
      const load = this.loads.get(group) ?? { mailboxes: 0, bytes: 0 };
      add(load, sharing.load(position));
      this.loads.set(group, load);
      const members = this.members.get(group) ?? new Set();
      this.members.set(group, members.add(position));
    });
  }

  loadOf(group: number): Load {
    return this.loads.get(group) ?? { mailboxes: 0, bytes: 0 };
  }

  hasRoom(group: number, position: number): boolean {
    return fits(this.loadOf(group), this.sharing.load(position), this.limits);
  }

  move(position: number, to: number): void {
    const from = this.groupOf[position] ?? 0;
    const load = this.sharing.load(position);
    add(this.loadOf(from), load, -1);
    add(this.loadOf(to), load);
    this.members.get(from)?.delete(position);
    this.members.get(to)?.add(position);
    this.groupOf[position] = to;
  }

  /** What a mailbox is tied to, by group. */
  pulls(position: number): Map<number, number> {
    const pulls = new Map<number, number>();
    for (const [other, weight] of this.sharing.tiesOf(position)) {
      const group = this.groupOf[other] ?? 0;
      pulls.set(group, (pulls.get(group) ?? 0) + weight);
    }
    return pulls;
  }

  /** The move that saves most, of those there is room for; undefined for a mailbox all whose ties are inside. */
  best(position: number): { to: number; gain: number } | undefined {
    const own = this.groupOf[position] ?? 0;
    const pulls = this.pulls(position);
    const inside = pulls.get(own) ?? 0;
    let found: { to: number; gain: number } | undefined;
    for (const [group, pull] of pulls) {
      const gain = pull - inside;
      if (group === own || (found && found.gain >= gain) || !this.hasRoom(group, position)) continue;
      found = { to: group, gain };
    }
    return found;
  }
}

/** One pass of moves. @returns the weight that it saved */
function pass(groups: Groups): number {
  const { sharing, groupOf } = groups;
  const locked = new Uint8Array(sharing.size);
  const heap = new MaxHeap<{ position: number; to: number }>();
  const offer = (position: number) => {
    const best = groups.best(position);
    if (best) heap.push(best.gain, { position, to: best.to });
  };
  for (let i = 0; i < sharing.size; i++) offer(i);
  const moves: { position: number; from: number }[] = [];
  let [saved, best, kept] = [0, 0, 0];
  for (let top = heap.pop(); top && moves.length - kept < PATIENCE; top = heap.pop()) {
    const { position, to } = top.value;
    if (locked[position]) continue;
    const now = groups.best(position);
    if (!now) continue;
    if (now.to !== to || now.gain !== top.rank) {
      // Things moved since this was offered: it comes back with what is true now.
      heap.push(now.gain, { position, to: now.to });
      continue;
    }
    locked[position] = 1;
    moves.push({ position, from: groupOf[position] ?? 0 });
    groups.move(position, to);
    saved += now.gain;
    if (saved > best) [best, kept] = [saved, moves.length];
    for (const other of sharing.tiesOf(position).keys()) if (!locked[other]) offer(other);
  }
  for (const { position, from } of moves.slice(kept).reverse()) groups.move(position, from);
  return best;
}

/** Mailboxes a swap is tried with, of one group. */
const PARTNERS = 2_000;

/** Lets mailboxes change places where no move has room. @returns the weight that was saved */
function swaps(groups: Groups): number {
  let saved = 0;
  for (let position = 0; position < groups.sharing.size; position++) {
    const own = groups.groupOf[position] ?? 0;
    const pulls = groups.pulls(position);
    const inside = pulls.get(own) ?? 0;
    for (const [group, pull] of pulls) {
      if (group === own || pull <= inside || groups.groupOf[position] !== own) continue;
      saved += swap(groups, position, group, pull - inside);
    }
  }
  return saved;
}

/** Changes places with the mailbox of the other group that it costs least to give up, if that saves anything. */
function swap(groups: Groups, position: number, group: number, gain: number): number {
  const own = groups.groupOf[position] ?? 0;
  let partner: { position: number; saved: number } | undefined;
  let tried = 0;
  for (const other of groups.members.get(group) ?? []) {
    if (++tried > PARTNERS) break;
    const pulls = groups.pulls(other);
    const between = groups.sharing.tiesOf(position).get(other) ?? 0;
    const saved = gain + (pulls.get(own) ?? 0) - (pulls.get(group) ?? 0) - 2 * between;
    if (saved > (partner?.saved ?? 0) && mayChangePlaces(groups, position, other)) partner = { position: other, saved };
  }
  if (!partner) return 0;
  groups.move(position, group);
  groups.move(partner.position, own);
  return partner.saved;
}

function mayChangePlaces(groups: Groups, a: number, b: number): boolean {
  const { sharing, groupOf, limits } = groups;
  const holds = (group: number, comes: Load, goes: Load) => {
    const load = groups.loadOf(group);
    return (
      load.mailboxes + comes.mailboxes - goes.mailboxes <= limits.maxMailboxes &&
      load.bytes + comes.bytes - goes.bytes <= limits.maxBytes
    );
  };
  const [x, y] = [sharing.load(a), sharing.load(b)];
  return holds(groupOf[a] ?? 0, y, x) && holds(groupOf[b] ?? 0, x, y);
}
