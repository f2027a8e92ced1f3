import { getNumber } from '../../../core/domain/mapi/bag.ts';
import type { MapiAttachment, MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import type { FolderRecord, ItemRecord } from '../../model.ts';
import { checkItemFault, itemById } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import type { EntryId } from '../ids.ts';
import type { XmlNode } from '../xml/node.ts';

/** An attachment found by its id, with the messages it lies in. */
export interface FoundAttachment {
  item: ItemRecord;
  folder: FolderRecord;
  /** The outermost message; the one the attachment is of; the attachment's place in it. */
  root: MapiMessage;
  parent: MapiMessage;
  index: number;
  attachment: MapiAttachment;
  numbers: number[];
}

export function attachmentEntry(call: Call, node: XmlNode | undefined): Extract<EntryId, { kind: 'attachment' }> {
  const entry = call.ids.read(node?.attributes.Id ?? '');
  if (entry.kind === 'attachment') return entry;
  throw new EwsError('ErrorInvalidAttachmentId', 'The Id is not the Id of an attachment.');
}

/** Walks to an attachment, through attached items where the id names several numbers; throws ErrorItemNotFound. */
export function findAttachment(call: Call, node: XmlNode): FoundAttachment {
  const { id, numbers } = attachmentEntry(call, node);
  const { item, folder } = itemById(call, id);
  checkItemFault(call, item);
  const root = call.store.message(id);
  let parent = root;
  for (const [depth, number] of numbers.entries()) {
    const index = parent.attachments.findIndex((a, i) => (getNumber(a, PidTag.AttachNumber) ?? i) === number);
    const attachment = parent.attachments[index];
    if (!attachment) break;
    if (depth === numbers.length - 1) return { item, folder, root, parent, index, attachment, numbers };
    if (!attachment.embedded) break;
    parent = attachment.embedded;
  }
  throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
}
