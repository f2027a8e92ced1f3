import { PUBLIC_FOLDERS } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError, SoapFault } from '../errors.ts';
import type { EntryId, IdFormat } from '../ids.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

const FORMATS = new Set<string>(['EwsLegacyId', 'EwsId', 'EntryId', 'HexEntryId', 'StoreId', 'OwaId']);

function isFormat(text: string | undefined): text is IdFormat {
  return text !== undefined && FORMATS.has(text);
}

/** [MS-OXWSCVTID] 3.1.4.1. */
export const convertId: Operation = (request, call) => {
  const to = request.attributes.DestinationFormat;
  if (!isFormat(to)) throw new EwsError('ErrorSchemaValidation', 'The DestinationFormat is not known.');
  const ids = child(request, 'SourceIds')?.children ?? [];
  return responseMessages(call, { name: 'ConvertId' }, ids, (id) => convert(call, id, to));
};

function convert(call: Call, node: XmlNode, to: IdFormat): string {
  const from = node.attributes.Format;
  if (!isFormat(from)) throw new EwsError('ErrorInvalidIdMalformed', 'The format of the Id is not known.');
  if (node.name === 'AlternateId') {
    if (!node.attributes.Mailbox)
      throw new SoapFault('ErrorSchemaValidation', 'The request failed schema validation: Mailbox is missing.');
    const entry = call.ids.parse(node.attributes.Id ?? '', from);
    return el('m:AlternateId', '', {
      'xsi:type': 't:AlternateIdType',
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      Format: to,
      Id: call.ids.format(entry, to),
      Mailbox: holder(call, entry) ?? node.attributes.Mailbox,
    });
  }
  const item = node.name === 'AlternatePublicFolderItemId';
  const folder = publicFolder(call, call.ids.parse(node.attributes.FolderId ?? '', from));
  const itemId = item ? { ItemId: call.ids.format(call.ids.parse(node.attributes.ItemId ?? '', from), to) } : {};
  return el('m:AlternateId', '', {
    'xsi:type': item ? 't:AlternatePublicFolderItemIdType' : 't:AlternatePublicFolderIdType',
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    Format: to,
    FolderId: call.ids.format(folder, to),
    ...itemId,
  });
}

/** Address of the mailbox that holds the object. */
function holder(call: Call, entry: EntryId): string | undefined {
  const place = entry.kind === 'folder' ? call.store.folder(entry.id) : call.store.item(entry.id);
  return place && call.store.mailbox(place.mailboxId)?.address;
}

function publicFolder(call: Call, entry: EntryId): EntryId {
  if (entry.kind === 'folder' && call.store.folder(entry.id)?.mailboxId === PUBLIC_FOLDERS) return entry;
  throw new EwsError('ErrorInvalidIdMalformed', 'The Id is not the Id of a public folder.');
}
