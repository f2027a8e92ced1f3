import { type EwsClient, messageError } from '../../exchange/ews/client.ts';
import { child, children, numberOf, textOf, type XmlNode } from '../../exchange/ews/xml.ts';

/** What was found in one mailbox. Sizes are bytes. */
export interface MailboxSize {
  address: string;
  bytes: number;
  items: number;
  largest: { bytes: number; itemClass: string; folder: string } | undefined;
}

interface Folder {
  id: string;
  name: string;
  bytes: number;
  items: number;
}

/** Folders a FindItem call asks about at once. */
const FOLDERS_A_CALL = 100;

/** Size of a mailbox by its folders, and its largest item by one item of each folder, sorted by size: few calls, no content. */
export async function measureMailbox(client: EwsClient, address: string, signal: AbortSignal): Promise<MailboxSize> {
  const anchor = { impersonate: address, anchorMailbox: address };
  const folders = await foldersOf(client, anchor, signal);
  let largest: MailboxSize['largest'];
  const filled = folders.filter(({ items }) => items > 0);
  for (let at = 0; at < filled.length; at += FOLDERS_A_CALL) {
    const part = filled.slice(at, at + FOLDERS_A_CALL);
    for (const found of await largestOf(client, anchor, part, signal)) {
      if (largest === undefined || found.bytes > largest.bytes) largest = found;
    }
  }
  const sum = (value: (folder: Folder) => number): number =>
    folders.reduce((total, folder) => total + value(folder), 0);
  return { address, bytes: sum(({ bytes }) => bytes), items: sum(({ items }) => items), largest };
}

type AnchorOf = { impersonate: string; anchorMailbox: string };

/** PidTagMessageSizeExtended: the bytes of a folder's items. */
const SIZE = '<t:ExtendedFieldURI PropertyTag="0x0e08" PropertyType="Long"/>';

async function foldersOf(client: EwsClient, anchor: AnchorOf, signal: AbortSignal): Promise<Folder[]> {
  const all: Folder[] = [];
  for (let offset = 0; ; ) {
    const page = await client.call({
      operation: 'FindFolder',
      body: `<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:TotalCount"/>${SIZE}</t:AdditionalProperties></m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned="500" Offset="${offset}" BasePoint="Beginning"/><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>`,
      anchor,
      records: ['FindFolderResponseMessage'],
      repeatable: true,
      signal,
      collect() {
        let message: XmlNode | undefined;
        return {
          record: (node: XmlNode) => {
            message = node;
          },
          result: () => {
            const error = message && messageError(message);
            if (error) throw error;
            const root = child(message, 'RootFolder');
            const nodes = child(root, 'Folders')?.children ?? [];
            return { folders: nodes.map(folderOf), last: root?.attributes.IncludesLastItemInRange !== 'false' };
          },
        };
      },
    });
    all.push(...page.folders);
    if (page.last || page.folders.length === 0) return all;
    offset += page.folders.length;
  }
}

function folderOf(node: XmlNode): Folder {
  const size = children(node, 'ExtendedProperty')[0];
  return {
    id: child(node, 'FolderId')?.attributes.Id ?? '',
    name: textOf(node, 'DisplayName') ?? '',
    items: numberOf(node, 'TotalCount') ?? 0,
    bytes: Number(textOf(size, 'Value') ?? 0),
  };
}

async function largestOf(
  client: EwsClient,
  anchor: AnchorOf,
  folders: readonly Folder[],
  signal: AbortSignal,
): Promise<NonNullable<MailboxSize['largest']>[]> {
  const ids = folders.map(({ id }) => `<t:FolderId Id="${id}"/>`).join('');
  return client.call({
    operation: 'FindItem',
    body: `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Size"/><t:FieldURI FieldURI="item:ItemClass"/></t:AdditionalProperties></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/><m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:Size"/></t:FieldOrder></m:SortOrder><m:ParentFolderIds>${ids}</m:ParentFolderIds></m:FindItem>`,
    anchor,
    records: ['FindItemResponseMessage'],
    repeatable: true,
    signal,
    collect() {
      const found: NonNullable<MailboxSize['largest']>[] = [];
      let at = 0;
      return {
        record: (node: XmlNode) => {
          const folder = folders[at++];
          const item = child(node, 'RootFolder', 'Items')?.children[0];
          const bytes = numberOf(item, 'Size');
          if (folder && item && bytes !== undefined) {
            found.push({ bytes, itemClass: textOf(item, 'ItemClass') ?? '', folder: folder.name });
          }
        },
        result: () => found,
      };
    },
  });
}
