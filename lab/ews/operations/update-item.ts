import type { ItemRecord } from '../../model.ts';
import { checkItemFault, itemOf, needRight, Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { itemIdOnlyXml } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { applyUpdates } from '../items/write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSCORE] 3.1.4.9. */
export const updateItem: Operation = (request, call) => {
  const conflict = request.attributes.ConflictResolution;
  const changes = child(request, 'ItemChanges')?.children ?? [];
  const kind = { name: 'UpdateItem', afterError: '<m:Items/>' };
  return responseMessages(call, kind, changes, async (change) => {
    const { item, folder } = itemOf(call, change.children[0]);
    needRight(call, folder, Right.editAll);
    checkItemFault(call, item);
    checkConflict(item, change.children[0], conflict);
    const updated = await update(call, item, child(change, 'Updates'));
    const results = '<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>';
    return el('m:Items', itemIdOnlyXml(new ItemView(call, updated))) + results;
  });
};

function checkConflict(item: ItemRecord, id: XmlNode | undefined, conflict: string | undefined): void {
  const given = id?.attributes.ChangeKey;
  if (conflict === 'AlwaysOverwrite') return;
  if (given === undefined || given === '') {
    throw new EwsError('ErrorChangeKeyRequiredForWriteOperations', 'The change key is required for this operation.');
  }
  if (conflict === 'NeverOverwrite' && given !== item.changeKey) {
    throw new EwsError('ErrorIrresolvableConflict', 'The item was changed since it was read.');
  }
}

async function update(call: Call, item: ItemRecord, updates: XmlNode | undefined): Promise<ItemRecord> {
  const read = onlyReadFlag(updates);
  if (read !== undefined) return fromStore(() => call.store.setRead(item.id, read));
  const message = call.store.message(item.id);
  await applyUpdates(call, message, updates);
  return fromStore(() => call.store.updateItem(item.id, message));
}

/** The value, when an update sets message:IsRead and nothing else: the store then need not write the item again. */
function onlyReadFlag(updates: XmlNode | undefined): boolean | undefined {
  const [only, ...more] = updates?.children ?? [];
  if (more.length > 0 || only?.name !== 'SetItemField') return undefined;
  if (child(only, 'FieldURI')?.attributes.FieldURI !== 'message:IsRead') return undefined;
  const element = only.children.find((c) => c.name !== 'FieldURI');
  const value = child(element, 'IsRead')?.text.trim();
  return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined;
}
