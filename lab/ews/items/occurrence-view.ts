import { findProp, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { globalObjectId, uidOfGlobalObjectId } from '../../../core/domain/mapi/global-object-id.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { midnight } from '../../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { localToUtc } from '../../../core/domain/mapi/time-zone.ts';
import { setSubject } from '../../convert/subject.ts';
import type { ItemRecord } from '../../model.ts';
import type { OccurrenceName } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { isException } from './attachments.ts';
import { exceptionAttachment, type Occurrence, occurrenceAt, occurrenceOn, type Series, seriesOf } from './series.ts';
import { ItemView } from './view.ts';

/** The series of an item; throws when the item does not recur. */
export function needSeries(message: MapiMessage): Series {
  const series = seriesOf(message);
  if (series) return series;
  throw new EwsError('ErrorInvalidId', 'The item is not a recurring master.');
}

/** An occurrence as a request names it; throws as Exchange does for one that is deleted or not there. */
export function needNamed(series: Series, name: OccurrenceName): Occurrence {
  return 'index' in name ? need(occurrenceAt(series, name.index)) : needOccurrence(series, name.original);
}

/** An occurrence by its wall-clock original start. */
export function needOccurrence(series: Series, original: number): Occurrence {
  return need(occurrenceOn(series, midnight(original)));
}

function need(found: Occurrence | 'deleted' | undefined): Occurrence {
  if (found === 'deleted') {
    throw new EwsError(
      'ErrorCalendarOccurrenceIsDeletedFromRecurrence',
      'The occurrence was deleted from the recurrence.',
    );
  }
  if (!found) {
    throw new EwsError('ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange', 'The occurrence index is out of range.');
  }
  return found;
}

/** An occurrence as an item of its own: the series' properties, those of its exception over them, its times. */
export function occurrenceMessage(series: Series, occurrence: Occurrence): MapiMessage {
  const { message, zone } = series;
  const own = exceptionAttachment(series, occurrence)?.embedded;
  const result: MapiMessage = {
    properties: message.properties.map((p) => ({ ...p })),
    recipients: own && own.recipients.length > 0 ? own.recipients : message.recipients,
    attachments:
      own && own.attachments.length > 0 ? own.attachments : message.attachments.filter((a) => !isException(a)),
  };
  for (const p of own?.properties ?? []) {
    if (p.id === PidTag.MessageClass.id && !p.name) continue;
    setProp(result, p, p.value);
  }
  for (const ref of [PidLid.AppointmentStartWhole, PidLid.CommonStart, PidTag.StartDate])
    setTime(result, ref, occurrence.start);
  for (const ref of [PidLid.AppointmentEndWhole, PidLid.CommonEnd, PidTag.EndDate])
    setTime(result, ref, occurrence.end);
  setProp(result, PidLid.AppointmentRecur, undefined);
  setTime(result, PidLid.ExceptionReplaceTime, localToUtc(zone, occurrence.original));
  const id = findProp(message, PidLid.CleanGlobalObjectId)?.value;
  if (id instanceof Uint8Array)
    setProp(result, PidLid.GlobalObjectId, globalObjectId(uidOfGlobalObjectId(id), occurrence.original));
  const { exception } = occurrence;
  if (exception?.subject !== undefined) setSubject(result, exception.subject);
  if (exception?.location !== undefined) setProp(result, PidLid.Location, exception.location);
  if (exception?.busyStatus !== undefined) setProp(result, PidLid.BusyStatus, exception.busyStatus);
  if (exception?.allDay !== undefined) setProp(result, PidLid.AppointmentSubType, exception.allDay);
  if (exception?.reminderSet !== undefined) setProp(result, PidLid.ReminderSet, exception.reminderSet);
  if (exception?.reminderDelta !== undefined) setProp(result, PidLid.ReminderDelta, exception.reminderDelta);
  return result;
}

/** An occurrence for reading. */
export function occurrenceView(call: Call, record: ItemRecord, series: Series, occurrence: Occurrence): ItemView {
  const message = occurrenceMessage(series, occurrence);
  const subject = findProp(message, PidTag.Subject)?.value;
  const view = new ItemView(
    call,
    { ...record, subject: typeof subject === 'string' ? subject : record.subject },
    message,
  );
  view.occurrence = occurrence;
  return view;
}
