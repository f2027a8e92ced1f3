import type { BatchOptions } from '../../domain/batch-options.ts';
import type { ItemInfo } from '../../exchange/mail-store.ts';
import { isSettingItem } from '../../exchange/settings.ts';

/** Whether an item travels: yes, left behind on purpose, or too large (which a person has to know). */
export type Passage = { kind: 'take' } | { kind: 'skip'; reason: string } | { kind: 'tooLarge'; limit: number };

const TAKE: Passage = { kind: 'take' };

/** The date an item is filtered and reported by, ms since the epoch. */
export function itemDate(item: ItemInfo): number | null {
  return item.received ?? item.sent ?? item.created ?? item.modified;
}

/**
 * Makes the test of a batch's item filter. Item classes match by whole parts: `IPM.Note` also means `IPM.Note.SMIME`.
 * Where `settings` travel by themselves, the items that hold them stay behind.
 */
export function itemFilter(options: BatchOptions, settings = false): (item: ItemInfo) => Passage {
  const { since, until, itemClasses, excludeItemClasses, maxItemBytes } = options.filter;
  const wanted = itemClasses.map((c) => c.toLowerCase());
  const unwanted = excludeItemClasses.map((c) => c.toLowerCase());
  const isOne = (itemClass: string, list: string[]): boolean =>
    list.some((c) => itemClass === c || itemClass.startsWith(`${c}.`));
  return (item) => {
    if (settings && isSettingItem(item)) return { kind: 'skip', reason: 'setting' };
    if (item.associated) return options.associatedItems ? TAKE : { kind: 'skip', reason: 'folder-associated' };
    const itemClass = item.itemClass.toLowerCase();
    if (wanted.length > 0 && !isOne(itemClass, wanted)) return { kind: 'skip', reason: 'item class' };
    if (isOne(itemClass, unwanted)) return { kind: 'skip', reason: 'item class' };
    const date = itemDate(item);
    if (date !== null && since !== null && date < since) return { kind: 'skip', reason: 'date' };
    if (date !== null && until !== null && date >= until) return { kind: 'skip', reason: 'date' };
    if (maxItemBytes !== null && item.size > maxItemBytes) return { kind: 'tooLarge', limit: maxItemBytes };
    return TAKE;
  };
}
