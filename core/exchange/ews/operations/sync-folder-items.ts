import type { ChangePage, ChangesOptions, ItemChange } from '../../mail-store.ts';
import { SyncStateLost } from '../../sync-state-lost.ts';
import { EwsError } from '../codes.ts';
import { folderIdXml } from '../ids.ts';
import { itemShape, readItem } from '../read-item.ts';
import { message, type Session } from '../run.ts';
import { booleanOf, child, escapeXml, textOf, type XmlNode } from '../xml.ts';

/** The server allows no more changes in one call. */
const MAX_CHANGES = 512;

/** SyncFolderItems: what changed in a folder after a state. @throws SyncStateLost when the state is not known any more. */
export async function syncFolderItems(
  session: Session,
  folderId: string,
  state: string,
  options: ChangesOptions = {},
): Promise<ChangePage> {
  // Exchange 2007 knows no scope: it tells of normal items alone.
  const scope = session.client.speaks('Exchange2010')
    ? `<m:SyncScope>${options.associated ? 'NormalAndAssociatedItems' : 'NormalItems'}</m:SyncScope>`
    : '';
  const body = `<m:SyncFolderItems>${itemShape('sync', session)}<m:SyncFolderId>${folderIdXml(folderId)}</m:SyncFolderId>${
    state === '' ? '' : `<m:SyncState>${escapeXml(state)}</m:SyncState>`
  }<m:MaxChangesReturned>${Math.min(options.max ?? MAX_CHANGES, MAX_CHANGES)}</m:MaxChangesReturned>${scope}</m:SyncFolderItems>`;
  try {
    const answer = await message(session, {
      operation: 'SyncFolderItems',
      body,
      repeatable: true,
      signal: options.signal,
    });
    const changes = (child(answer, 'Changes')?.children ?? []).flatMap(readChange);
    return {
      changes,
      state: textOf(answer, 'SyncState') ?? '',
      // An answer without the mark and without changes is the last one: never ask for ever.
      last: booleanOf(answer, 'IncludesLastItemInRange') ?? changes.length === 0,
    };
  } catch (error) {
    if (error instanceof EwsError && state !== '' && SYNC_STATE_CODES.has(error.code)) throw new SyncStateLost();
    throw error;
  }
}

const SYNC_STATE_CODES = new Set([
  'ErrorInvalidSyncStateData',
  'ErrorSyncStateInvalid',
  'ErrorSyncStateCorrupted',
  'ErrorCorruptData',
]);

function readChange(node: XmlNode): ItemChange[] {
  const id = child(node, 'ItemId')?.attributes;
  switch (node.name) {
    case 'Create':
    case 'Update': {
      const item = node.children[0];
      if (!item) return [];
      return [{ kind: node.name === 'Create' ? 'create' : 'update', item: readItem(item) }];
    }
    case 'ReadFlagChange':
      return [
        {
          kind: 'read',
          id: id?.Id ?? '',
          changeKey: id?.ChangeKey ?? '',
          read: booleanOf(node, 'IsRead') ?? true,
        },
      ];
    case 'Delete':
      return [{ kind: 'delete', id: id?.Id ?? '' }];
    default:
      return [];
  }
}
