import type { CallOptions, Result, WrittenItem } from '../../mail-store.ts';
import { type Piece, wireChunks } from '../base64.ts';
import { folderIdXml } from '../ids.ts';
import type { Body } from '../lane.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';

/** An item as XML in pieces: large contents are not put together before they are sent. */
export interface ItemXml {
  length: number;
  pieces(): Iterable<Piece>;
}

/** CreateItem: saved, never sent, and no invitation goes out. All items go into one folder. */
export async function createItems(
  session: Session,
  folderId: string,
  items: ItemXml[],
  options: CallOptions & { timeZoneContext?: string } = {},
): Promise<Result<WrittenItem>[]> {
  return bulk(
    session,
    items,
    async (asked) => {
      const found = await messages(
        session,
        { operation: 'CreateItem', body: body(folderId, asked), repeatable: false, ...options },
        asked.length,
      );
      return resultsOf(found, asked.length, (answer) => {
        const id = child(answer, 'Items')?.children[0]?.children.find((c) => c.name === 'ItemId')?.attributes;
        return { id: id?.Id ?? '', changeKey: id?.ChangeKey ?? '' };
      });
    },
    { writes: true },
  );
}

function body(folderId: string, items: ItemXml[]): Body {
  const head = `<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>${folderIdXml(folderId)}</m:SavedItemFolderId><m:Items>`;
  const foot = '</m:Items></m:CreateItem>';
  return {
    length: Buffer.byteLength(head + foot) + items.reduce((sum, item) => sum + item.length, 0),
    pieces: () => wireChunks(together(head, items, foot)),
  };
}

function* together(head: string, items: ItemXml[], foot: string): Generator<Piece> {
  yield head;
  for (const item of items) yield* item.pieces();
  yield foot;
}
