import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type Mail from 'nodemailer/lib/mailer/index.js';
import MimeNode from 'nodemailer/lib/mime-node/index.js';
import { getBytes, getNumber, getText, getTime } from '../../core/domain/mapi/bag.ts';
import { decodeCodePage } from '../../core/domain/mapi/codepages.ts';
import { SENDER, SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { readFlatEntryList, readOneOffEntryId } from '../../core/domain/mapi/entry-id.ts';
import { AttachMethod, MessageFlag, RecipientType, recipientsOf } from '../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { getCorrespondent, type MailAddress, recipientAddress } from './addresses.ts';
import { messageToIcal } from './ical-out.ts';
import { headerFields } from './mime-headers.ts';
import { joinEntity, signedEntity } from './mime-signed.ts';

/**
 * Writes an item as an Internet message ([MS-OXCMAIL] 2.1), as MimeContent of EWS has it; appointments as iCalendar, which
 * is what Exchange gives for them. The same item gives the same bytes.
 */
export async function messageToMime(message: MapiMessage): Promise<Buffer> {
  const messageClass = getText(message, PidTag.MessageClass) ?? '';
  if (/^IPM\.Appointment/i.test(messageClass)) return Buffer.from(messageToIcal(message), 'utf8');
  const whole = signedEntity(message);
  if (whole) {
    const { text: _text, html: _html, attachments: _attachments, ...headers } = await composition(message);
    const built = await compose({ ...headers, text: '' }, message);
    return joinEntity(built.subarray(0, built.indexOf('\r\n\r\n')).toString('utf8'), whole);
  }
  if (/^REPORT\./i.test(messageClass)) return report(message);
  return compose(await composition(message), message);
}

async function compose(mail: Mail.Options, message: MapiMessage): Promise<Buffer> {
  const node = new MailComposer({ ...mail, ...deterministic(message) } as Mail.Options).compile();
  // Only drafts bring blind copies so far.
  node.keepBcc = mail.bcc !== undefined;
  keepCase(node);
  const built = await build(node);
  return mail.messageId === undefined ? withoutHeader(built, 'Message-ID') : built;
}

async function build(node: MimeNode): Promise<Buffer> {
  return (node as unknown as { build(): Promise<Buffer> }).build();
}

/** nodemailer writes domains in small letters; an item's addresses stay as they are spelt. */
function keepCase(node: MimeNode): void {
  const own = node as unknown as { _normalizeAddress(address: string): string };
  const normalize = own._normalizeAddress.bind(node);
  own._normalizeAddress = (address) => {
    const normal = normalize(address);
    return normal.toLowerCase() === String(address).toLowerCase() ? String(address) : normal;
  };
}

/** Takes out a header that nodemailer adds by itself and the item does not have. */
function withoutHeader(mime: Buffer, name: string): Buffer {
  const end = mime.indexOf('\r\n\r\n');
  const head = mime
    .subarray(0, end + 2)
    .toString('latin1')
    .replace(new RegExp(`^${name}:.*\\r\\n(?:[ \\t].*\\r\\n)*`, 'm'), '');
  return Buffer.concat([Buffer.from(head, 'latin1'), mime.subarray(end + 2)]);
}

/** Boundaries from the item's identity instead of chance. */
function deterministic(message: MapiMessage): { boundaryPrefix: string; baseBoundary: string } {
  const key = Buffer.from(getBytes(message, PidTag.SearchKey) ?? []).toString('hex');
  const id = key || Buffer.from(getText(message, PidTag.InternetMessageId) ?? 'item').toString('hex');
  return { boundaryPrefix: '_', baseBoundary: id.slice(0, 32) || 'item' };
}

async function composition(message: MapiMessage): Promise<Mail.Options> {
  const from = getCorrespondent(message, SENT_REPRESENTING);
  const sender = getCorrespondent(message, SENDER);
  const mail: Mail.Options = {
    to: addresses(message, RecipientType.to),
    cc: addresses(message, RecipientType.cc),
    subject: getText(message, PidTag.Subject) ?? '',
    date: new Date(getTime(message, PidTag.ClientSubmitTime) ?? getTime(message, PidTag.CreationTime) ?? 0),
    attachments: await Promise.all(message.attachments.map(toMailAttachment)),
    headers: keptHeaders(message),
    textEncoding: 'quoted-printable',
  };
  if (from) mail.from = from;
  if (sender && sender.address !== from?.address) mail.sender = sender;
  const draft = ((getNumber(message, PidTag.MessageFlags) ?? 0) & MessageFlag.unsent) !== 0;
  if (draft) mail.bcc = addresses(message, RecipientType.bcc);
  const text = getText(message, PidTag.Body);
  const html = getBytes(message, PidTag.Html);
  if (html) mail.html = decodeCodePage(getNumber(message, PidTag.InternetCodepage) ?? 65001, html) ?? '';
  if (text !== undefined || !html) mail.text = text ?? '';
  const replyTo = replyAddresses(message);
  if (replyTo.length > 0) mail.replyTo = replyTo;
  for (const [key, ref] of [
    ['messageId', PidTag.InternetMessageId],
    ['inReplyTo', PidTag.InReplyToId],
    ['references', PidTag.InternetReferences],
  ] as const) {
    const value = getText(message, ref);
    if (value) mail[key] = value;
  }
  const importance = getNumber(message, PidTag.Importance) ?? 1;
  if (importance !== 1) mail.priority = importance > 1 ? 'high' : 'low';
  return mail;
}

function addresses(message: MapiMessage, type: number): MailAddress[] {
  return recipientsOf(message, type).map(recipientAddress);
}

function replyAddresses(message: MapiMessage): MailAddress[] {
  const entries = readFlatEntryList(getBytes(message, PidTag.ReplyRecipientEntries) ?? new Uint8Array());
  return entries.flatMap((entry) => readOneOffEntryId(entry) ?? []).map(({ name, address }) => ({ name, address }));
}

const OWN =
  /^(from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*|importance|x-priority|x-msmail-priority|priority)$/i;

/** Headers the message came with that nothing else writes: Received, X-…, List-…. */
function keptHeaders(message: MapiMessage): { key: string; value: string }[] {
  return headerFields(getText(message, PidTag.TransportMessageHeaders) ?? '')
    .filter(({ name, value }) => !OWN.test(name) && /^[!-9;-~]+$/.test(name) && value !== '')
    .map(({ name, value }) => ({ key: name, value }));
}

async function toMailAttachment(attachment: MapiAttachment): Promise<Mail.Attachment> {
  const name = getText(attachment, PidTag.AttachLongFilename) ?? getText(attachment, PidTag.AttachFilename);
  if (attachment.embedded) {
    return {
      filename: name ?? false,
      content: await messageToMime(attachment.embedded),
      contentType: 'message/rfc822',
      contentDisposition: 'attachment',
      contentTransferEncoding: '8bit',
    };
  }
  const contentId = getText(attachment, PidTag.AttachContentId);
  const inline = ((getNumber(attachment, PidTag.AttachFlags) ?? 0) & 4) !== 0;
  const byReference = (getNumber(attachment, PidTag.AttachMethod) ?? 1) !== AttachMethod.byValue;
  const data = getBytes(attachment, PidTag.AttachDataBinary) ?? new Uint8Array();
  const part: Mail.Attachment = {
    filename: name ?? false,
    content: Buffer.from(byReference && data.length === 0 ? (getText(attachment, PidTag.AttachPathname) ?? '') : data),
    contentType: getText(attachment, PidTag.AttachMimeTag) ?? 'application/octet-stream',
    contentDisposition: inline ? 'inline' : 'attachment',
  };
  if (contentId) part.cid = contentId;
  return part;
}

/** A multipart/report of RFC 6522 from a report item. */
async function report(message: MapiMessage): Promise<Buffer> {
  const receipt = /IPNN?RN$/i.test(getText(message, PidTag.MessageClass) ?? '');
  const kind = receipt ? 'disposition-notification' : 'delivery-status';
  const { attachments = [], ...mail } = await composition(message);
  const composed = await compose({ ...mail, html: undefined, text: '' } as Mail.Options, message);
  const root = new MimeNode(`multipart/report; report-type=${kind}`, deterministic(message));
  keepCase(root);
  for (const { name, value } of headerFields(composed.subarray(0, composed.indexOf('\r\n\r\n')).toString('utf8'))) {
    if (!/^(content-|mime-version)/i.test(name)) root.addHeader(name, value);
  }
  root.createChild('text/plain; charset=utf-8').setContent(mail.text === undefined ? '' : String(mail.text));
  for (const part of attachments) {
    const child = root.createChild(part.contentType ?? 'application/octet-stream', {
      filename: part.filename ? part.filename : '',
    });
    child.setContent(part.content as Buffer);
  }
  return build(root);
}
