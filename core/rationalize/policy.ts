import { CUSTOM_ATTRIBUTES } from '../directory/attributes.ts';
import { values } from '../domain/recipient.ts';
import type { MatchObject } from './model.ts';

/** A condition that leaves an object out, with the reason that is shown. */
export interface Filter {
  name: string;
  reason: string;
  holds(o: MatchObject): boolean;
}

/** The connector filter (seed 001): what is left out of matching on each side. */
export interface FilterPolicy {
  source: readonly Filter[];
  target: readonly Filter[];
  /** Words in a custom attribute that leave a source object out. */
  keywords: readonly string[];
}

/** Why a source object is left out, in words; undefined when it is not. */
export function filterReason(o: MatchObject, policy: FilterPolicy): { rule: string; reason: string } | undefined {
  const filter = policy.source.find((f) => f.holds(o));
  if (filter) return { rule: filter.name, reason: filter.reason };
  for (const name of CUSTOM_ATTRIBUTES) {
    for (const value of values(o.attributes, name)) {
      const word = value.toLowerCase().replace(/\s+/g, '');
      if (policy.keywords.some((k) => word === k.replace(/\s+/g, '').toLowerCase())) {
        return { rule: 'keyword', reason: `${name} says "${value}"` };
      }
    }
  }
  return undefined;
}
