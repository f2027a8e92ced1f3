import type { CallOptions, Result } from '../../mail-store.ts';
import { itemIdsXml } from '../ids.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child, type XmlNode } from '../xml.ts';

/** GetItem with any shape: the item elements, one answer for each id. `blobs` names elements with base64. */
export async function getItem(
  session: Session,
  ids: string[],
  shape: string,
  options: CallOptions & { blobs?: string[]; timeZoneContext?: string } = {},
): Promise<Result<XmlNode>[]> {
  const ask = async (asked: string[]): Promise<Result<XmlNode>[]> => {
    const body = `<m:GetItem>${shape}${itemIdsXml(asked)}</m:GetItem>`;
    const found = await messages(session, { operation: 'GetItem', body, repeatable: true, ...options }, asked.length);
    return resultsOf(found, asked.length, (message) => {
      const node = child(message, 'Items')?.children[0];
      return node ?? { name: 'Item', attributes: {}, children: [], text: '' };
    });
  };
  return bulk(session, ids, ask, { signal: options.signal });
}
