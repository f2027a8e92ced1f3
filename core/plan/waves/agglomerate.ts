import { MaxHeap } from './heap.ts';
import { fits, type Load, renumbered, type Sharing, type WaveLimits } from './sharing.ts';

/**
 * Greedy: the two groups with the strongest tie become one as long as that fits, from single mailboxes on. This is the
 * baseline that a plan is never worse than, and where better plans start from.
 * @returns the group of each position
 */
export function agglomerate(sharing: Sharing, limits: WaveLimits): number[] {
  const merging = new Merging(sharing, limits);
  merging.run();
  return merging.result();
}

class Merging {
  readonly #limits: WaveLimits;
  /** A group's ties to others; undefined once it was taken into another. */
  readonly #ties: (Map<number, number> | undefined)[];
  readonly #loads: Load[];
  readonly #into: number[];
  readonly #heap = new MaxHeap<{ a: number; b: number; weight: number }>();

  constructor(sharing: Sharing, limits: WaveLimits) {
    this.#limits = limits;
    this.#ties = sharing.ties.map((ties) => new Map(ties));
    this.#loads = sharing.loads.map((load) => ({ ...load }));
    this.#into = sharing.loads.map((_, i) => i);
    sharing.ties.forEach((ties, a) => {
      for (const [b, weight] of ties) if (a < b) this.#offer(a, b, weight);
    });
  }

  run(): void {
    for (let top = this.#heap.pop(); top; top = this.#heap.pop()) {
      const { a, b, weight } = top.value;
      // An entry that no longer tells how things are was offered anew when they changed.
      if (this.#ties[a]?.get(b) !== weight || !this.#ties[b]) continue;
      this.#merge(a, b);
    }
  }

  result(): number[] {
    return renumbered(this.#into.map((_, i) => this.#root(i))).groupOf;
  }

  /** Strong ties between small groups first: a large group that swallows everything leaves others cut. */
  #offer(a: number, b: number, weight: number): void {
    const [x, y] = [this.#loads[a], this.#loads[b]];
    if (!x || !y || !fits(x, y, this.#limits)) return;
    this.#heap.push(weight / Math.sqrt(x.mailboxes * y.mailboxes), { a, b, weight });
  }

  #merge(a: number, b: number): void {
    const [x, y] = [this.#loads[a], this.#loads[b]];
    if (!x || !y || !fits(x, y, this.#limits)) return;
    const keepA = (this.#ties[a]?.size ?? 0) >= (this.#ties[b]?.size ?? 0);
    const [kept, gone] = keepA ? [a, b] : [b, a];
    const [ties, others] = [this.#ties[kept], this.#ties[gone]];
    if (!ties || !others) return;
    this.#loads[kept] = { mailboxes: x.mailboxes + y.mailboxes, bytes: x.bytes + y.bytes };
    this.#into[gone] = kept;
    this.#ties[gone] = undefined;
    ties.delete(gone);
    for (const [other, weight] of others) {
      if (other === kept) continue;
      const sum = (ties.get(other) ?? 0) + weight;
      ties.set(other, sum);
      const back = this.#ties[other];
      back?.delete(gone);
      back?.set(kept, sum);
      this.#offer(Math.min(kept, other), Math.max(kept, other), sum);
    }
  }

  #root(i: number): number {
    let at = i;
    while (this.#into[at] !== at) {
      const next = this.#into[at] ?? at;
      this.#into[at] = this.#into[next] ?? next;
      at = next;
    }
    return at;
  }
}
