import { TruncatedAnswer } from '../../errors.ts';
import type { XmlNode } from '../xml.ts';

/**
 * Where the next page begins; null after the last one. An empty page is the last one whatever it says, and a page always
 * leads on: a server that is wrong about either would be asked for ever.
 */
export function nextOffset(root: XmlNode | undefined, offset: number, count: number): number | null {
  if (count === 0 || root?.attributes.IncludesLastItemInRange !== 'false') return null;
  const said = Number(root.attributes.IndexedPagingOffset);
  return Number.isSafeInteger(said) && said > offset ? said : offset + count;
}

/** Sees to it that no page comes twice. */
export class PageGuard {
  #first: string | undefined;

  /** @throws TruncatedAnswer when a page begins with what the one before began with: the server does not page at all. */
  check(operation: string, page: readonly { id: string }[]): void {
    const [first] = page;
    if (first === undefined) return;
    if (first.id === this.#first)
      throw new TruncatedAnswer({
        tried: `list a folder by ${operation}, page by page`,
        happened: 'The server gives the same page again and says that there are more.',
        next: 'Nothing can be listed in full through it; look for a proxy that changes requests, or use another server.',
      });
    this.#first = first.id;
  }
}
