import type { FolderRecord } from '../../model.ts';
import { folderOf, isPublic, ownMailbox } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { folderXml, readFolderShape } from '../folders/shape.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { readSyncState, staleSyncState, writeSyncState } from '../sync-state.ts';
import { child, textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const MOST = 512;

/** [MS-OXWSSYNC] 3.1.4.1. Not for public folders. */
export const syncFolderHierarchy: Operation = (request, call) => {
  const shape = readFolderShape(child(request, 'FolderShape'), true);
  const afterError = '<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>';
  return responseMessages(call, { name: 'SyncFolderHierarchy', afterError }, [request], () => {
    const root = rootOf(call, child(request, 'SyncFolderId')?.children[0]);
    if (isPublic(root)) {
      throw new EwsError('ErrorInvalidOperation', 'SyncFolderHierarchy is not supported for public folders.');
    }
    const given = textOf(request, 'SyncState');
    if (given && call.staleSyncState) throw staleSyncState();
    const position = readSyncState(given, 'hierarchy', root.id);
    const { changes, next, last } = fromStore(() => call.store.folderChanges(root.mailboxId, position, MOST));
    const xml = changes
      .filter((c) => c.kind === 'delete' || isBelow(call, c.folder, root))
      .map((c) =>
        c.kind === 'delete'
          ? el('t:Delete', el('t:FolderId', '', { Id: call.ids.folder(c.id) }))
          : el(c.kind === 'create' ? 't:Create' : 't:Update', folderXml(call, c.folder, shape)),
      );
    return (
      tx('m:SyncState', writeSyncState('hierarchy', root.id, next)) +
      tx('m:IncludesLastFolderInRange', last) +
      el('m:Changes', xml.join(''))
    );
  });
};

function rootOf(call: Call, node: XmlNode | undefined): FolderRecord {
  if (node) return folderOf(call, node);
  const root = call.store.distinguished(ownMailbox(call).id, 'msgfolderroot');
  if (!root) throw new EwsError('ErrorSyncFolderNotFound', 'The folder to be synchronized was not found.');
  return root;
}

function isBelow(call: Call, folder: FolderRecord, root: FolderRecord): boolean {
  for (let at = folder.parentId; at !== null; ) {
    if (at === root.id) return true;
    at = call.store.folder(at)?.parentId ?? null;
  }
  return false;
}
