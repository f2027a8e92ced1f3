import type { CallOptions, ItemInfo } from '../../mail-store.ts';
import { messageError } from '../client.ts';
import { folderIdXml } from '../ids.ts';
import { ItemTag, tagUri } from '../properties.ts';
import { itemShape, readItem } from '../read-item.ts';
import { message, messages, type Session } from '../run.ts';
import { child } from '../xml.ts';
import { nextOffset } from './paging.ts';

export interface ItemPage {
  items: ItemInfo[];
  next: number | null;
}

const SORT =
  '<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:DateTimeCreated"/></t:FieldOrder></m:SortOrder>';

/** FindItem: one page of a folder, oldest first so that new mail does not shift the pages. */
export async function findItem(
  session: Session,
  request: {
    folderId: string;
    associated: boolean;
    offset: number;
    max: number;
    restriction?: string;
  },
  options: CallOptions = {},
): Promise<ItemPage> {
  const sort = request.restriction ? '' : SORT;
  const body = `<m:FindItem Traversal="${request.associated ? 'Associated' : 'Shallow'}">${itemShape('list', session)}<m:IndexedPageItemView MaxEntriesReturned="${request.max}" Offset="${request.offset}" BasePoint="Beginning"/>${
    request.restriction ? `<m:Restriction>${request.restriction}</m:Restriction>` : ''
  }${sort}<m:ParentFolderIds>${folderIdXml(request.folderId)}</m:ParentFolderIds></m:FindItem>`;
  const answer = await message(session, { operation: 'FindItem', body, repeatable: true, ...options });
  const root = child(answer, 'RootFolder');
  const items = (child(root, 'Items')?.children ?? []).map(readItem);
  return { items, next: nextOffset(root, request.offset, items.length) };
}

/**
 * FindItem over several folders: the items of each that shows all of them in one page, oldest first. Not repeated here: who
 * gets no answer asks folder by folder.
 */
export async function findInFolders(
  session: Session,
  folderIds: string[],
  max: number,
  options: CallOptions = {},
): Promise<Map<string, ItemInfo[]>> {
  const body = `<m:FindItem Traversal="Shallow">${itemShape('list', session)}<m:IndexedPageItemView MaxEntriesReturned="${max}" Offset="0" BasePoint="Beginning"/>${SORT}<m:ParentFolderIds>${folderIds.map((id) => folderIdXml(id)).join('')}</m:ParentFolderIds></m:FindItem>`;
  const found = await messages(
    session,
    { operation: 'FindItem', body, repeatable: false, ...options },
    folderIds.length,
  );
  const whole = new Map<string, ItemInfo[]>();
  for (const [index, id] of folderIds.entries()) {
    const answer = found[index];
    const root = answer && !messageError(answer) ? child(answer, 'RootFolder') : undefined;
    if (root?.attributes.IncludesLastItemInRange !== 'true') continue;
    const items = (child(root, 'Items')?.children ?? []).map((node) => ({ ...readItem(node), associated: false }));
    whole.set(id, items);
  }
  const all = [...whole.values()].flat();
  // A server that looks into one folder alone says the same for each.
  return new Set(all.map(({ id }) => id)).size === all.length ? whole : new Map();
}

/** A restriction that holds for items with one of these search keys (hex). */
export function searchKeyRestriction(keys: string[]): string {
  const terms = keys.map(
    (key) =>
      `<t:IsEqualTo>${tagUri(ItemTag.searchKey)}<t:FieldURIOrConstant><t:Constant Value="${Buffer.from(key, 'hex').toString('base64')}"/></t:FieldURIOrConstant></t:IsEqualTo>`,
  );
  return terms.length === 1 ? (terms[0] ?? '') : `<t:Or>${terms.join('')}</t:Or>`;
}
