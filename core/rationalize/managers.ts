import { first } from '../domain/recipient.ts';
import type { Evidence, MatchObject, Objects } from './model.ts';
import { sigmoid } from './score.ts';

/** From here a pair counts as known, when its people are asked who their managers are. */
const KNOWN = 0.999;
/** Below this nobody looks at a pair, whoever its managers are. */
const HOPELESS = 0.0005;
/** Departments and managers go together, so that a manager says less than he would alone. */
const DAMPING = 0.6;
const MOST = 3;

interface Judged {
  target: number;
  logOdds: number;
}

/**
 * Whether two people have the same manager on both sides: known once the managers themselves are matched beyond doubt. It
 * is asked only of pairs that nothing else decides, and says what namesakes in two teams differ in.
 */
export class Managers {
  /** Manager of a source or target position, lower case, for those that are in question. */
  readonly #ofSource = new Map<number, string>();
  readonly #ofTarget = new Map<number, string>();
  /** The target's DN of a known manager, by the source's. */
  readonly #counterparts = new Map<string, string>();
  readonly #equal: number;
  readonly #differs: number;

  /**
   * @param pairs weighed pairs by source position
   * @param share how often one person's manager is the same on both sides
   */
  constructor(sources: Objects, targets: Objects, pairs: readonly (readonly Judged[] | undefined)[], share: number) {
    const known = knownPairs(pairs);
    const open = { sources: new Set<number>(), targets: new Set<number>() };
    pairs.forEach((list, i) => {
      if (known.has(i) || !list) return;
      for (const p of list) {
        if (sigmoid(p.logOdds) < HOPELESS) continue;
        open.sources.add(i);
        open.targets.add(p.target);
      }
    });
    for (const i of open.sources) keepManager(this.#ofSource, i, sources.at(i));
    for (const t of open.targets) keepManager(this.#ofTarget, t, targets.at(t));
    const asked = new Set(this.#ofSource.values());
    const dns = new Map<number, string>();
    let position = 0;
    for (const s of asked.size === 0 ? [] : sources) {
      const target = known.get(position++);
      if (target !== undefined && asked.has(s.dn.toLowerCase())) dns.set(target, s.dn.toLowerCase());
    }
    for (const [target, dn] of dns) {
      const counterpart = targets.at(target)?.dn;
      if (counterpart !== undefined) this.#counterparts.set(dn, counterpart.toLowerCase());
    }
    // Two people picked at random share a manager as often as there are people to a manager.
    const chance = Math.min(0.5, 1 / Math.max(2, new Set(this.#ofTarget.values()).size));
    this.#equal = Math.min(MOST, DAMPING * Math.log(share / chance));
    this.#differs = DAMPING * Math.log((1 - share) / (1 - chance));
  }

  /** What the managers say of a pair; undefined when they say nothing. */
  evidence(source: number, target: number): Evidence | undefined {
    const [a, b] = [this.#ofSource.get(source), this.#ofTarget.get(target)];
    const counterpart = a === undefined ? undefined : this.#counterparts.get(a);
    if (a === undefined || b === undefined || counterpart === undefined) return undefined;
    const same = counterpart === b;
    const weight = same ? this.#equal : this.#differs;
    return { key: 'manager', verdict: same ? 'equal' : 'differs', source: nameOf(a), target: nameOf(b), weight };
  }
}

function keepManager(into: Map<number, string>, position: number, o: MatchObject | undefined): void {
  const manager = o?.class === 'person' ? first(o.attributes, 'manager') : undefined;
  if (manager !== undefined) into.set(position, manager.toLowerCase());
}

/** Sources with one target beyond doubt that no other source has as well. */
function knownPairs(pairs: readonly (readonly Judged[] | undefined)[]): Map<number, number> {
  const known = new Map<number, number>();
  const holders = new Map<number, number>();
  pairs.forEach((list, i) => {
    const sure = (list ?? []).filter((p) => sigmoid(p.logOdds) >= KNOWN);
    const [only] = sure;
    if (!only || sure.length > 1) return;
    known.set(i, only.target);
    holders.set(only.target, (holders.get(only.target) ?? 0) + 1);
  });
  for (const [i, target] of known) if ((holders.get(target) ?? 0) > 1) known.delete(i);
  return known;
}

function nameOf(dn: string): string {
  return dn.slice(0, 100);
}
