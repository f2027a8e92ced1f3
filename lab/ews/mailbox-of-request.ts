import { PUBLIC_FOLDERS } from './access.ts';
import type { Call } from './context.ts';
import { EwsError } from './errors.ts';
import { child, textOf, type XmlNode } from './xml/node.ts';

const ID_ELEMENTS = new Set(['FolderId', 'ItemId', 'ParentFolderId', 'AttachmentId', 'ParentItemId']);

/** Address of the mailbox that the first id of a request lies in, for rules about mailboxes; undefined when none tells. */
export function mailboxOfRequest(call: Call, node: XmlNode): string | undefined {
  if (node.name === 'DistinguishedFolderId') {
    if (node.attributes.Id === PUBLIC_ROOT) return PUBLIC_FOLDERS;
    return textOf(child(node, 'Mailbox'), 'EmailAddress')?.toLowerCase() ?? call.user.address;
  }
  if (ID_ELEMENTS.has(node.name) && node.attributes.Id !== undefined) return ownerOf(call, node.attributes.Id);
  for (const inner of node.children) {
    const found = mailboxOfRequest(call, inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

const PUBLIC_ROOT = 'publicfoldersroot';

function ownerOf(call: Call, id: string): string | undefined {
  try {
    const entry = call.ids.read(id);
    const mailboxId = (entry.kind === 'folder' ? call.store.folder(entry.id) : call.store.item(entry.id))?.mailboxId;
    if (mailboxId === undefined || mailboxId === PUBLIC_FOLDERS) return mailboxId;
    return call.store.mailbox(mailboxId)?.address;
  } catch (error) {
    if (error instanceof EwsError) return undefined;
    throw error;
  }
}
