import type { Objects } from './model.ts';

/** An address that a source object shares with another one of the source. */
export interface SharedAddress {
  address: string;
  /** Position of another holder. */
  other: number;
}

/**
 * Source objects that hold an SMTP address of another source object: the target could take only one of them with it, and
 * mail for the other would reach the wrong one. Objects that are left out do not count.
 */
export function sharedAddresses(sources: Objects, leftOut: (position: number) => boolean): Map<number, SharedAddress> {
  const holders = new Map<string, number>();
  const shared = new Map<number, SharedAddress>();
  let position = 0;
  for (const source of sources) {
    const here = position++;
    if (leftOut(here)) continue;
    for (const address of source.smtp) {
      const other = holders.get(address);
      if (other === undefined) holders.set(address, here);
      else if (other !== here) {
        if (!shared.has(other)) shared.set(other, { address, other: here });
        if (!shared.has(here)) shared.set(here, { address, other });
      }
    }
  }
  return shared;
}
