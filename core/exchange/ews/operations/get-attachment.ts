import type { CallOptions, Result } from '../../mail-store.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child, escapeXml, type XmlNode } from '../xml.ts';

/** GetAttachment: files with their bytes, attached items with typed properties. One answer for each id, in order. */
export async function getAttachments(
  session: Session,
  ids: string[],
  additional: string,
  options: CallOptions = {},
): Promise<Result<XmlNode>[]> {
  const ask = async (asked: string[]): Promise<Result<XmlNode>[]> => {
    const shape =
      additional === ''
        ? ''
        : `<m:AttachmentShape><t:AdditionalProperties>${additional}</t:AdditionalProperties></m:AttachmentShape>`;
    const list = asked.map((id) => `<t:AttachmentId Id="${escapeXml(id)}"/>`).join('');
    const body = `<m:GetAttachment>${shape}<m:AttachmentIds>${list}</m:AttachmentIds></m:GetAttachment>`;
    const found = await messages(
      session,
      { operation: 'GetAttachment', body, repeatable: true, blobs: ['Content'], ...options },
      asked.length,
    );
    return resultsOf(found, asked.length, (message) => {
      const node = child(message, 'Attachments')?.children[0];
      return node ?? { name: 'FileAttachment', attributes: {}, children: [], text: '' };
    });
  };
  return bulk(session, ids, ask, { signal: options.signal });
}
