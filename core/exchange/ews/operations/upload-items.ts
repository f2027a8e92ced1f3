import type { CallOptions, Result, StreamContent, WrittenItem } from '../../mail-store.ts';
import { base64Length, type Piece, wireChunks } from '../base64.ts';
import { folderIdXml, itemIdXml } from '../ids.ts';
import type { Body } from '../lane.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';

export interface Upload {
  folderId: string;
  associated: boolean;
  content: StreamContent;
  replaceId?: string | undefined;
}

/** Bytes of one item inside an UploadItems request, beside others: its base64 and the elements around it. */
export function uploadLength(size: number): number {
  return base64Length(size) + 700;
}

/** UploadItems: writes streams as new items, or in place of existing ones. One answer for each, in order. */
export async function uploadItems(
  session: Session,
  uploads: Upload[],
  options: CallOptions = {},
): Promise<Result<WrittenItem>[]> {
  return bulk(
    session,
    uploads,
    async (asked) => {
      const found = await messages(
        session,
        { operation: 'UploadItems', body: uploadBody(asked), repeatable: false, ...options },
        asked.length,
      );
      return resultsOf(found, asked.length, (message) => {
        const id = child(message, 'ItemId')?.attributes;
        return { id: id?.Id ?? '', changeKey: id?.ChangeKey ?? '' };
      });
    },
    { writes: true },
  );
}

function uploadBody(uploads: Upload[]): Body {
  const head = '<m:UploadItems><m:Items>';
  const foot = '</m:Items></m:UploadItems>';
  const heads = uploads.map(itemHead);
  const tail = '</t:Data></t:Item>';
  const length =
    Buffer.byteLength(head + foot) +
    uploads.reduce(
      (sum, upload, index) =>
        sum + Buffer.byteLength(heads[index] ?? '') + base64Length(upload.content.size) + tail.length,
      0,
    );
  return { length, pieces: () => wireChunks(gather(head, foot, tail, uploads, heads)) };
}

function* gather(head: string, foot: string, tail: string, uploads: Upload[], heads: string[]): Generator<Piece> {
  yield head;
  for (const [index, upload] of uploads.entries()) {
    yield heads[index] ?? '';
    yield { parts: upload.content.parts };
    yield tail;
  }
  yield foot;
}

function itemHead(upload: Upload): string {
  const action = upload.replaceId === undefined ? 'CreateNew' : 'Update';
  const id = upload.replaceId === undefined ? '' : itemIdXml(upload.replaceId);
  const parent = folderIdXml(upload.folderId).replace('t:FolderId', 't:ParentFolderId');
  return `<t:Item CreateAction="${action}" IsAssociated="${upload.associated}">${parent}${id}<t:Data>`;
}
