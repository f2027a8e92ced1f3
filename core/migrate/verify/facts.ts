import { createHash } from 'node:crypto';
import type { ItemInfo } from '../../exchange/mail-store.ts';
import type { Compared, Pair } from './compare-content.ts';
import { compareFacts } from './compare-typed.ts';

/** What differs between the two of a pair that could be read: content, facts and place. */
export function differencesOf({ pair, differences, unreadable }: Compared): string[] {
  const facts = unreadable ? [] : compareFacts(pair);
  return [...new Set([...differences, ...facts, ...(pair.misplaced ? [pair.misplaced] : [])])];
}

/** One in so many items is compared by its content where not all are. */
const SAMPLE = 8;

/** Whether an item is of the sample: by its key, so that chance decides and every run chooses the same. */
export function isOfSample(item: ItemInfo): boolean {
  return (
    createHash('sha256')
      .update(item.searchKey ?? item.id)
      .digest()
      .readUInt32LE(0) %
      SAMPLE ===
    0
  );
}

/** What lists show of both, sizes included: stores count them in their own ways, but never far apart. */
export function factsOf(pair: Pair): Compared {
  const { source, target } = pair;
  const differences = compareFacts(pair);
  if (Math.abs(source.size - target.size) > Math.max(source.size, target.size) / 5 + 8_192)
    differences.push('size different');
  return { pair, method: 'facts', differences, digest: null, unreadable: null };
}
