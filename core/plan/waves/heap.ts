/** A binary heap whose greatest entry comes first; entries of the same rank come in the order of their making. */
export class MaxHeap<T> {
  readonly #entries: { rank: number; order: number; value: T }[] = [];
  #made = 0;

  get size(): number {
    return this.#entries.length;
  }

  push(rank: number, value: T): void {
    const entry = { rank, order: this.#made++, value };
    const entries = this.#entries;
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = entries[above];
      if (!parent || !before(entry, parent)) break;
      entries[at] = parent;
      at = above;
    }
    entries[at] = entry;
  }

  pop(): { rank: number; value: T } | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [entries[below], entries[below + 1]];
      if (!left) break;
      let child = left;
      if (right && before(right, left)) {
        child = right;
        below++;
      }
      if (!before(child, last)) break;
      entries[at] = child;
      at = below;
    }
    entries[at] = last;
    return top;
  }
}

function before(a: { rank: number; order: number }, b: { rank: number; order: number }): boolean {
  return a.rank > b.rank || (a.rank === b.rank && a.order < b.order);
}
