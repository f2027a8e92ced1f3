import type { FolderRecord, ItemChange } from '../../model.ts';
import { needRight, Right, requirePublicFolderMailbox, targetFolderOf } from '../access.ts';
import type { Call } from '../context.ts';
import { SoapFault } from '../errors.ts';
import { type ItemShape, readItemShape, showItem } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { Breath, type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { readSyncState, staleSyncState, writeSyncState } from '../sync-state.ts';
import { child, childrenOf, textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const MOST = 512;

/** [MS-OXWSSYNC] 3.1.4.2. Works for public folders too. */
export const syncFolderItems: Operation = (request, call) => {
  const shape = readItemShape(child(request, 'ItemShape'), 'sync');
  const most = Number(textOf(request, 'MaxChangesReturned'));
  if (!Number.isInteger(most) || most < 1 || most > MOST) {
    throw new SoapFault(
      'ErrorSchemaValidation',
      'The request failed schema validation: MaxChangesReturned must be 1 to 512.',
    );
  }
  const afterError = '<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>';
  return responseMessages(call, { name: 'SyncFolderItems', afterError }, [request], () =>
    sync(call, request, shape, most),
  );
};

async function sync(call: Call, request: XmlNode, shape: ItemShape, most: number): Promise<string> {
  const folder = targetFolderOf(call, child(request, 'SyncFolderId'));
  needRight(call, folder, Right.read);
  requirePublicFolderMailbox(call, folder);
  const associated = textOf(request, 'SyncScope') === 'NormalAndAssociatedItems';
  const ignored = new Set(
    childrenOf(child(request, 'Ignore'), 'ItemId').map((i) => call.ids.read(i.attributes.Id ?? '').id),
  );
  const given = textOf(request, 'SyncState');
  if (given && call.staleSyncState) throw staleSyncState();
  const position = readSyncState(given, 'items', folder.id, associated);
  const { changes, next, last } = changesOf(call, folder, position, most, associated);
  const breath = new Breath();
  let xml = '';
  for (const change of changes) {
    if (!ignored.has(change.kind === 'delete' || change.kind === 'readFlag' ? change.id : change.item.id)) {
      xml += changeXml(call, change, shape);
    }
    await breath.take();
  }
  return (
    tx('m:SyncState', writeSyncState('items', folder.id, next, associated)) +
    tx('m:IncludesLastItemInRange', last) +
    el('m:Changes', xml)
  );
}

/** A call's worth of changes; associated items only where the scope has them. */
function changesOf(call: Call, folder: FolderRecord, position: string, most: number, associated: boolean) {
  return fromStore(() => call.store.itemChanges(folder.id, position, most, associated));
}

function changeXml(call: Call, change: ItemChange, shape: ItemShape): string {
  switch (change.kind) {
    case 'create':
    case 'update': {
      const shown = showItem(new ItemView(call, change.item), shape);
      return shown === '' ? '' : el(change.kind === 'create' ? 't:Create' : 't:Update', shown);
    }
    case 'readFlag':
      return el(
        't:ReadFlagChange',
        el('t:ItemId', '', { Id: call.ids.item(change.id), ChangeKey: change.changeKey }) + tx('t:IsRead', change.read),
      );
    case 'delete':
      return el('t:Delete', el('t:ItemId', '', { Id: call.ids.item(change.id), ChangeKey: 'AQAAAA==' }));
  }
}
