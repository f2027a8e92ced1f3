import { values } from '../domain/recipient.ts';
import type { MatchObject, Objects } from './model.ts';
import { titleKey } from './text.ts';

/** How common values are: two Smiths agreeing on their surname say little, two Wojciechowskis much. */
export class Frequency {
  readonly #counts = new Map<string, number>();
  #total = 0;

  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#total++;
  }

  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** The share of objects that have this value; a value never seen is taken as rare, not as impossible. */
  share(key: string): number {
    return Math.max(this.count(key), 1) / Math.max(this.#total, 1);
  }

  get total(): number {
    return this.#total;
  }

  /** Probability that two objects picked at random agree. */
  get chance(): number {
    if (this.#total === 0) return 0;
    let sum = 0;
    for (const n of this.#counts.values()) sum += (n / this.#total) ** 2;
    return sum;
  }
}

/** Attributes that tell where somebody works: each alone says little, together they tell namesakes apart. */
export const WORK_ATTRIBUTES = [
  'department',
  'title',
  'physicalDeliveryOfficeName',
  'company',
  'l',
  'postalCode',
  'streetAddress',
  'employeeType',
] as const;
export type WorkAttribute = (typeof WORK_ATTRIBUTES)[number];

export function workKey(o: MatchObject, name: WorkAttribute): string | undefined {
  const text = values(o.attributes, name)[0];
  const key = text === undefined ? '' : titleKey(text);
  return key === '' ? undefined : key;
}

/** The frequencies that scoring needs, counted over both forests' people so that neither side's habits decide alone. */
export interface Frequencies {
  given: Frequency;
  family: Frequency;
  title: Frequency;
  work: Map<WorkAttribute, Frequency>;
}

export function countFrequencies(sides: readonly Objects[]): Frequencies {
  const found: Frequencies = {
    given: new Frequency(),
    family: new Frequency(),
    title: new Frequency(),
    work: new Map(WORK_ATTRIBUTES.map((name) => [name, new Frequency()])),
  };
  for (const side of sides) {
    for (const o of side) {
      if (o.class === 'person') {
        if (o.given[0] !== undefined) found.given.add(o.given[0]);
        for (const word of o.family) found.family.add(word);
      } else found.title.add(titleKey(o.displayName));
      for (const [name, frequency] of found.work) {
        const key = workKey(o, name);
        if (key !== undefined) frequency.add(key);
      }
    }
  }
  return found;
}
