import type { FolderRecord } from '../../model.ts';
import { needRight, Right, targetFolderOf } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { folderElement, folderIdXml } from '../folders/shape.ts';
import { readNewFolder } from '../folders/write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSFOLD] 3.1.4.2. */
export const createFolder: Operation = (request, call) => {
  const target = child(request, 'ParentFolderId');
  const folders = child(request, 'Folders')?.children ?? [];
  return responseMessages(call, { name: 'CreateFolder', afterError: '<m:Folders/>' }, folders, (node) => {
    const made = create(call, targetFolderOf(call, target), node);
    return el('m:Folders', el(folderElement(made), folderIdXml(call, made)));
  });
};

function create(call: Call, parent: FolderRecord, node: XmlNode): FolderRecord {
  needRight(call, parent, Right.createSubfolder | Right.owner, 'ErrorCreateSubfolderAccessDenied');
  const fields = readNewFolder(call, node);
  const taken = call.store
    .children(parent.id, false)
    .some((f) => f.displayName.toLowerCase() === fields.displayName.toLowerCase());
  if (taken) throw new EwsError('ErrorFolderExists', 'A folder with the specified name already exists.');
  const { permissions, ...rest } = fields;
  return fromStore(() =>
    call.store.createFolder({
      mailboxId: parent.mailboxId,
      parentId: parent.id,
      ...rest,
      // A folder without a list of its own begins with its parent's, as public folders do.
      permissions: permissions ?? parent.permissions,
    }),
  );
}
