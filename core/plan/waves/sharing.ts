/** A mailbox of the plan. */
export interface Mailbox {
  /** Bytes; 0 where nobody measured it. */
  bytes: number;
}

/** Two mailboxes, by position, whose people use one another's mailbox; the weight says how much. */
export interface Tie {
  a: number;
  b: number;
  weight: number;
}

/** What one wave may hold. `Infinity` stands for no limit. */
export interface WaveLimits {
  maxMailboxes: number;
  maxBytes: number;
}

/** How much of a limit something takes. */
export interface Load {
  mailboxes: number;
  bytes: number;
}

export const fits = (a: Load, b: Load, limits: WaveLimits): boolean =>
  a.mailboxes + b.mailboxes <= limits.maxMailboxes && a.bytes + b.bytes <= limits.maxBytes;

/** Mailboxes with their ties, weights of the same pair added up; positions count from 0. */
export class Sharing {
  readonly loads: readonly Load[];
  /** Neighbour and weight, for each position. */
  readonly ties: readonly ReadonlyMap<number, number>[];

  constructor(loads: readonly Load[], ties: Iterable<Tie>) {
    const maps = loads.map(() => new Map<number, number>());
    for (const { a, b, weight } of ties) {
      if (a === b || weight <= 0) continue;
      const [from, to] = [maps[a], maps[b]];
      if (!from || !to) continue;
      from.set(b, (from.get(b) ?? 0) + weight);
      to.set(a, (to.get(a) ?? 0) + weight);
    }
    this.loads = loads;
    this.ties = maps;
  }

  static of(mailboxes: readonly Mailbox[], ties: Iterable<Tie>): Sharing {
    return new Sharing(
      mailboxes.map(({ bytes }) => ({ mailboxes: 1, bytes })),
      ties,
    );
  }

  get size(): number {
    return this.loads.length;
  }

  load(position: number): Load {
    return this.loads[position] ?? { mailboxes: 0, bytes: 0 };
  }

  tiesOf(position: number): ReadonlyMap<number, number> {
    return this.ties[position] ?? NO_TIES;
  }

  /** The sum of weights between different groups. */
  cut(groupOf: readonly number[]): number {
    let sum = 0;
    this.ties.forEach((ties, a) => {
      for (const [b, weight] of ties) if (a < b && groupOf[a] !== groupOf[b]) sum += weight;
    });
    return sum;
  }

  /** The same mailboxes seen as groups: each group is one, ties inside it are gone. */
  grouped(groupOf: readonly number[], groups: number): Sharing {
    const loads = Array.from({ length: groups }, () => ({ mailboxes: 0, bytes: 0 }));
    const ties: Tie[] = [];
    for (let a = 0; a < this.size; a++) {
      const group = groupOf[a] ?? 0;
      const load = loads[group];
      if (load) add(load, this.load(a));
      for (const [b, weight] of this.tiesOf(a)) {
        if (a < b) ties.push({ a: group, b: groupOf[b] ?? 0, weight });
      }
    }
    return new Sharing(loads, ties);
  }

  /** The groups of mailboxes that hang together by ties, each in ascending order. */
  components(): number[][] {
    const seen = new Uint8Array(this.size);
    const found: number[][] = [];
    for (let start = 0; start < this.size; start++) {
      if (seen[start]) continue;
      seen[start] = 1;
      const members = [start];
      for (let at = 0; at < members.length; at++) {
        for (const next of this.tiesOf(members[at] ?? 0).keys()) {
          if (seen[next]) continue;
          seen[next] = 1;
          members.push(next);
        }
      }
      found.push(members.sort((a, b) => a - b));
    }
    return found;
  }

  /** A part of it, by positions; position i of the part is `members[i]` here. */
  part(members: readonly number[]): Sharing {
    const place = new Map(members.map((member, i) => [member, i]));
    const ties: Tie[] = [];
    members.forEach((member, a) => {
      for (const [other, weight] of this.tiesOf(member)) {
        const b = place.get(other);
        if (b !== undefined && a < b) ties.push({ a, b, weight });
      }
    });
    return new Sharing(
      members.map((member) => this.load(member)),
      ties,
    );
  }
}

const NO_TIES: ReadonlyMap<number, number> = new Map();

export function add(to: Load, load: Load, sign: 1 | -1 = 1): void {
  to.mailboxes += sign * load.mailboxes;
  to.bytes += sign * load.bytes;
}

export function sumLoads(loads: Iterable<Load>): Load {
  const sum = { mailboxes: 0, bytes: 0 };
  for (const load of loads) add(sum, load);
  return sum;
}

/** Numbers groups 0, 1, 2, … in the order in which they first come. */
export function renumbered(groupOf: readonly number[]): { groupOf: number[]; groups: number } {
  const numbers = new Map<number, number>();
  const out = groupOf.map((group) => {
    const known = numbers.get(group);
    if (known !== undefined) return known;
    numbers.set(group, numbers.size);
    return numbers.size - 1;
  });
  return { groupOf: out, groups: numbers.size };
}
