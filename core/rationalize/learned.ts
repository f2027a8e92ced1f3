import { WORK_ATTRIBUTES, type WorkAttribute } from './frequency.ts';
import type { NameLevel } from './names.ts';

/**
 * What is learned from the pairs that certain keys tie together, before the others are judged. Every figure is the
 * share among pairs that are the same object; the defaults count as some observed pairs, so that a small forest does not
 * learn from chance.
 */
export interface Learned {
  /** How given and family names of one person compare on two sides. */
  given: Record<NameLevel, number>;
  family: Record<NameLevel, number>;
  /** Share of one person's work attributes that agree. */
  work: Record<WorkAttribute, number>;
  /** Share of one person's ids that agree where both sides have one. */
  ids: Map<string, number>;
  telephone: number;
  manager: number;
  /** How often objects that share a key are the same object, by the key's name. */
  trust: Map<string, number>;
  /** How many times more namesakes there are than names picked at random would give; 1 when there are not more. */
  namesakes: number;
  /** Logarithm of how much more often an object has an account in the target when a contact stands for it there. */
  accountBesideContact: number;
  /** Pairs it was learned from. */
  pairs: number;
}

const GIVEN: Record<NameLevel, number> = {
  equal: 0.86,
  variant: 0.06,
  part: 0.02,
  initial: 0.01,
  slip: 0.015,
  differs: 0.035,
  missing: 1,
};
const FAMILY: Record<NameLevel, number> = {
  equal: 0.88,
  variant: 0.03,
  part: 0.02,
  initial: 0.001,
  slip: 0.015,
  differs: 0.055,
  missing: 1,
};
const WORK: Record<WorkAttribute, number> = {
  department: 0.75,
  title: 0.7,
  physicalDeliveryOfficeName: 0.65,
  company: 0.5,
  l: 0.75,
  postalCode: 0.75,
  streetAddress: 0.65,
  employeeType: 0.8,
};

export function unlearned(): Learned {
  return {
    given: { ...GIVEN },
    family: { ...FAMILY },
    work: { ...WORK },
    ids: new Map(),
    telephone: 0.6,
    manager: 0.7,
    trust: new Map(),
    namesakes: 1,
    accountBesideContact: -1,
    pairs: 0,
  };
}

/** A share from observations and a default that counts as `weight` of them. */
export function share(agreed: number, seen: number, fallback: number, weight: number): number {
  return (agreed + fallback * weight) / (seen + weight);
}

/** As how many pairs a default counts. */
const DEFAULT_WEIGHT = 40;

/** Counts observations and turns them into shares. */
export class Learner {
  readonly #given = new Map<NameLevel, number>();
  readonly #family = new Map<NameLevel, number>();
  readonly #work = new Map<string, { agreed: number; seen: number }>();
  #pairs = 0;
  #named = 0;

  names(given: NameLevel, family: NameLevel): void {
    if (given === 'missing' || family === 'missing') return;
    this.#named++;
    this.#given.set(given, (this.#given.get(given) ?? 0) + 1);
    this.#family.set(family, (this.#family.get(family) ?? 0) + 1);
  }

  value(name: string, agreed: boolean): void {
    const counts = this.#work.get(name) ?? { agreed: 0, seen: 0 };
    counts.seen++;
    if (agreed) counts.agreed++;
    this.#work.set(name, counts);
  }

  pair(): void {
    this.#pairs++;
  }

  /** The shares, added to what is given. */
  into(learned: Learned): void {
    for (const level of Object.keys(GIVEN) as NameLevel[]) {
      if (level === 'missing') continue;
      learned.given[level] = share(this.#given.get(level) ?? 0, this.#named, GIVEN[level], DEFAULT_WEIGHT);
      learned.family[level] = share(this.#family.get(level) ?? 0, this.#named, FAMILY[level], DEFAULT_WEIGHT);
    }
    for (const name of WORK_ATTRIBUTES) {
      const counts = this.#work.get(name) ?? { agreed: 0, seen: 0 };
      learned.work[name] = share(counts.agreed, counts.seen, WORK[name], DEFAULT_WEIGHT);
    }
    for (const name of ['employeeID', 'employeeNumber']) {
      const counts = this.#work.get(name) ?? { agreed: 0, seen: 0 };
      learned.ids.set(name, share(counts.agreed, counts.seen, 0.6, 10));
    }
    const telephone = this.#work.get('telephone') ?? { agreed: 0, seen: 0 };
    learned.telephone = share(telephone.agreed, telephone.seen, 0.6, DEFAULT_WEIGHT);
    learned.pairs = this.#pairs;
  }
}
