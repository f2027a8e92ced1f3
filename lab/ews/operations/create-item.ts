import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import type { FolderRecord } from '../../model.ts';
import { folderOf, needRight, ownMailbox, Right, requirePublicFolderMailbox } from '../access.ts';
import type { Call } from '../context.ts';
import { deliver } from '../deliver.ts';
import { EwsError } from '../errors.ts';
import { itemIdOnlyXml } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { asSaved, asSent, readNewItem } from '../items/write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSCORE] 3.1.4.2: items typed or by MimeContent, saved, sent or both. */
export const createItem: Operation = (request, call) => {
  const disposition = request.attributes.MessageDisposition;
  const target = child(request, 'SavedItemFolderId')?.children[0];
  const items = child(request, 'Items')?.children ?? [];
  return responseMessages(call, { name: 'CreateItem', afterError: '<m:Items/>' }, items, async (node) => {
    const message = await readNewItem(call, node);
    const mail = /^(Message|Meeting)/.test(node.name);
    if (mail && disposition !== undefined && disposition !== 'SaveOnly')
      return send(call, message, disposition, target);
    const folder = target ? folderOf(call, target) : defaultFolder(call, node);
    if (mail) asSaved(call, message, node);
    return el('m:Items', save(call, folder, message));
  });
};

function save(call: Call, folder: FolderRecord, message: MapiMessage): string {
  needRight(call, folder, Right.create);
  requirePublicFolderMailbox(call, folder);
  const item = fromStore(() => call.store.createItem(folder.id, message));
  return itemIdOnlyXml(new ItemView(call, item));
}

function send(call: Call, message: MapiMessage, disposition: string, target: XmlNode | undefined): string {
  asSent(call, message);
  deliver(call, message);
  if (disposition === 'SendOnly') return '<m:Items/>';
  const folder = target ? folderOf(call, target) : byName(call, 'sentitems');
  needRight(call, folder, Right.create);
  fromStore(() => call.store.createItem(folder.id, message));
  // As Exchange: the copy's id is not told.
  return '<m:Items/>';
}

const DEFAULTS: Record<string, string> = {
  CalendarItem: 'calendar',
  Contact: 'contacts',
  DistributionList: 'contacts',
  Task: 'tasks',
};

function defaultFolder(call: Call, node: XmlNode): FolderRecord {
  return byName(call, DEFAULTS[node.name] ?? 'drafts');
}

function byName(call: Call, name: string): FolderRecord {
  const folder = call.store.distinguished(ownMailbox(call).id, name);
  if (!folder) throw new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  return folder;
}
