import { getBytes, removeProp, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { lastOccurrenceDay } from '../../../core/domain/mapi/occurrences.ts';
import {
  type AppointmentRecurrence,
  midnight,
  type PatternKind,
  type Recurrence,
  readAppointmentRecurrence,
  readRecurrence,
  writeAppointmentRecurrence,
  writeRecurrence,
} from '../../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import {
  localToUtc,
  utcToLocal,
  writeTimeZoneDefinition,
  writeTimeZoneStruct,
} from '../../../core/domain/mapi/time-zone.ts';
import { dateTime } from '../xml/dates.ts';
import { el, tx } from '../xml/write.ts';
import { isException } from './attachments.ts';
import type { Field } from './field.ts';
import { readRecurrenceNode, recurrenceContent } from './patterns.ts';
import { deletedStarts, type Occurrence, occurrences, seriesOf, zoneOf } from './series.ts';
import type { ItemView } from './view.ts';

/** A calendar item's pattern; set, it waits in the draft until the item's times are known. */
export const recurrence: Field = {
  name: 'Recurrence',
  uri: 'calendar:Recurrence',
  detail: true,
  read: (view) => {
    const series = view.occurrence ? undefined : seriesOf(view.message);
    return series ? el('t:Recurrence', recurrenceContent(series.recurrence)) : '';
  },
  set: (draft, node) => {
    draft.recurrence = readRecurrenceNode(node);
  },
  remove: (draft) => {
    delete draft.recurrence;
    setProp(draft.message, PidLid.Recurring, false);
    for (const ref of [PidLid.AppointmentRecur, PidLid.RecurrenceType, PidLid.IsRecurring])
      removeProp(draft.message, ref);
    draft.message.attachments = draft.message.attachments.filter((a) => !isException(a));
  },
};

/** PidLidRecurrenceType ([MS-OXOCAL] 2.2.1.45). */
function recurrenceType(pattern: PatternKind): number {
  if (pattern.kind === 'daily') return 1;
  if (pattern.kind === 'weekly') return 2;
  return pattern.interval % 12 === 0 ? 4 : 3;
}

/** Of a series without an end: 31 August 4500, as Outlook writes it. */
const NEVER = Date.UTC(4500, 7, 31, 23, 59);

/**
 * Writes a calendar item's pattern: a new one, or the one it has when its times of day may have changed. `start` and `end`
 * are those of the master, UTC.
 */
export function applyRecurrence(message: MapiMessage, fresh: Recurrence | undefined, start: number, end: number): void {
  const blob = getBytes(message, PidLid.AppointmentRecur);
  const before = fresh ? undefined : blob && readAppointmentRecurrence(blob);
  const base = fresh ?? before;
  if (!base) return;
  const zone = zoneOf(message);
  const local = utcToLocal(zone, start);
  const startOffset = (local - midnight(local)) / 60_000;
  const series: AppointmentRecurrence = {
    ...base,
    startOffset,
    endOffset: startOffset + Math.round((end - start) / 60_000),
    exceptions: before?.exceptions ?? [],
  };
  // A new pattern takes old exceptions with it.
  if (fresh) message.attachments = message.attachments.filter((a) => !isException(a));
  const lastDay = lastOccurrenceDay(series);
  setProp(message, PidLid.Recurring, true);
  setProp(message, PidLid.IsRecurring, true);
  setProp(message, PidLid.RecurrenceType, recurrenceType(series.pattern));
  setProp(message, PidLid.AppointmentRecur, writeAppointmentRecurrence(series, lastDay));
  setProp(message, PidLid.TimeZoneStruct, writeTimeZoneStruct(zone));
  setProp(message, PidLid.AppointmentTimeZoneDefinitionRecur, writeTimeZoneDefinition(zone, true));
  setProp(message, PidTag.IconIndex, 1025);
  setTime(message, PidLid.ClipStart, localToUtc(zone, series.start));
  setTime(message, PidLid.ClipEnd, lastDay === null ? NEVER : localToUtc(zone, lastDay));
}

function infoXml(view: ItemView, name: string, occurrence: Occurrence): string {
  const id = view.call.ids.write({ kind: 'occurrence', id: view.record.id, start: occurrence.original });
  const zone = zoneOf(view.message);
  return el(
    name,
    el('t:ItemId', '', { Id: id, ChangeKey: view.record.changeKey }) +
      tx('t:Start', dateTime(occurrence.start)) +
      tx('t:End', dateTime(occurrence.end)) +
      tx('t:OriginalStart', dateTime(localToUtc(zone, occurrence.original))),
  );
}

function fromSeries(
  name: string,
  read: (view: ItemView, series: NonNullable<ReturnType<typeof seriesOf>>) => string,
): Field {
  return {
    name,
    uri: `calendar:${name}`,
    detail: true,
    read: (view) => {
      const series = view.occurrence || view.record.id === '' ? undefined : seriesOf(view.message);
      return series ? read(view, series) : '';
    },
  };
}

export const firstOccurrence: Field = fromSeries('FirstOccurrence', (view, series) => {
  const { value } = occurrences(series).next();
  return value ? infoXml(view, 't:FirstOccurrence', value) : '';
});

export const lastOccurrence: Field = fromSeries('LastOccurrence', (view, series) => {
  if (series.recurrence.end.kind === 'never') return '';
  let last: Occurrence | undefined;
  for (const one of occurrences(series)) last = one;
  return last ? infoXml(view, 't:LastOccurrence', last) : '';
});

export const modifiedOccurrences: Field = fromSeries('ModifiedOccurrences', (view, series) => {
  const { zone } = series;
  const list = series.recurrence.exceptions.map((exception) =>
    infoXml(view, 't:Occurrence', {
      original: exception.originalStart,
      start: localToUtc(zone, exception.start),
      end: localToUtc(zone, exception.end),
      exception,
    }),
  );
  return list.length === 0 ? '' : el('t:ModifiedOccurrences', list.join(''));
});

export const deletedOccurrences: Field = fromSeries('DeletedOccurrences', (_, series) => {
  const list = deletedStarts(series).map((start) => el('t:DeletedOccurrence', tx('t:Start', dateTime(start))));
  return list.length === 0 ? '' : el('t:DeletedOccurrences', list.join(''));
});

/** A task's pattern: PidLidTaskRecurrence. */
export const taskRecurrence: Field = {
  name: 'Recurrence',
  uri: 'task:Recurrence',
  detail: true,
  read: (view) => {
    const blob = view.bytes(PidLid.TaskRecurrence);
    const r = blob && readRecurrence(blob);
    return r ? el('t:Recurrence', recurrenceContent(r)) : '';
  },
  set: (draft, node) => {
    const r = readRecurrenceNode(node);
    setProp(draft.message, PidLid.TaskRecurrence, writeRecurrence(r, lastOccurrenceDay(r)));
    setProp(draft.message, PidLid.TaskFRecurring, true);
  },
  remove: (draft) => {
    removeProp(draft.message, PidLid.TaskRecurrence);
    setProp(draft.message, PidLid.TaskFRecurring, false);
  },
};
