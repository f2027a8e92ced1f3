import type { FolderRecord, ItemChange } from '../../model.ts';
import { needRight, Right, requirePublicFolderMailbox, targetFolderOf } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { type ItemShape, itemXml, readItemShape } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { readSyncState, staleSyncState, writeSyncState } from '../sync-state.ts';
import { child, childrenOf, textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const MOST = 512;

/** [MS-OXWSSYNC] 3.1.4.2. Works for public folders too. */
export const syncFolderItems: Operation = (request, call) => {
  const shape = readItemShape(child(request, 'ItemShape'), 'sync');
  const afterError = '<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>';
  return responseMessages(call, { name: 'SyncFolderItems', afterError }, [request], () => sync(call, request, shape));
};

function sync(call: Call, request: XmlNode, shape: ItemShape): string {
  const folder = targetFolderOf(call, child(request, 'SyncFolderId'));
  needRight(call, folder, Right.read);
  requirePublicFolderMailbox(call, folder);
  const most = Number(textOf(request, 'MaxChangesReturned'));
  if (!Number.isInteger(most) || most < 1 || most > MOST) {
    throw new EwsError('ErrorInvalidSyncStateData', 'MaxChangesReturned must be between 1 and 512.');
  }
  const associated = textOf(request, 'SyncScope') === 'NormalAndAssociatedItems';
  const ignored = new Set(
    childrenOf(child(request, 'Ignore'), 'ItemId').map((i) => call.ids.read(i.attributes.Id ?? '').id),
  );
  const given = textOf(request, 'SyncState');
  if (given && call.staleSyncState) throw staleSyncState();
  const position = readSyncState(given, 'items', folder.id, associated);
  const { changes, next, last } = changesOf(call, folder, position, most, associated);
  const xml = changes.filter((c) => !ignored.has(c.kind === 'delete' || c.kind === 'readFlag' ? c.id : c.item.id));
  return (
    tx('m:SyncState', writeSyncState('items', folder.id, next, associated)) +
    tx('m:IncludesLastItemInRange', last) +
    el('m:Changes', xml.map((c) => changeXml(call, c, shape)).join(''))
  );
}

/** A call's worth of changes; associated items only where the scope has them. */
function changesOf(call: Call, folder: FolderRecord, position: string, most: number, associated: boolean) {
  return fromStore(() => call.store.itemChanges(folder.id, position, most, associated));
}

function changeXml(call: Call, change: ItemChange, shape: ItemShape): string {
  switch (change.kind) {
    case 'create':
      return el('t:Create', itemXml(new ItemView(call, change.item), shape));
    case 'update':
      return el('t:Update', itemXml(new ItemView(call, change.item), shape));
    case 'readFlag':
      return el(
        't:ReadFlagChange',
        el('t:ItemId', '', { Id: call.ids.item(change.id), ChangeKey: change.changeKey }) + tx('t:IsRead', change.read),
      );
    case 'delete':
      return el('t:Delete', el('t:ItemId', '', { Id: call.ids.item(change.id), ChangeKey: 'AQAAAA==' }));
  }
}
