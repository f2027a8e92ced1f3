import { EwsError } from './errors.ts';
import { child, type XmlNode } from './xml/node.ts';

/** A page of a list of known length. */
export interface Page {
  offset: number;
  limit: number;
}

/** Attributes of FindResponsePagingAttributes. */
export interface PageAttributes {
  IndexedPagingOffset?: number;
  NumeratorOffset?: number;
  AbsoluteDenominator?: number;
  TotalItemsInView: number;
  IncludesLastItemInRange: boolean;
  [name: string]: number | boolean | undefined;
}

/** Reads an IndexedPage… or FractionalPage… view for a list of `total`; throws ErrorInvalidIndexedPagingParameters. */
export function readPage(view: XmlNode | undefined, total: number, most: number): Page {
  const text = view?.attributes.MaxEntriesReturned;
  const limit = text === undefined ? most : Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw wrong();
  if (view?.name.startsWith('Indexed')) {
    const offset = Number(view.attributes.Offset ?? '0');
    if (!Number.isInteger(offset) || offset < 0) throw wrong();
    if (view.attributes.BasePoint !== 'End') return { offset: Math.min(offset, total), limit: Math.min(limit, most) };
    // From the end, pages go backwards; rows stay in their order.
    const end = Math.max(0, total - offset);
    const start = Math.max(0, end - Math.min(limit, most));
    return { offset: start, limit: end - start };
  }
  if (view?.name.startsWith('Fractional')) {
    const numerator = Number(view.attributes.Numerator);
    const denominator = Number(view.attributes.Denominator);
    if (!(numerator >= 0) || !(denominator > 0) || numerator > denominator) throw wrong();
    return { offset: Math.floor((total * numerator) / denominator), limit: Math.min(limit, most) };
  }
  return { offset: 0, limit: Math.min(limit, most) };
}

/** What the answer says of a page that held `count` rows. */
export function pageAttributes(view: XmlNode | undefined, page: Page, count: number, total: number): PageAttributes {
  if (view?.name.startsWith('Indexed') && view.attributes.BasePoint === 'End') {
    return {
      IndexedPagingOffset: total - page.offset,
      TotalItemsInView: total,
      IncludesLastItemInRange: page.offset === 0,
    };
  }
  const next = page.offset + count;
  const last = next >= total;
  if (view?.name.startsWith('Fractional')) {
    return {
      NumeratorOffset: next,
      AbsoluteDenominator: total,
      TotalItemsInView: total,
      IncludesLastItemInRange: last,
    };
  }
  if (view) return { IndexedPagingOffset: next, TotalItemsInView: total, IncludesLastItemInRange: last };
  return { TotalItemsInView: total, IncludesLastItemInRange: last };
}

/** The view element of a Find request, whichever it has. */
export function viewOf(request: XmlNode, names: readonly string[]): XmlNode | undefined {
  return names.map((name) => child(request, name)).find((node) => node !== undefined);
}

function wrong(): EwsError {
  return new EwsError('ErrorInvalidIndexedPagingParameters', 'The paging parameters are invalid.');
}
