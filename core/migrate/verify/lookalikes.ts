import type { ItemInfo } from '../../exchange/mail-store.ts';
import type { Compared, Pair } from './compare-content.ts';

/** Rounds in which the items of one search key are put together anew. */
const MOST_ROUNDS = 16;

/** Search keys that several of these pairs have: copies of an item share its key, and lists may show them alike. */
export function sharedKeys(pairs: readonly Pair[]): Set<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { searchKey } of pairs.map((pair) => pair.source)) {
    if (searchKey === null) continue;
    if (seen.has(searchKey)) shared.add(searchKey);
    seen.add(searchKey);
  }
  return shared;
}

/**
 * Pairs of one folder that differ and whose search key several items have: what lists show was not enough to tell which
 * copy belongs to which original, so contents decide. Sources and targets are compared crosswise until each has found its
 * like; those that find none stay different.
 * @param compare compares pairs by their content, in order
 * @param differs the judgement over one comparison
 */
export async function pairAnew(
  differing: readonly Compared[],
  compare: (pairs: Pair[]) => Promise<Compared[]>,
  differs: (compared: Compared) => boolean,
): Promise<Compared[]> {
  const settled: Compared[] = [];
  for (const group of Map.groupBy(differing, ({ pair }) => pair.source.searchKey).values())
    settled.push(...(group.length > 1 ? await new Crosswise(group, compare, differs).settle() : group));
  return settled;
}

class Crosswise {
  readonly #compare: (pairs: Pair[]) => Promise<Compared[]>;
  readonly #differs: (compared: Compared) => boolean;
  readonly #known = new Map<ItemInfo, Map<ItemInfo, Compared>>();
  readonly #settled: Compared[] = [];
  #sources: ItemInfo[];
  #targets: ItemInfo[];

  constructor(group: Compared[], compare: (pairs: Pair[]) => Promise<Compared[]>, differs: (c: Compared) => boolean) {
    this.#compare = compare;
    this.#differs = differs;
    this.#sources = group.map(({ pair }) => pair.source);
    this.#targets = group.map(({ pair }) => pair.target);
    for (const compared of group) this.#learn(compared);
  }

  async settle(): Promise<Compared[]> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const untried = this.#combine((pair) => !this.#compared(pair));
      if (untried.length === 0) break;
      await this.#try(untried);
    }
    for (;;) {
      const rest = this.#combine(() => true);
      const untried = rest.filter((pair) => !this.#compared(pair));
      if (untried.length === 0) return [...this.#settled, ...rest.flatMap((pair) => this.#compared(pair) ?? [])];
      await this.#try(untried);
    }
  }

  #compared({ source, target }: Pair): Compared | undefined {
    return this.#known.get(source)?.get(target);
  }

  async #try(pairs: Pair[]): Promise<void> {
    const results = await this.#compare(pairs);
    if (results.length < pairs.length) throw new Error(`${results.length} of ${pairs.length} pairs were compared`);
    for (const compared of results) {
      this.#learn(compared);
      if (this.#differs(compared)) continue;
      this.#settled.push(compared);
      this.#sources = this.#sources.filter((item) => item !== compared.pair.source);
      this.#targets = this.#targets.filter((item) => item !== compared.pair.target);
    }
  }

  #learn(compared: Compared): void {
    const { source, target } = compared.pair;
    this.#known.set(source, (this.#known.get(source) ?? new Map()).set(target, compared));
  }

  /** Pairs of what is open, each item once, that `wanted` says yes to. */
  #combine(wanted: (pair: Pair) => boolean): Pair[] {
    const free = new Set(this.#targets);
    return this.#sources.flatMap((source) => {
      const target = [...free].find((one) => wanted({ source, target: one }));
      if (!target) return [];
      free.delete(target);
      return [{ source, target }];
    });
  }
}
