import { folderOf } from '../access.ts';
import { folderXml, readFolderShape } from '../folders/shape.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSFOLD] 3.1.4.6. */
export const getFolder: Operation = (request, call) => {
  const shape = readFolderShape(child(request, 'FolderShape'), true);
  const ids = child(request, 'FolderIds')?.children ?? [];
  return responseMessages(call, { name: 'GetFolder' }, ids, (id) =>
    el('m:Folders', folderXml(call, folderOf(call, id), shape)),
  );
};
