import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { SENDER, SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { globalObjectId } from '../../core/domain/mapi/global-object-id.ts';
import { AttachMethod, MessageFlag, newAttachment, newMessage, RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { lastOccurrenceDay } from '../../core/domain/mapi/occurrences.ts';
import {
  type AppointmentRecurrence,
  midnight,
  type RecurrenceException,
  writeAppointmentRecurrence,
} from '../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import {
  localToUtc,
  utcToLocal,
  writeTimeZoneDefinition,
  writeTimeZoneStruct,
  type ZoneRule,
} from '../../core/domain/mapi/time-zone.ts';
import { type MailAddress, recipient, setCorrespondent } from './addresses.ts';
import { setSubject } from './subject.ts';

/** PidLidBusyStatus ([MS-OXOCAL] 2.2.1.2). */
export const BusyStatus = { free: 0, tentative: 1, busy: 2, outOfOffice: 3, workingElsewhere: 4 } as const;
/** PidLidResponseStatus and PidTagRecipientTrackStatus ([MS-OXOCAL] 2.2.1.11). */
export const Response = { none: 0, organized: 1, tentative: 2, accepted: 3, declined: 4, notResponded: 5 } as const;
/** PidLidAppointmentStateFlags ([MS-OXOCAL] 2.2.1.10). */
const STATE = { meeting: 1, received: 2, cancelled: 4 } as const;

export interface Attendee extends MailAddress {
  /** PidTagRecipientType: 1 required, 2 optional, 3 room or equipment. */
  type: number;
  response: number;
}

/** What one appointment, or one occurrence of a series, is. Times are ms since the epoch, UTC. */
export interface AppointmentContent {
  subject: string;
  body?: string;
  html?: string;
  location?: string;
  start: number;
  end: number;
  allDay: boolean;
  busy: number;
  /** Minutes before the start; null for none. */
  reminder: number | null;
}

export interface AppointmentSpec extends AppointmentContent {
  uid: string;
  zone: ZoneRule;
  /** In the wall-clock time of `zone`; `exceptions` here are those of `occurrences`. */
  recurrence?: Omit<AppointmentRecurrence, 'exceptions' | 'startOffset' | 'endOffset'>;
  /** Occurrences that differ from the series. `original` is the start the series gave, UTC. */
  occurrences?: (AppointmentContent & { original: number })[];
  organizer?: MailAddress;
  attendees?: Attendee[];
  /** The mailbox owner's own answer where somebody else organized. */
  response?: number;
  cancelled?: boolean;
  sequence?: number;
  categories?: string[];
  /** 0 normal, 1 personal, 2 private, 3 confidential */
  sensitivity?: number;
  importance?: number;
  created?: number;
  modified?: number;
}

/** An appointment or meeting as the calendar of its owner holds it ([MS-OXOCAL] 2.2.1). */
export function appointmentMessage(spec: AppointmentSpec): MapiMessage {
  const message = newMessage('IPM.Appointment');
  setContent(message, spec, spec.zone);
  const id = globalObjectId(spec.uid);
  setProp(message, PidLid.GlobalObjectId, id);
  setProp(message, PidLid.CleanGlobalObjectId, id);
  setMeeting(message, spec);
  if (spec.categories?.length) setProp(message, PidName.Keywords, spec.categories);
  setProp(message, PidTag.Sensitivity, spec.sensitivity ?? 0);
  setProp(message, PidLid.Private, (spec.sensitivity ?? 0) >= 2);
  setProp(message, PidTag.Importance, spec.importance ?? 1);
  setProp(message, PidTag.MessageFlags, MessageFlag.read);
  setProp(message, PidLid.SideEffects, 369);
  setProp(message, PidTag.IconIndex, spec.recurrence ? 1025 : 1024);
  setTime(message, PidTag.CreationTime, spec.created ?? spec.start);
  setTime(message, PidTag.LastModificationTime, spec.modified ?? spec.created ?? spec.start);
  if (spec.recurrence) setSeries(message, spec, spec.recurrence);
  else setProp(message, PidLid.Recurring, false);
  return message;
}

function setContent(message: MapiMessage, content: AppointmentContent, zone: ZoneRule): void {
  setSubject(message, content.subject);
  if (content.body !== undefined) setProp(message, PidTag.Body, content.body);
  if (content.html !== undefined) setProp(message, PidTag.Html, new TextEncoder().encode(content.html));
  setProp(message, PidTag.InternetCodepage, 65001);
  setProp(message, PidTag.MessageCodepage, 65001);
  setProp(message, PidLid.Location, content.location ?? '');
  for (const [ref, ms] of [
    [PidLid.AppointmentStartWhole, content.start],
    [PidLid.AppointmentEndWhole, content.end],
    [PidLid.CommonStart, content.start],
    [PidLid.CommonEnd, content.end],
    [PidTag.StartDate, content.start],
    [PidTag.EndDate, content.end],
  ] as const) {
    setTime(message, ref, ms);
  }
  setProp(message, PidLid.AppointmentDuration, Math.round((content.end - content.start) / 60_000));
  setProp(message, PidLid.AppointmentSubType, content.allDay);
  setProp(message, PidLid.BusyStatus, content.busy);
  setProp(message, PidLid.ReminderSet, content.reminder !== null);
  setProp(message, PidLid.ReminderDelta, content.reminder ?? 15);
  setTime(message, PidLid.ReminderTime, content.start);
  if (content.reminder !== null) setTime(message, PidLid.ReminderSignalTime, content.start - content.reminder * 60_000);
  setProp(message, PidLid.AppointmentTimeZoneDefinitionStartDisplay, writeTimeZoneDefinition(zone, false));
  setProp(message, PidLid.AppointmentTimeZoneDefinitionEndDisplay, writeTimeZoneDefinition(zone, false));
  setProp(message, PidLid.TimeZoneDescription, zone.keyName);
}

function setMeeting(message: MapiMessage, spec: AppointmentSpec): void {
  const attendees = spec.attendees ?? [];
  const meeting = attendees.length > 0;
  const received = meeting && spec.response !== undefined && spec.response !== Response.organized;
  const flags =
    (meeting ? STATE.meeting : 0) | (received ? STATE.received : 0) | (spec.cancelled ? STATE.cancelled : 0);
  setProp(message, PidLid.AppointmentStateFlags, flags);
  setProp(message, PidLid.ResponseStatus, meeting ? (spec.response ?? Response.organized) : Response.none);
  setProp(message, PidLid.AppointmentSequence, spec.sequence ?? 0);
  setProp(message, PidLid.FInvited, meeting && !received);
  setProp(message, PidTag.ResponseRequested, meeting);
  if (spec.organizer) {
    setCorrespondent(message, SENT_REPRESENTING, spec.organizer);
    setCorrespondent(message, SENDER, spec.organizer);
    if (meeting) {
      const bag = recipient(RecipientType.to, spec.organizer);
      setProp(bag, PidTag.RecipientFlags, 0x3);
      setProp(bag, PidTag.RecipientTrackStatus, Response.organized);
      message.recipients.push(bag);
    }
  }
  for (const attendee of attendees) {
    const bag = recipient(attendee.type, attendee);
    setProp(bag, PidTag.RecipientTrackStatus, attendee.response);
    message.recipients.push(bag);
  }
  const names = (type: number) =>
    attendees
      .filter((a) => a.type === type)
      .map((a) => a.name || a.address)
      .join('; ');
  if (!meeting) return;
  setProp(message, PidLid.ToAttendeesString, names(RecipientType.to));
  setProp(message, PidLid.CcAttendeesString, names(RecipientType.cc));
  setProp(message, PidLid.AllAttendeesString, attendees.map((a) => a.name || a.address).join('; '));
}

/** Minutes from the local midnight of an occurrence's day. */
function offsets(spec: AppointmentSpec): { startOffset: number; endOffset: number } {
  const local = utcToLocal(spec.zone, spec.start);
  const startOffset = (local - midnight(local)) / 60_000;
  return { startOffset, endOffset: startOffset + Math.round((spec.end - spec.start) / 60_000) };
}

function setSeries(
  message: MapiMessage,
  spec: AppointmentSpec,
  series: NonNullable<AppointmentSpec['recurrence']>,
): void {
  const occurrences = spec.occurrences ?? [];
  const exceptions = occurrences.map((one) => toException(one, spec));
  const deleted = new Set([...series.deleted, ...exceptions.map((e) => midnight(e.originalStart))]);
  const recurrence: AppointmentRecurrence = {
    ...series,
    ...offsets(spec),
    deleted: [...deleted].sort((a, b) => a - b),
    exceptions,
  };
  const lastDay = lastOccurrenceDay(series);
  setProp(message, PidLid.Recurring, true);
  setProp(message, PidLid.IsRecurring, true);
  setProp(message, PidLid.RecurrenceType, recurrenceType(series.pattern));
  setProp(message, PidLid.AppointmentRecur, writeAppointmentRecurrence(recurrence, lastDay));
  setProp(message, PidLid.TimeZoneStruct, writeTimeZoneStruct(spec.zone));
  setProp(message, PidLid.AppointmentTimeZoneDefinitionRecur, writeTimeZoneDefinition(spec.zone, true));
  setTime(message, PidLid.ClipStart, localToUtc(spec.zone, series.start));
  // Of a series without an end: 31 August 4500, as Outlook writes it.
  setTime(message, PidLid.ClipEnd, lastDay === null ? Date.UTC(4500, 7, 31, 23, 59) : localToUtc(spec.zone, lastDay));
  for (const one of occurrences) message.attachments.push(exceptionAttachment(one, spec));
}

/** PidLidRecurrenceType ([MS-OXOCAL] 2.2.1.45). */
function recurrenceType(pattern: AppointmentRecurrence['pattern']): number {
  if (pattern.kind === 'daily') return 1;
  if (pattern.kind === 'weekly') return 2;
  return pattern.interval % 12 === 0 ? 4 : 3;
}

function toException(one: AppointmentContent & { original: number }, spec: AppointmentSpec): RecurrenceException {
  const exception: RecurrenceException = {
    start: utcToLocal(spec.zone, one.start),
    end: utcToLocal(spec.zone, one.end),
    originalStart: utcToLocal(spec.zone, one.original),
  };
  if (one.subject !== spec.subject) exception.subject = one.subject;
  if ((one.location ?? '') !== (spec.location ?? '')) exception.location = one.location ?? '';
  if (one.busy !== spec.busy) exception.busyStatus = one.busy;
  if (one.allDay !== spec.allDay) exception.allDay = one.allDay;
  if (one.reminder !== spec.reminder) {
    exception.reminderSet = one.reminder !== null;
    if (one.reminder !== null) exception.reminderDelta = one.reminder;
  }
  if (one.body !== spec.body) exception.exceptionalBody = true;
  return exception;
}

/** The exception as an embedded message in a hidden attachment ([MS-OXOCAL] 2.2.10). */
function exceptionAttachment(one: AppointmentContent & { original: number }, spec: AppointmentSpec): MapiAttachment {
  const attachment = newAttachment(AttachMethod.embeddedMessage);
  setProp(attachment, PidTag.AttachmentFlags, 2);
  setProp(attachment, PidTag.AttachmentHidden, true);
  setProp(attachment, PidTag.AttachFlags, 0);
  setProp(attachment, PidTag.AttachmentLinkId, 0);
  setProp(attachment, PidTag.RenderingPosition, -1);
  setProp(attachment, PidTag.DisplayName, 'Untitled Attachment');
  setTime(attachment, PidTag.ExceptionStartTime, utcToLocal(spec.zone, one.start));
  setTime(attachment, PidTag.ExceptionEndTime, utcToLocal(spec.zone, one.end));
  const embedded = newMessage('IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}');
  setContent(embedded, one, spec.zone);
  setTime(embedded, PidLid.ExceptionReplaceTime, one.original);
  setProp(embedded, PidLid.FExceptionalBody, one.body !== spec.body);
  setProp(embedded, PidLid.GlobalObjectId, globalObjectId(spec.uid, utcToLocal(spec.zone, one.original)));
  setProp(embedded, PidLid.CleanGlobalObjectId, globalObjectId(spec.uid));
  setProp(embedded, PidTag.MessageFlags, MessageFlag.read);
  attachment.embedded = embedded;
  return attachment;
}
