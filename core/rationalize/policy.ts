import { values } from '../domain/recipient.ts';
import { hasInternetAddress } from './identity.ts';
import type { MatchObject } from './model.ts';

/**
 * The connector filter of seed 001 and directory.md: what has no internet address, is hidden, or carries a key word is
 * left out. A hidden mailbox is somebody's mail all the same, so hiding leaves out only what holds none.
 */
export interface FilterPolicy {
  /** Objects without an internet address are left out. */
  requireAddress: boolean;
  /** Hidden contacts and mail users are left out. */
  dropHidden: boolean;
  /** Words in a custom attribute that leave an object out. */
  keywords: readonly string[];
}

export const FILTER_POLICY: FilterPolicy = {
  requireAddress: true,
  dropHidden: true,
  keywords: ['nomigrate', 'donotmigrate', 'no-migration', 'nosync', 'donotsync', 'excludefrommigration'],
};

const CUSTOM_ATTRIBUTES = Array.from({ length: 15 }, (_, i) => `extensionAttribute${i + 1}`);
const HOLDS_NO_MAIL: ReadonlySet<string> = new Set(['contact', 'mailUser']);

/** Why an object is left out, in words; undefined when it is not. */
export function filterReason(o: MatchObject, policy: FilterPolicy): string | undefined {
  if (policy.requireAddress && !hasInternetAddress(o)) return 'it has no internet address';
  if (policy.dropHidden && o.hidden && HOLDS_NO_MAIL.has(o.kind)) return 'it is hidden from address lists';
  for (const name of CUSTOM_ATTRIBUTES) {
    for (const value of values(o.attributes, name)) {
      const word = value.toLowerCase().replace(/\s+/g, '');
      if (policy.keywords.some((k) => word === k.replace(/\s+/g, '').toLowerCase())) return `${name} says "${value}"`;
    }
  }
  return undefined;
}

/** Whether an object without a match is created in the target (seed 001: project where there is an internet address). */
export function projects(o: MatchObject): boolean {
  return hasInternetAddress(o) && o.class !== 'publicFolder' && o.kind !== 'user';
}
