import { findProp, getBoolean, getNumber, getText, getTime, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { AttachMethod, newAttachment } from '../../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { lastOccurrenceDay } from '../../../core/domain/mapi/occurrences.ts';
import {
  type AppointmentRecurrence,
  midnight,
  type RecurrenceException,
  writeAppointmentRecurrence,
} from '../../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { localToUtc, utcToLocal } from '../../../core/domain/mapi/time-zone.ts';
import type { Call } from '../context.ts';
import type { XmlNode } from '../xml/node.ts';
import { needOccurrence, needSeries, occurrenceMessage } from './occurrence-view.ts';
import { exceptionAttachment, type Occurrence, type Series } from './series.ts';
import { applyUpdates } from './write.ts';

/** Takes one occurrence out of a series ([MS-OXOCAL] 2.2.1.44.1, DeletedInstanceDates). */
export function removeOccurrence(master: MapiMessage, original: number): void {
  const series = needSeries(master);
  const occurrence = needOccurrence(series, original);
  dropAttachment(series, occurrence);
  const day = midnight(occurrence.original);
  writeSeries(master, {
    ...series.recurrence,
    deleted: sorted([...series.recurrence.deleted, day]),
    exceptions: series.recurrence.exceptions.filter((e) => midnight(e.originalStart) !== day),
  });
}

/** Changes one occurrence of a series, which becomes an exception ([MS-OXOCAL] 2.2.1.44.2, 2.2.10). */
export async function changeOccurrence(
  call: Call,
  master: MapiMessage,
  original: number,
  updates: XmlNode | undefined,
): Promise<void> {
  const series = needSeries(master);
  const occurrence = needOccurrence(series, original);
  const changed = occurrenceMessage(series, occurrence);
  await applyUpdates(call, changed, updates);
  const exception = exceptionOf(series, occurrence, changed);
  dropAttachment(series, occurrence);
  master.attachments.push(newExceptionAttachment(series, exception, changed));
  const day = midnight(occurrence.original);
  writeSeries(master, {
    ...series.recurrence,
    deleted: sorted([...series.recurrence.deleted.filter((d) => d !== day), day]),
    exceptions: [...series.recurrence.exceptions.filter((e) => midnight(e.originalStart) !== day), exception],
  });
}

const sorted = (days: number[]) => days.sort((a, b) => a - b);

function writeSeries(master: MapiMessage, recurrence: AppointmentRecurrence): void {
  setProp(master, PidLid.AppointmentRecur, writeAppointmentRecurrence(recurrence, lastOccurrenceDay(recurrence)));
}

function dropAttachment(series: Series, occurrence: Occurrence): void {
  const old = exceptionAttachment(series, occurrence);
  if (old) series.message.attachments = series.message.attachments.filter((a) => a !== old);
}

function exceptionOf(series: Series, occurrence: Occurrence, changed: MapiMessage): RecurrenceException {
  const { message: master, zone } = series;
  const exception: RecurrenceException = {
    start: utcToLocal(zone, getTime(changed, PidLid.AppointmentStartWhole) ?? occurrence.start),
    end: utcToLocal(zone, getTime(changed, PidLid.AppointmentEndWhole) ?? occurrence.end),
    originalStart: occurrence.original,
  };
  const subject = getText(changed, PidTag.Subject);
  if (subject !== getText(master, PidTag.Subject)) exception.subject = subject ?? '';
  const location = getText(changed, PidLid.Location);
  if (location !== getText(master, PidLid.Location)) exception.location = location ?? '';
  const busy = getNumber(changed, PidLid.BusyStatus);
  if (busy !== undefined && busy !== getNumber(master, PidLid.BusyStatus)) exception.busyStatus = busy;
  const allDay = getBoolean(changed, PidLid.AppointmentSubType);
  if (allDay !== undefined && allDay !== getBoolean(master, PidLid.AppointmentSubType)) exception.allDay = allDay;
  const reminder = getBoolean(changed, PidLid.ReminderSet);
  if (reminder !== undefined && reminder !== getBoolean(master, PidLid.ReminderSet)) exception.reminderSet = reminder;
  const delta = getNumber(changed, PidLid.ReminderDelta);
  if (delta !== undefined && delta !== getNumber(master, PidLid.ReminderDelta)) exception.reminderDelta = delta;
  if (getText(changed, PidTag.Body) !== getText(master, PidTag.Body)) exception.exceptionalBody = true;
  return exception;
}

const EXCEPTION_CLASS = 'IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}';

function newExceptionAttachment(series: Series, exception: RecurrenceException, changed: MapiMessage): MapiAttachment {
  const attachment = newAttachment(AttachMethod.embeddedMessage);
  setProp(attachment, PidTag.AttachmentFlags, 2);
  setProp(attachment, PidTag.AttachmentHidden, true);
  setProp(attachment, PidTag.AttachFlags, 0);
  setProp(attachment, PidTag.AttachmentLinkId, 0);
  setProp(attachment, PidTag.RenderingPosition, -1);
  setProp(attachment, PidTag.DisplayName, 'Untitled Attachment');
  setTime(attachment, PidTag.ExceptionStartTime, exception.start);
  setTime(attachment, PidTag.ExceptionEndTime, exception.end);
  const embedded: MapiMessage = {
    properties: differing(series.message, changed),
    recipients: changed.recipients,
    attachments: [],
  };
  setProp(embedded, PidTag.MessageClass, EXCEPTION_CLASS);
  setProp(embedded, PidLid.Recurring, false);
  setTime(embedded, PidLid.ExceptionReplaceTime, localToUtc(series.zone, exception.originalStart));
  setTime(embedded, PidLid.AppointmentStartWhole, localToUtc(series.zone, exception.start));
  setTime(embedded, PidLid.AppointmentEndWhole, localToUtc(series.zone, exception.end));
  attachment.embedded = embedded;
  return attachment;
}

/** Properties an exception keeps for itself: those that are not as the series has them. */
function differing(master: MapiMessage, changed: MapiMessage): MapiMessage['properties'] {
  return changed.properties.filter((p) => {
    const before = findProp(master, p);
    return !before || text(before.value) !== text(p.value);
  });
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'bigint' ? `${v}n` : v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v,
  );
}
