import type { CallOptions, Result, WrittenItem } from '../../mail-store.ts';
import { folderIdXml, itemIdsXml } from '../ids.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';

/** MoveItem: into another folder; the new ids come back. */
export async function moveItem(
  session: Session,
  ids: string[],
  folderId: string,
  options: CallOptions = {},
): Promise<Result<WrittenItem>[]> {
  return bulk(
    session,
    ids,
    async (asked) => {
      const body = `<m:MoveItem><m:ToFolderId>${folderIdXml(folderId)}</m:ToFolderId>${itemIdsXml(asked)}<m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:MoveItem>`;
      const found = await messages(
        session,
        { operation: 'MoveItem', body, repeatable: false, ...options },
        asked.length,
      );
      return resultsOf(found, asked.length, (message) => {
        const id = child(message, 'Items')?.children[0]?.children.find((c) => c.name === 'ItemId')?.attributes;
        return { id: id?.Id ?? '', changeKey: id?.ChangeKey ?? '' };
      });
    },
    { writes: true },
  );
}
