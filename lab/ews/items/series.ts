import { getBoolean, getBytes, getTime } from '../../../core/domain/mapi/bag.ts';
import type { MapiAttachment, MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { occurrenceDays } from '../../../core/domain/mapi/occurrences.ts';
import {
  type AppointmentRecurrence,
  midnight,
  type RecurrenceException,
  readAppointmentRecurrence,
} from '../../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import {
  localToUtc,
  readTimeZoneDefinition,
  readTimeZoneStruct,
  UTC_ZONE,
  type ZoneRule,
} from '../../../core/domain/mapi/time-zone.ts';
import { isException } from './attachments.ts';

/** The time zone an appointment lives in. */
export function zoneOf(message: MapiMessage): ZoneRule {
  for (const ref of [PidLid.AppointmentTimeZoneDefinitionRecur, PidLid.AppointmentTimeZoneDefinitionStartDisplay]) {
    const blob = getBytes(message, ref);
    const zone = blob && readTimeZoneDefinition(blob);
    if (zone) return zone;
  }
  const struct = getBytes(message, PidLid.TimeZoneStruct);
  return (struct && readTimeZoneStruct(struct)) ?? UTC_ZONE;
}

/** A recurring appointment taken apart. */
export interface Series {
  message: MapiMessage;
  recurrence: AppointmentRecurrence;
  zone: ZoneRule;
}

export function seriesOf(message: MapiMessage): Series | undefined {
  if (getBoolean(message, PidLid.Recurring) !== true) return undefined;
  const blob = getBytes(message, PidLid.AppointmentRecur);
  const recurrence = blob && readAppointmentRecurrence(blob);
  return recurrence && { message, recurrence, zone: zoneOf(message) };
}

/** One occurrence of a series. Times are ms since the epoch, UTC, but for `original`. */
export interface Occurrence {
  /** Wall-clock start the series gives it: its identity. */
  original: number;
  start: number;
  end: number;
  exception: RecurrenceException | undefined;
}

const MINUTE = 60_000;

function regular(series: Series, day: number): Occurrence {
  const { recurrence, zone } = series;
  const original = day + recurrence.startOffset * MINUTE;
  return {
    original,
    start: localToUtc(zone, original),
    end: localToUtc(zone, day + recurrence.endOffset * MINUTE),
    exception: undefined,
  };
}

function moved(series: Series, exception: RecurrenceException): Occurrence {
  return {
    original: exception.originalStart,
    start: localToUtc(series.zone, exception.start),
    end: localToUtc(series.zone, exception.end),
    exception,
  };
}

/** Every occurrence in the order of their original days, exceptions in their places, deleted ones left out. */
export function* occurrences(series: Series): Generator<Occurrence> {
  const { recurrence } = series;
  const exceptions = new Map(recurrence.exceptions.map((e) => [midnight(e.originalStart), e]));
  const deleted = new Set(recurrence.deleted);
  for (const day of occurrenceDays(recurrence)) {
    const exception = exceptions.get(day);
    if (exception) yield moved(series, exception);
    else if (!deleted.has(day)) yield regular(series, day);
  }
}

/** The occurrence at a place counted from 1, deleted ones counted too; `deleted` for one that is gone. */
export function occurrenceAt(series: Series, index: number): Occurrence | 'deleted' | undefined {
  let at = 0;
  for (const day of occurrenceDays(series.recurrence)) {
    at += 1;
    if (at === index) return occurrenceOn(series, day);
    if (at > index) break;
  }
  return undefined;
}

/** The occurrence that the series has on a day. */
export function occurrenceOn(series: Series, day: number): Occurrence | 'deleted' | undefined {
  const { recurrence } = series;
  const exception = recurrence.exceptions.find((e) => midnight(e.originalStart) === day);
  if (exception) return moved(series, exception);
  if (recurrence.deleted.includes(day)) return 'deleted';
  for (const known of occurrenceDays(recurrence)) {
    if (known === day) return regular(series, day);
    if (known > day) break;
  }
  return undefined;
}

/** Starts of the occurrences that were deleted, UTC. */
export function deletedStarts(series: Series): number[] {
  const { recurrence, zone } = series;
  const replaced = new Set(recurrence.exceptions.map((e) => midnight(e.originalStart)));
  return recurrence.deleted
    .filter((day) => !replaced.has(day))
    .map((day) => localToUtc(zone, day + recurrence.startOffset * MINUTE));
}

/** The hidden attachment that holds an exception's own properties. */
export function exceptionAttachment(series: Series, occurrence: Occurrence): MapiAttachment | undefined {
  const originalUtc = localToUtc(series.zone, occurrence.original);
  return series.message.attachments.find((a) => {
    if (!isException(a) || !a.embedded) return false;
    const replaces = getTime(a.embedded, PidLid.ExceptionReplaceTime);
    if (replaces !== undefined) return replaces === originalUtc;
    return getTime(a, PidTag.ExceptionStartTime) === occurrence.exception?.start;
  });
}
