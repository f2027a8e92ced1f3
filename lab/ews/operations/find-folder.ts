import type { FolderRecord } from '../../model.ts';
import { folderOf, isPublic, Right, rightsOn } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { folderComparable, folderXml, readFolderShape } from '../folders/shape.ts';
import { pageAttributes, readPage, viewOf } from '../paging.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { compileRestriction } from '../restriction.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';

const MOST = 1000;

/** [MS-OXWSFOLD] 3.1.4.5. Public folders are listed one level at a time only. */
export const findFolder: Operation = (request, call) => {
  const shape = readFolderShape(child(request, 'FolderShape'), false);
  const traversal = request.attributes.Traversal;
  const test = compileRestriction(child(request, 'Restriction'));
  const view = viewOf(request, ['IndexedPageFolderView', 'FractionalPageFolderView']);
  const parents = child(request, 'ParentFolderIds')?.children ?? [];
  return responseMessages(call, { name: 'FindFolder' }, parents, (id) => {
    const parent = folderOf(call, id);
    const found = list(call, parent, traversal).filter((f) => test((path) => folderComparable(call, f, path)));
    const page = readPage(view, found.length, MOST);
    const rows = found.slice(page.offset, page.offset + page.limit);
    return el(
      'm:RootFolder',
      el('t:Folders', rows.map((f) => folderXml(call, f, shape)).join('')),
      pageAttributes(view, page, rows.length, found.length),
    );
  });
};

function list(call: Call, parent: FolderRecord, traversal: string | undefined): FolderRecord[] {
  const seen = (f: FolderRecord) => (rightsOn(call, f) & (Right.visible | Right.read | Right.owner)) !== 0;
  switch (traversal) {
    case 'Shallow':
      return call.store.children(parent.id, false).filter(seen);
    case 'Deep':
      if (isPublic(parent)) {
        throw new EwsError('ErrorInvalidOperation', 'Deep traversal queries are not allowed for public folders.');
      }
      return call.store.children(parent.id, true).filter(seen);
    case 'SoftDeleted':
      return [];
    default:
      throw new EwsError('ErrorSchemaValidation', 'The Traversal is not known.');
  }
}
