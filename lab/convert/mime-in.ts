import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { codePageOf } from '../../core/domain/mapi/codepages.ts';
import { SENDER, SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { flatEntryList, oneOffEntryId } from '../../core/domain/mapi/entry-id.ts';
import { MessageFlag, newMessage, RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../core/domain/mapi/model.ts';
import { named } from '../../core/domain/mapi/ref.ts';
import { PropSet } from '../../core/domain/mapi/sets.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { type MailAddress, recipient, setCorrespondent } from './addresses.ts';
import { fileAttachment, messageAttachment } from './attachments.ts';
import { ConvertError } from './mime-error.ts';
import { headerOf, headerParameter, splitHeaders } from './mime-headers.ts';
import { applyReport } from './mime-report.ts';
import { applySigned } from './mime-signed.ts';
import { setConversationIndex, setSubject } from './subject.ts';

/** Embedded messages nested deeper than this become plain attachments. */
const MAX_EMBEDDED = 8;
/** Internet headers beginning with x- that become named properties. */
const MAX_X_HEADERS = 40;

export interface MimeOptions {
  /** Time of delivery, ms since the epoch; otherwise the newest Received header, then Date. */
  received?: number;
}

/**
 * Reads an Internet message (RFC 5322, 2045) as an item, after the rules of [MS-OXCMAIL]. Signed and encrypted mail is
 * kept whole, reports become report classes, messages within become embedded messages. Throws ConvertError for bytes
 * that are no message.
 */
export async function mimeToMessage(raw: Uint8Array, options: MimeOptions = {}, depth = 0): Promise<MapiMessage> {
  const { headerText } = splitHeaders(raw);
  if (raw.length === 0 || headerText.trim() === '') throw new ConvertError('empty', 'the file holds nothing');
  if (!/^[!-9;-~]+[ \t]*:/m.test(headerText)) throw new ConvertError('noHeaders', 'no line looks like a header');
  const email = await parse(raw);
  const message = newMessage('IPM.Note');
  setHeaders(message, email, headerText, options);
  setBodies(message, email);
  const type = headerOf(email, 'content-type') ?? '';
  if (/^\s*(multipart\/signed|application\/(x-)?pkcs7-mime)/i.test(type)) applySigned(message, raw, type);
  else {
    for (const attachment of email.attachments) message.attachments.push(await toAttachment(attachment, depth));
    if (/^\s*multipart\/report/i.test(type)) applyReport(message, email, headerParameter(type, 'report-type') ?? '');
  }
  return message;
}

async function parse(raw: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(raw, { forceRfc822Attachments: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/depth|nesting/i.test(text)) throw new ConvertError('tooDeep', 'its parts are nested too deep');
    throw new ConvertError('headersTooLarge', 'its headers are too large to read');
  }
}

function setHeaders(message: MapiMessage, email: Email, headerText: string, options: MimeOptions): void {
  setSubject(message, email.subject ?? '');
  const sent = validTime(email.date);
  const received = options.received ?? newestReceived(email) ?? sent;
  setTime(message, PidTag.ClientSubmitTime, sent ?? received);
  setTime(message, PidTag.MessageDeliveryTime, received);
  setTime(message, PidTag.CreationTime, received ?? sent);
  const [from] = flat(email.from ? [email.from] : []);
  const [sender] = flat(email.sender ? [email.sender] : []);
  if (from ?? sender) setCorrespondent(message, SENT_REPRESENTING, from ?? sender ?? { name: '', address: '' });
  if (sender ?? from) setCorrespondent(message, SENDER, sender ?? from ?? { name: '', address: '' });
  for (const [type, list] of [
    [RecipientType.to, email.to],
    [RecipientType.cc, email.cc],
    [RecipientType.bcc, email.bcc],
  ] as const) {
    for (const who of flat(list ?? [])) message.recipients.push(recipient(type, who));
  }
  setProp(message, PidTag.InternetMessageId, email.messageId || undefined);
  setProp(message, PidTag.InReplyToId, email.inReplyTo || undefined);
  setProp(message, PidTag.InternetReferences, email.references || undefined);
  setProp(message, PidTag.TransportMessageHeaders, `${headerText.replace(/\r?\n/g, '\r\n')}\r\n\r\n`);
  setReplyTo(message, flat(email.replyTo ?? []));
  setMarks(message, email);
  setXHeaders(message, email);
  const references = (email.references ?? '').split(/\s+/).filter(Boolean);
  const thread = references[0] ?? email.inReplyTo ?? email.messageId ?? email.subject ?? '';
  setConversationIndex(message, thread, sent ?? 0, references.length || (email.inReplyTo ? 1 : 0));
  setProp(message, PidTag.MessageFlags, /^1/.test(headerOf(email, 'x-unsent') ?? '') ? MessageFlag.unsent : 0);
}

function setReplyTo(message: MapiMessage, replyTo: MailAddress[]): void {
  if (replyTo.length === 0) return;
  setProp(message, PidTag.ReplyRecipientNames, replyTo.map((r) => r.name || r.address).join(';'));
  setProp(
    message,
    PidTag.ReplyRecipientEntries,
    flatEntryList(replyTo.map((r) => oneOffEntryId(r.name || r.address, r.address))),
  );
}

/** Importance, sensitivity and requests for receipts ([MS-OXCMAIL] 2.2.3.2). */
function setMarks(message: MapiMessage, email: Email): void {
  const importance = headerOf(email, 'importance') ?? headerOf(email, 'x-msmail-priority') ?? '';
  const priority = headerOf(email, 'x-priority') ?? '';
  const high = /^high/i.test(importance) || /^[12]/.test(priority);
  const low = /^low/i.test(importance) || /^[45]/.test(priority);
  setProp(message, PidTag.Importance, high ? 2 : low ? 0 : 1);
  setProp(message, PidTag.Priority, high ? 1 : low ? -1 : 0);
  const sensitivity = (headerOf(email, 'sensitivity') ?? '').toLowerCase();
  const levels = ['normal', 'personal', 'private', 'company-confidential'];
  setProp(message, PidTag.Sensitivity, Math.max(0, levels.indexOf(sensitivity)));
  setProp(message, PidTag.ReadReceiptRequested, headerOf(email, 'disposition-notification-to') !== undefined);
  setProp(message, PidTag.OriginatorDeliveryReportRequested, headerOf(email, 'return-receipt-to') !== undefined);
}

function setXHeaders(message: MapiMessage, email: Email): void {
  const seen = new Set<string>();
  for (const { key, value } of email.headers) {
    if (!key.startsWith('x-') || seen.size >= MAX_X_HEADERS || seen.has(key) || !/^[!-~]{1,127}$/.test(key)) continue;
    seen.add(key);
    setProp(message, named(PropSet.InternetHeaders, key, 'String'), value.slice(0, 32_000));
  }
}

function setBodies(message: MapiMessage, email: Email): void {
  const charset = headerParameter(headerOf(email, 'content-type') ?? '', 'charset');
  setProp(message, PidTag.MessageCodepage, charset ? codePageOf(charset) : 65001);
  setProp(message, PidTag.InternetCodepage, 65001);
  if (email.text !== undefined) setProp(message, PidTag.Body, email.text.replace(/\r?\n/g, '\r\n'));
  if (email.html !== undefined) setProp(message, PidTag.Html, new TextEncoder().encode(email.html));
  setProp(message, PidTag.NativeBody, email.html !== undefined ? 3 : 1);
}

async function toAttachment(part: Attachment, depth: number): Promise<MapiAttachment> {
  const content = bytesOf(part.content);
  if (part.mimeType === 'message/rfc822' && depth < MAX_EMBEDDED) {
    try {
      return messageAttachment(await mimeToMessage(content, {}, depth + 1), part.filename);
    } catch (error) {
      // What cannot be read as a message stays a file: nothing of the original is lost.
      if (!(error instanceof ConvertError)) throw error;
    }
  }
  const inline = part.disposition === 'inline' || part.related === true;
  const contentId = part.contentId?.replace(/^<|>$/g, '');
  const file = { name: fileName(part), mimeType: part.mimeType, data: content };
  const attachment = fileAttachment(inline && contentId ? { ...file, contentId } : file);
  if (contentId) setProp(attachment, PidTag.AttachContentId, contentId);
  if (part.description) setProp(attachment, PidTag.DisplayName, part.description);
  return attachment;
}

const EXTENSIONS: Record<string, string> = {
  'message/delivery-status': 'txt',
  'text/calendar': 'ics',
  'text/plain': 'txt',
  'text/html': 'htm',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'application/pdf': 'pdf',
};

function fileName(part: Attachment): string {
  if (part.filename) return part.filename.replace(/[\0\r\n]/g, '');
  return `attachment.${EXTENSIONS[part.mimeType] ?? 'dat'}`;
}

function bytesOf(content: Attachment['content']): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

/** Groups are unfolded; an address without a mailbox is kept with its name. */
function flat(addresses: Address[]): MailAddress[] {
  return addresses.flatMap((one) =>
    one.group ? one.group.map(({ name, address }) => ({ name, address })) : [{ name: one.name, address: one.address }],
  );
}

/** ms of a date that is one and that a FILETIME can hold. */
function validTime(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(ms) && ms > Date.UTC(1601, 0, 2) && ms < Date.UTC(9999, 0, 1) ? ms : undefined;
}

function newestReceived(email: Email): number | undefined {
  for (const { key, value } of email.headers) {
    if (key !== 'received') continue;
    const time = validTime(
      value
        .slice(value.lastIndexOf(';') + 1)
        .replace(/\([^)]*\)/g, ' ')
        .trim(),
    );
    if (time !== undefined) return time;
  }
  return undefined;
}
