import { CodecError } from '../../../core/domain/mapi/codec-error.ts';
import type { FolderRecord } from '../../model.ts';
import { folderOf, isPublic, itemOf, needRight, Right, requirePublicFolderMailbox } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, toBoolean, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** Items written in one transaction: enough to save commits, few enough that other calls need not wait. */
const SLICE_ITEMS = 20;
const SLICE_BYTES = 1024 * 1024;

/** [MS-OXWSBTRF] 3.1.4.2: items from export streams; CreateNew, Update, UpdateOrCreate. */
export const uploadItems: Operation = (request, call) => {
  const items = child(request, 'Items')?.children ?? [];
  const outcomes: Outcome[] = [];
  return responseMessages(call, { name: 'UploadItems' }, items, (_, index) => {
    if (index >= outcomes.length) outcomes.push(...uploadSlice(call, items, index));
    const outcome = outcomes[index] ?? '';
    if (typeof outcome === 'string') return outcome;
    throw outcome;
  });
};

/** What became of one item: the content of its response message, or its error. */
type Outcome = string | EwsError;

function uploadSlice(call: Call, items: readonly XmlNode[], from: number): Outcome[] {
  let bytes = 0;
  let to = from;
  do bytes += child(items[to], 'Data')?.data?.length ?? 0;
  while (++to < items.length && to - from < SLICE_ITEMS && bytes < SLICE_BYTES);
  return call.store.transaction(() => items.slice(from, to).map((node) => attempt(call, node)));
}

function attempt(call: Call, node: XmlNode): Outcome {
  try {
    return upload(call, node);
  } catch (error) {
    // Items are refused before anything of them is written; whatever else goes wrong takes the slice back.
    if (error instanceof EwsError) return error;
    throw error;
  }
}

function upload(call: Call, node: XmlNode): string {
  const folder = folderOf(call, child(node, 'ParentFolderId'));
  if (isPublic(folder) && call.options.bulkTransfer !== 'everywhere') {
    throw new EwsError('ErrorInvalidOperation', 'UploadItems is not supported for public folders.');
  }
  requirePublicFolderMailbox(call, folder);
  const dataNode = child(node, 'Data');
  const data = dataNode?.data;
  if (!data) throw new EwsError('ErrorCorruptData', 'The item has no data.');
  const associated = toBoolean(node.attributes.IsAssociated) ?? false;
  const replace = replaced(call, node, folder);
  needRight(call, folder, replace === undefined ? Right.create : Right.editAll);
  try {
    const item = fromStore(() => call.store.uploadStream(folder.id, data, associated, replace));
    return el('m:ItemId', '', { Id: call.ids.item(item.id), ChangeKey: item.changeKey });
  } catch (error) {
    if (error instanceof CodecError) throw new EwsError('ErrorCorruptData', 'The data of the item cannot be read.');
    throw error;
  } finally {
    // One item's bytes need not wait for the rest of the batch.
    if (dataNode) delete dataNode.data;
  }
}

/** The id of the item an upload takes the place of; undefined where it makes a new one. */
function replaced(call: Call, node: XmlNode, folder: FolderRecord): string | undefined {
  const action = node.attributes.CreateAction;
  const given = child(node, 'ItemId');
  if (action === 'CreateNew') {
    if (given) throw new EwsError('ErrorInvalidRequest', 'CreateNew takes no ItemId.');
    return undefined;
  }
  if (action !== 'Update' && action !== 'UpdateOrCreate') {
    throw new EwsError('ErrorSchemaValidation', 'The CreateAction is not known.');
  }
  if (!given) {
    if (action === 'Update') throw new EwsError('ErrorInvalidRequest', 'Update needs an ItemId.');
    return undefined;
  }
  try {
    const { item } = itemOf(call, given);
    if (item.folderId === folder.id) return item.id;
    throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
  } catch (error) {
    if (action === 'UpdateOrCreate' && error instanceof EwsError && error.code === 'ErrorItemNotFound')
      return undefined;
    throw error;
  }
}
