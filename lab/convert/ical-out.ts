import ICAL from 'ical.js';
import { getBoolean, getBytes, getNumber, getText, getTexts, getTime } from '../../core/domain/mapi/bag.ts';
import { SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { uidOfGlobalObjectId } from '../../core/domain/mapi/global-object-id.ts';
import { RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { midnight, readAppointmentRecurrence } from '../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import {
  type ClockChange,
  localToUtc,
  readTimeZoneDefinition,
  readTimeZoneStruct,
  UTC_ZONE,
  utcToLocal,
  type ZoneRule,
} from '../../core/domain/mapi/time-zone.ts';
import { getCorrespondent, recipientAddress } from './addresses.ts';
import { ruleText } from './ical-rule.ts';

const BUSY = ['FREE', 'TENTATIVE', 'BUSY', 'OOF', 'WORKINGELSEWHERE'];
const ANSWERS = ['NEEDS-ACTION', 'ACCEPTED', 'TENTATIVE', 'ACCEPTED', 'DECLINED', 'NEEDS-ACTION'];
const ROLES: Record<number, string> = { 1: 'REQ-PARTICIPANT', 2: 'OPT-PARTICIPANT', 3: 'NON-PARTICIPANT' };
const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** Writes an appointment, with its series and exceptions, as iCalendar ([MS-OXCICAL]). The same item gives the same text. */
export function messageToIcal(message: MapiMessage, method = 'PUBLISH'): string {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('method', method);
  calendar.addPropertyWithValue('prodid', '-//Transplant//Lab//EN');
  calendar.addPropertyWithValue('version', '2.0');
  const zone = zoneOf(message);
  if (zone !== UTC_ZONE) calendar.addSubcomponent(vtimezone(zone));
  const master = event(message, zone);
  calendar.addSubcomponent(master);
  addSeries(calendar, master, message, zone);
  return `${calendar.toString()}\r\n`;
}

function zoneOf(message: MapiMessage): ZoneRule {
  const blob =
    getBytes(message, PidLid.AppointmentTimeZoneDefinitionRecur) ??
    getBytes(message, PidLid.AppointmentTimeZoneDefinitionStartDisplay);
  const defined = blob && readTimeZoneDefinition(blob);
  const struct = getBytes(message, PidLid.TimeZoneStruct);
  const zone =
    defined ?? (struct && readTimeZoneStruct(struct, getText(message, PidLid.TimeZoneDescription) ?? 'Zone'));
  return !zone || (zone.bias === 0 && !zone.standard && zone.keyName === 'UTC') ? UTC_ZONE : zone;
}

/** A component of a calendar by its text: keeps every rule of escaping and folding with the library. */
function property(name: string, value: string | Date, parameters: Record<string, string> = {}): ICAL.Property {
  const made = new ICAL.Property(name);
  made.setValue(value);
  for (const [key, text] of Object.entries(parameters)) made.setParameter(key, text);
  return made;
}

function timeValue(utc: number, zone: ZoneRule, allDay: boolean): ICAL.Time {
  const local = new Date(zone === UTC_ZONE && !allDay ? utc : utcToLocal(zone, utc));
  return new ICAL.Time(
    {
      year: local.getUTCFullYear(),
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      hour: allDay ? 0 : local.getUTCHours(),
      minute: allDay ? 0 : local.getUTCMinutes(),
      second: allDay ? 0 : local.getUTCSeconds(),
      isDate: allDay,
    },
    zone === UTC_ZONE && !allDay ? ICAL.Timezone.utcTimezone : ICAL.Timezone.localTimezone,
  );
}

function addTime(component: ICAL.Component, name: string, utc: number, zone: ZoneRule, allDay: boolean): void {
  const made = new ICAL.Property(name);
  if (allDay) made.resetType('date');
  made.setValue(timeValue(utc, zone, allDay));
  if (!allDay && zone !== UTC_ZONE) made.setParameter('tzid', zone.keyName);
  component.addProperty(made);
}

function event(message: MapiMessage, zone: ZoneRule, uid?: string): ICAL.Component {
  const out = new ICAL.Component('vevent');
  const id = getBytes(message, PidLid.CleanGlobalObjectId) ?? getBytes(message, PidLid.GlobalObjectId);
  const allDay = getBoolean(message, PidLid.AppointmentSubType) ?? false;
  const start = getTime(message, PidLid.AppointmentStartWhole) ?? getTime(message, PidTag.StartDate) ?? 0;
  const end = getTime(message, PidLid.AppointmentEndWhole) ?? getTime(message, PidTag.EndDate) ?? start;
  out.addPropertyWithValue('uid', uid ?? (id ? uidOfGlobalObjectId(id) : searchKey(message)));
  addTime(out, 'dtstart', start, zone, allDay);
  addTime(out, 'dtend', end, zone, allDay);
  addTime(out, 'dtstamp', getTime(message, PidTag.LastModificationTime) ?? start, UTC_ZONE, false);
  out.addPropertyWithValue('summary', getText(message, PidTag.Subject) ?? '');
  const location = getText(message, PidLid.Location);
  if (location) out.addPropertyWithValue('location', location);
  const body = getText(message, PidTag.Body);
  if (body) out.addPropertyWithValue('description', body.replace(/\r\n/g, '\n'));
  const busy = getNumber(message, PidLid.BusyStatus) ?? 2;
  out.addPropertyWithValue('transp', busy === 0 ? 'TRANSPARENT' : 'OPAQUE');
  out.addProperty(property('x-microsoft-cdo-busystatus', BUSY[busy] ?? 'BUSY'));
  out.addPropertyWithValue('sequence', String(getNumber(message, PidLid.AppointmentSequence) ?? 0));
  out.addPropertyWithValue(
    'class',
    ['PUBLIC', 'PERSONAL', 'PRIVATE', 'CONFIDENTIAL'][sensitivity(message)] ?? 'PUBLIC',
  );
  out.addPropertyWithValue('priority', ['9', '5', '1'][getNumber(message, PidTag.Importance) ?? 1] ?? '5');
  addCategories(out, message);
  addPeople(out, message);
  if (getBoolean(message, PidLid.ReminderSet))
    out.addSubcomponent(alarm(getNumber(message, PidLid.ReminderDelta) ?? 15));
  return out;
}

const sensitivity = (message: MapiMessage): number => getNumber(message, PidTag.Sensitivity) ?? 0;

function searchKey(message: MapiMessage): string {
  return Buffer.from(getBytes(message, PidTag.SearchKey) ?? []).toString('hex') || 'no-uid';
}

function addCategories(out: ICAL.Component, message: MapiMessage): void {
  const categories = getTexts(message, PidName.Keywords) ?? [];
  if (categories.length === 0) return;
  const made = new ICAL.Property('categories');
  made.setValues(categories);
  out.addProperty(made);
}

function addPeople(out: ICAL.Component, message: MapiMessage): void {
  const flags = getNumber(message, PidLid.AppointmentStateFlags) ?? 0;
  if (!(flags & 1)) return;
  const organizer = getCorrespondent(message, SENT_REPRESENTING);
  if (organizer) out.addProperty(property('organizer', `mailto:${organizer.address}`, { cn: organizer.name }));
  for (const bag of message.recipients) {
    const type = (getNumber(bag, PidTag.RecipientType) ?? RecipientType.to) & 0xf;
    if (type === RecipientType.originator || ((getNumber(bag, PidTag.RecipientFlags) ?? 0) & 2) !== 0) continue;
    const who = recipientAddress(bag);
    const status = ANSWERS[getNumber(bag, PidTag.RecipientTrackStatus) ?? 0] ?? 'NEEDS-ACTION';
    const parameters = { cn: who.name, role: ROLES[type] ?? 'REQ-PARTICIPANT', partstat: status, rsvp: 'TRUE' };
    out.addProperty(property('attendee', `mailto:${who.address}`, parameters));
  }
  if (flags & 4) out.addPropertyWithValue('status', 'CANCELLED');
}

function alarm(minutes: number): ICAL.Component {
  const out = new ICAL.Component('valarm');
  out.addPropertyWithValue('action', 'DISPLAY');
  out.addPropertyWithValue('description', 'REMINDER');
  const trigger = new ICAL.Property('trigger');
  trigger.setValue(ICAL.Duration.fromSeconds(-minutes * 60));
  out.addProperty(trigger);
  return out;
}

function addSeries(calendar: ICAL.Component, master: ICAL.Component, message: MapiMessage, zone: ZoneRule): void {
  const blob = getBytes(message, PidLid.AppointmentRecur);
  const series = blob && readAppointmentRecurrence(blob);
  if (!series) return;
  const allDay = getBoolean(message, PidLid.AppointmentSubType) ?? false;
  const until = series.end.kind === 'date' ? untilText(series.end.last, series.startOffset, zone, allDay) : undefined;
  const rule = new ICAL.Property('rrule');
  rule.setValue(ICAL.Recur.fromString(ruleText(series, until)));
  master.addProperty(rule);
  const moved = new Set(series.exceptions.map((e) => midnight(e.originalStart)));
  for (const day of series.deleted) {
    if (!moved.has(day)) addTime(master, 'exdate', localToUtc(zone, day + series.startOffset * 60_000), zone, allDay);
  }
  const uid = String(master.getFirstPropertyValue('uid'));
  for (const attachment of message.attachments) {
    const original = attachment.embedded && getTime(attachment.embedded, PidLid.ExceptionReplaceTime);
    if (!attachment.embedded || original === undefined) continue;
    const exception = event(attachment.embedded, zone, uid);
    addTime(exception, 'recurrence-id', original, zone, allDay);
    calendar.addSubcomponent(exception);
  }
}

function untilText(day: number, startOffset: number, zone: ZoneRule, allDay: boolean): string {
  const at = allDay ? day : localToUtc(zone, day + startOffset * 60_000);
  const text = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return allDay ? text.slice(0, 8) : text;
}

function vtimezone(zone: ZoneRule): ICAL.Component {
  const out = new ICAL.Component('vtimezone');
  out.addPropertyWithValue('tzid', zone.keyName);
  const standard = -(zone.bias + zone.standardBias);
  const daylight = -(zone.bias + zone.daylightBias);
  out.addSubcomponent(observance('standard', zone.standard, zone.daylight ? daylight : standard, standard));
  if (zone.daylight) out.addSubcomponent(observance('daylight', zone.daylight, standard, daylight));
  return out;
}

function observance(name: string, change: ClockChange | null, from: number, to: number): ICAL.Component {
  const out = new ICAL.Component(name);
  const hour = change?.hour ?? 0;
  const minute = change?.minute ?? 0;
  const start = new ICAL.Time(
    { year: 1601, month: 1, day: 1, hour, minute, second: 0, isDate: false },
    ICAL.Timezone.localTimezone,
  );
  out.addPropertyWithValue('dtstart', start);
  out.addPropertyWithValue('tzoffsetfrom', ICAL.UtcOffset.fromSeconds(from * 60));
  out.addPropertyWithValue('tzoffsetto', ICAL.UtcOffset.fromSeconds(to * 60));
  if (change) {
    const day = `${change.week === 5 ? -1 : change.week}${DAYS[change.dayOfWeek] ?? 'SU'}`;
    out.addPropertyWithValue('rrule', ICAL.Recur.fromString(`FREQ=YEARLY;BYDAY=${day};BYMONTH=${change.month}`));
  }
  return out;
}
