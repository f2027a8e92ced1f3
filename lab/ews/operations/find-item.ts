import type { FolderRecord, ItemQuery, ItemRecord } from '../../model.ts';
import { folderOf, needRight, Right, requirePublicFolderMailbox } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { type ItemShape, itemComparable, readItemShape, showItem } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type PageAttributes, pageAttributes, readPage, viewOf } from '../paging.ts';
import { type FieldPath, fieldPath, isPath } from '../paths.ts';
import { Breath, type Operation, responseMessages } from '../respond.ts';
import { compare, compileRestriction, type Test } from '../restriction.ts';
import { child, childrenOf, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';
import { calendarView } from './calendar-view.ts';

/** EWSFindCountLimit of Exchange 2010 and later. */
const MOST = 1000;
const BATCH = 500;

interface Sort {
  path: FieldPath;
  descending: boolean;
}

/** [MS-OXWSSRCH] 3.1.4.2. */
export const findItem: Operation = (request, call) => {
  const shape = readItemShape(child(request, 'ItemShape'), 'list');
  const traversal = request.attributes.Traversal;
  if (traversal !== 'Shallow' && traversal !== 'Associated' && traversal !== 'SoftDeleted') {
    throw new EwsError('ErrorSchemaValidation', 'The Traversal is not known.');
  }
  if (child(request, 'QueryString') && child(request, 'Restriction')) {
    throw new EwsError('ErrorInvalidRequest', 'A query string and a restriction cannot stand together.');
  }
  const restriction = child(request, 'Restriction');
  const search: Search = {
    test: queryTest(child(request, 'QueryString')) ?? (restriction && compileRestriction(restriction)),
    sort: childrenOf(child(request, 'SortOrder'), 'FieldOrder').map(readSort),
    view: viewOf(request, ['IndexedPageItemView', 'FractionalPageItemView', 'ContactsView']),
    associated: traversal === 'Associated',
  };
  const parents = child(request, 'ParentFolderIds')?.children ?? [];
  return responseMessages(call, { name: 'FindItem' }, parents, async (id) => {
    const folder = folderOf(call, id);
    needRight(call, folder, Right.read);
    requirePublicFolderMailbox(call, folder);
    const calendar = child(request, 'CalendarView');
    const { rows, page } =
      traversal === 'SoftDeleted'
        ? NOTHING
        : calendar
          ? await calendarView(call, folder, calendar)
          : await find(call, folder, search);
    return el('m:RootFolder', el('t:Items', await list(rows, shape)), page);
  });
};

async function list(rows: readonly ItemView[], shape: ItemShape): Promise<string> {
  const breath = new Breath();
  let xml = '';
  for (const view of rows) {
    xml += showItem(view, shape);
    await breath.take();
  }
  return xml;
}

interface Search {
  test: Test | undefined;
  sort: Sort[];
  view: XmlNode | undefined;
  associated: boolean;
}
interface Found {
  rows: ItemView[];
  page: PageAttributes;
}
const NOTHING: Found = { rows: [], page: { TotalItemsInView: 0, IncludesLastItemInRange: true } };

function readSort(node: XmlNode): Sort {
  const path = node.children.find(isPath);
  if (!path) throw new EwsError('ErrorUnsupportedPathForSortGroup', 'The sort order names no property.');
  return { path: fieldPath(path), descending: node.attributes.Order === 'Descending' };
}

const COLUMNS: Record<string, NonNullable<ItemQuery['sort']>[number]['field']> = {
  'item:DateTimeReceived': 'received',
  'item:DateTimeSent': 'sent',
  'item:DateTimeCreated': 'created',
  'item:LastModifiedTime': 'modified',
  'item:Subject': 'subject',
  'item:Size': 'sizeBytes',
  'item:ItemClass': 'itemClass',
};

/** The sort order in columns of the store, if it has them all. */
function columns(sort: readonly Sort[]): ItemQuery['sort'] | undefined {
  const list = sort.map(({ path, descending }) => {
    const field = path.kind === 'uri' ? COLUMNS[path.uri] : undefined;
    return field && { field, descending };
  });
  const known = list.filter((s) => s !== undefined);
  return known.length === list.length ? known : undefined;
}

async function find(call: Call, folder: FolderRecord, search: Search): Promise<Found> {
  const inStore = columns(search.sort);
  const base = { folderId: folder.id, associated: search.associated };
  if (!search.test && inStore) {
    // The store pages by itself.
    const { total } = call.store.items({ ...base, offset: 0, limit: 1 });
    const page = readPage(search.view, total, MOST);
    const { items } = call.store.items({ ...base, offset: page.offset, limit: page.limit, sort: inStore });
    return {
      rows: items.map((i) => new ItemView(call, i)),
      page: pageAttributes(search.view, page, items.length, total),
    };
  }
  const matching = await scan(call, base, search);
  if (!inStore) matching.sort(comparer(search.sort));
  const page = readPage(search.view, matching.length, MOST);
  const rows = matching.slice(page.offset, page.offset + page.limit);
  return { rows, page: pageAttributes(search.view, page, rows.length, matching.length) };
}

/** Looks at every item of a folder, in the store's order where it can sort. */
async function scan(call: Call, base: Pick<ItemQuery, 'folderId' | 'associated'>, search: Search): Promise<ItemView[]> {
  const sort = columns(search.sort);
  const breath = new Breath();
  const matching: ItemView[] = [];
  for (let offset = 0; ; offset += BATCH) {
    const { items } = call.store.items({ ...base, offset, limit: BATCH, ...(sort?.length && { sort }) });
    for (const item of items as ItemRecord[]) {
      const view = new ItemView(call, item);
      if (!search.test || search.test((path) => itemComparable(view, path))) matching.push(slim(call, view, search));
      await breath.take();
    }
    if (items.length < BATCH) return matching;
  }
}

/** A match without the properties read for it, so that a scan does not gather all items in memory. */
function slim(call: Call, view: ItemView, search: Search): ItemView {
  return search.sort.length > 0 && !columns(search.sort) ? view : new ItemView(call, view.record);
}

function comparer(sort: readonly Sort[]): (a: ItemView, b: ItemView) => number {
  return (a, b) => {
    for (const { path, descending } of sort) {
      const [x, y] = [itemComparable(a, path), itemComparable(b, path)];
      const order = x && y ? compare(x, y) : x ? 1 : y ? -1 : 0;
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

/**
 * A query string (advanced query syntax), as far as words go: each word must stand in the subject, the sender or the body;
 * `subject:`, `from:` and `body:` narrow it.
 */
function queryTest(node: XmlNode | undefined): Test | undefined {
  const words = (node?.text.match(/(?:\w+:)?(?:"[^"]*"|\S+)/g) ?? []).map((w) => w.replaceAll('"', '').toLowerCase());
  if (!node || words.length === 0) return undefined;
  const places: Record<string, string[]> = {
    subject: ['item:Subject'],
    from: ['message:From'],
    body: ['item:Body'],
  };
  return (get) =>
    words.every((word) => {
      const colon = word.indexOf(':');
      const named = colon > 0 ? places[word.slice(0, colon)] : undefined;
      const wanted = named ? word.slice(colon + 1) : word;
      return (named ?? Object.values(places).flat()).some((uri) => {
        const value = get({ kind: 'uri', uri });
        const texts = value?.kind === 'text' ? [value.value] : value?.kind === 'texts' ? value.value : [];
        return texts.some((t) => t.toLowerCase().includes(wanted));
      });
    });
}
