import type { ItemRecord } from '../../model.ts';
import { checkItemFault, type NamedItem, namedItem, needRight, type OccurrenceName, Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { needNamed, needSeries, occurrenceView } from '../items/occurrence-view.ts';
import { changeOccurrence } from '../items/occurrence-write.ts';
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
    const named = namedItem(call, change.children[0]);
    const { item, folder } = named;
    needRight(call, folder, Right.editAll);
    checkItemFault(call, item);
    checkConflict(item, change.children[0], conflict);
    const updated = await update(call, named, child(change, 'Updates'));
    const results = '<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>';
    return el('m:Items', itemIdOnlyXml(viewAfter(call, updated, named.occurrence))) + results;
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

async function update(call: Call, { item, occurrence }: NamedItem, updates: XmlNode | undefined): Promise<ItemRecord> {
  const read = occurrence ? undefined : onlyReadFlag(updates);
  if (read !== undefined) return fromStore(() => call.store.setRead(item.id, read));
  const message = call.store.message(item.id);
  if (occurrence) {
    const { original } = needNamed(needSeries(message), occurrence);
    await changeOccurrence(call, message, original, updates);
  } else await applyUpdates(call, message, updates);
  return fromStore(() => call.store.updateItem(item.id, message));
}

/** What the answer names: the item, or the occurrence that was changed. */
function viewAfter(call: Call, updated: ItemRecord, occurrence: OccurrenceName | undefined): ItemView {
  const view = new ItemView(call, updated);
  if (!occurrence) return view;
  const series = needSeries(view.message);
  return occurrenceView(call, updated, series, needNamed(series, occurrence));
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
