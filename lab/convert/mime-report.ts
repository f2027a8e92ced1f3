import type { Email } from 'postal-mime';
import { getText, setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { recipient } from './addresses.ts';
import { headerFields } from './mime-headers.ts';

type Fields = { name: string; value: string }[];

/**
 * Turns a multipart/report into a report item ([MS-OXCMAIL] 2.2.3.7, [MS-OXOMSG] 2.2.2): delivery reports by the actions
 * of RFC 3464, read receipts by the disposition of RFC 8098.
 */
export function applyReport(message: MapiMessage, email: Email, reportType: string): void {
  const part = email.attachments.find((a) =>
    /^message\/(global-)?(delivery-status|disposition-notification)$/.test(a.mimeType),
  );
  const groups = part ? fieldGroups(part.content) : [];
  if (/disposition-notification/i.test(reportType)) applyReceipt(message, groups.flat());
  else applyDelivery(message, groups);
  setProp(message, PidTag.ReportText, email.text ?? '');
  const original = message.attachments.find((a) => a.embedded)?.embedded;
  if (!original) return;
  const subject = getText(original, PidTag.Subject);
  setProp(message, PidTag.OriginalSubject, subject);
}

function applyDelivery(message: MapiMessage, groups: Fields[]): void {
  const recipients = groups.filter((fields) => field(fields, 'final-recipient') ?? field(fields, 'original-recipient'));
  const failed = recipients.some((fields) => /^failed/i.test(field(fields, 'action') ?? ''));
  const delayed = recipients.some((fields) => /^delayed/i.test(field(fields, 'action') ?? ''));
  const suffix = failed || recipients.length === 0 ? 'NDR' : delayed ? 'Delayed.DR' : 'DR';
  setProp(message, PidTag.MessageClass, `REPORT.IPM.Note.${suffix}`);
  const arrival = Date.parse(field(groups[0] ?? [], 'arrival-date') ?? '');
  if (Number.isFinite(arrival)) setTime(message, PidTag.ReportTime, arrival);
  // A report's recipients are those it speaks of, not those it was sent to.
  if (recipients.length > 0) message.recipients = [];
  for (const fields of recipients) {
    const address = (field(fields, 'final-recipient') ?? field(fields, 'original-recipient') ?? '').replace(
      /^[^;]*;\s*/,
      '',
    );
    const bag = recipient(RecipientType.to, { name: address, address });
    const status = /(\d)\.(\d{1,3})\.(\d{1,3})/.exec(field(fields, 'status') ?? '');
    if (status) setProp(bag, PidTag.NonDeliveryReportStatusCode, Number(`${status[1]}${status[2]}${status[3]}`));
    setProp(bag, PidTag.NonDeliveryReportReasonCode, 1);
    setProp(bag, PidTag.NonDeliveryReportDiagCode, status?.[1] === '5' ? 1 : -1);
    setProp(bag, PidTag.SupplementaryInfo, field(fields, 'diagnostic-code') ?? '');
    setProp(bag, PidTag.RemoteMessageTransferAgent, field(fields, 'remote-mta')?.replace(/^[^;]*;\s*/, ''));
    message.recipients.push(bag);
  }
}

function applyReceipt(message: MapiMessage, fields: Fields): void {
  const disposition = field(fields, 'disposition') ?? '';
  const read = /displayed|dispatched|processed/i.test(disposition);
  setProp(message, PidTag.MessageClass, `REPORT.IPM.Note.${read ? 'IPNRN' : 'IPNNRN'}`);
  setProp(message, PidTag.ReportDisposition, disposition);
  const id = field(fields, 'original-message-id');
  if (id) setProp(message, PidTag.InReplyToId, id);
}

function fieldGroups(content: ArrayBuffer | Uint8Array | string): Fields[] {
  const text = typeof content === 'string' ? content : new TextDecoder('windows-1252').decode(content);
  return text
    .split(/\r?\n\s*\r?\n/)
    .map(headerFields)
    .filter((fields) => fields.length > 0);
}

function field(fields: Fields, name: string): string | undefined {
  return fields.find((f) => f.name.toLowerCase() === name)?.value;
}
