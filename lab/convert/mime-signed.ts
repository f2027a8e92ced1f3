import { getBytes, getText, setProp } from '../../core/domain/mapi/bag.ts';
import { AttachMethod, newAttachment } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidName } from '../../core/domain/mapi/names.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { headerFields, splitHeaders } from './mime-headers.ts';

/**
 * Signed and encrypted mail ([MS-OXOSMIME] 2.1): one attachment holds the MIME entity to the byte, so that the signature
 * still holds after any number of moves.
 */
export function applySigned(message: MapiMessage, raw: Uint8Array, contentType: string): void {
  const multipart = /^\s*multipart\/signed/i.test(contentType);
  setProp(message, PidTag.MessageClass, multipart ? 'IPM.Note.SMIME.MultipartSigned' : 'IPM.Note.SMIME');
  setProp(message, PidName.ContentType, contentType.replace(/\s+/g, ' ').trim());
  const attachment = newAttachment(AttachMethod.byValue);
  setProp(attachment, PidTag.AttachMimeTag, multipart ? 'multipart/signed' : 'application/pkcs7-mime');
  setProp(attachment, PidTag.AttachLongFilename, 'smime.p7m');
  setProp(attachment, PidTag.AttachFilename, 'smime.p7m');
  setProp(attachment, PidTag.AttachExtension, '.p7m');
  setProp(attachment, PidTag.DisplayName, 'smime.p7m');
  setProp(attachment, PidTag.RenderingPosition, -1);
  setProp(attachment, PidTag.AttachDataBinary, entity(raw));
  message.attachments = [attachment];
}

/** The entity: its Content- headers and the body as it came. */
function entity(raw: Uint8Array): Uint8Array {
  const { headerText, body } = splitHeaders(raw);
  const fields = headerText
    .split(/\r?\n(?![ \t])/)
    .filter((field) => /^content-/i.test(field))
    .map((field) => field.replace(/\r?\n/g, '\r\n'));
  return Uint8Array.from(Buffer.concat([Buffer.from(`${fields.join('\r\n')}\r\n\r\n`, 'utf8'), body]));
}

/** The kept entity of a signed or encrypted item; undefined where it is none. */
export function signedEntity(message: MapiMessage): Uint8Array | undefined {
  if (!/^IPM\.Note\.SMIME/i.test(getText(message, PidTag.MessageClass) ?? '')) return undefined;
  const [only] = message.attachments;
  return message.attachments.length === 1 && only ? getBytes(only, PidTag.AttachDataBinary) : undefined;
}

/** Joins the item's own headers with the kept entity. */
export function joinEntity(headers: string, whole: Uint8Array): Buffer {
  const own = headers
    .split(/\r?\n(?![ \t])/)
    .filter((field) => field !== '' && !/^(content-|mime-version)/i.test(field));
  const hasContentType = headerFields(splitHeaders(whole).headerText).some((f) => /^content-type$/i.test(f.name));
  const head = [...own, 'MIME-Version: 1.0', ...(hasContentType ? [] : ['Content-Type: application/pkcs7-mime'])];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n`, 'utf8'), whole]);
}
