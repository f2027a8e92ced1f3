import ICAL from 'ical.js';
import { RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../core/domain/mapi/model.ts';
import { midnight } from '../../core/domain/mapi/recurrence.ts';
import { utcToLocal, type ZoneRule } from '../../core/domain/mapi/time-zone.ts';
import {
  type AppointmentContent,
  type AppointmentSpec,
  type Attendee,
  appointmentMessage,
  BusyStatus,
  Response,
} from './appointments.ts';
import { fileAttachment } from './attachments.ts';
import { patternOf } from './ical-rule.ts';
import { readableLines, textOf, valueOfProperty, valuesOfProperty, wholeNumber } from './ical-text.ts';
import { todoMessage } from './ical-todo.ts';
import { CalendarZones, toUtc } from './ical-zones.ts';
import { ConvertError } from './mime-error.ts';

export interface CalendarItems {
  messages: MapiMessage[];
  /** Parts that could not be read, each in a sentence; the others are in `messages`. */
  problems: string[];
}

/** Events without any time get this day, so that they are seen to be undated. */
const NO_TIME = Date.UTC(1970, 0, 1, 12);

/**
 * Reads iCalendar text as items ([MS-OXCICAL]): one for each UID, a series with its exceptions as one item. What MAPI
 * has no words for stays with the item as an .ics file. A calendar without events becomes an appointment in its zone.
 * Throws ConvertError when nothing in it can be read.
 */
export function icalToMessages(text: string): CalendarItems {
  const { components, problems } = parseComponents(text);
  const messages: MapiMessage[] = [];
  for (const component of components) {
    try {
      messages.push(...calendarItems(component));
    } catch (error) {
      problems.push(`${component.name.toUpperCase()}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (messages.length === 0) {
    const [first] = problems;
    throw new ConvertError(first ? 'brokenCalendar' : 'notACalendar', first ?? 'there is no calendar component in it');
  }
  return { messages, problems };
}

function parseComponents(text: string): { components: ICAL.Component[]; problems: string[] } {
  if (!/^BEGIN:/im.test(text)) throw new ConvertError('notACalendar', 'there is no BEGIN line in it');
  const whole = attempt(text);
  if (Array.isArray(whole)) return { components: whole, problems: [] };
  // One broken block must not take the others with it, nor one broken line its block.
  const components: ICAL.Component[] = [];
  const problems: string[] = [];
  for (const [index, block] of topBlocks(text).entries()) {
    const part = attempt(block);
    if (Array.isArray(part)) {
      components.push(...part);
      continue;
    }
    const readable = readableLines(block);
    const rest = readable.dropped > 0 ? attempt(readable.text) : part;
    if (Array.isArray(rest)) components.push(...rest);
    problems.push(`part ${index + 1}: ${part}${Array.isArray(rest) ? ` (${readable.dropped} lines left out)` : ''}`);
  }
  if (components.length === 0) throw new ConvertError('brokenCalendar', problems[0] ?? whole);
  return { components, problems };
}

/** The components of a text, or why there are none. */
function attempt(text: string): ICAL.Component[] | string {
  try {
    return parseText(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parseText(text: string): ICAL.Component[] {
  const parsed: unknown = ICAL.parse(text.replace(/\r\n|\r|\n/g, '\r\n'));
  if (!Array.isArray(parsed)) return [];
  const roots = typeof parsed[0] === 'string' ? [parsed] : parsed;
  return roots.map((root) => new ICAL.Component(root));
}

/** Blocks between a BEGIN on the outermost level and its END. */
function topBlocks(text: string): string[] {
  const blocks: string[] = [];
  let depth = 0;
  let current: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (/^BEGIN:/i.test(line)) depth++;
    if (depth > 0) current.push(line);
    if (/^END:/i.test(line) && depth > 0 && --depth === 0) {
      blocks.push(current.join('\r\n'));
      current = [];
    }
  }
  return blocks;
}

function calendarItems(calendar: ICAL.Component): MapiMessage[] {
  const zones = new CalendarZones(calendar);
  const of = (name: string) => (calendar.name === name ? [calendar] : calendar.getAllSubcomponents(name));
  const out: MapiMessage[] = [];
  for (const group of byUid(of('vevent')).values()) out.push(eventMessage(group, zones));
  for (const todo of of('vtodo')) out.push(todoMessage(todo, zones));
  if (out.length > 0) return out;
  return [placeholder(calendar, zones)];
}

/** Events of one UID belong together; events without one stand alone. */
function byUid(events: ICAL.Component[]): Map<string, ICAL.Component[]> {
  const groups = new Map<string, ICAL.Component[]>();
  events.forEach((event, index) => {
    const key = textOf(event, 'uid') || `\0${index}`;
    groups.set(key, [...(groups.get(key) ?? []), event]);
  });
  return groups;
}

/** A calendar without events: an appointment in its zone that carries the definition. */
function placeholder(calendar: ICAL.Component, zones: CalendarZones): MapiMessage {
  const [zone] = calendar.name === 'vtimezone' ? [calendar] : calendar.getAllSubcomponents('vtimezone');
  const tzid = zone ? textOf(zone, 'tzid') : '';
  const start = zones.fallback === undefined ? NO_TIME : NO_TIME + zones.fallback.bias * 60_000;
  const message = appointmentMessage({
    subject: tzid ? `Time zone ${tzid}` : `Calendar ${textOf(calendar, 'prodid') || calendar.name}`,
    start,
    end: start + 1_800_000,
    allDay: false,
    busy: BusyStatus.free,
    reminder: null,
    uid: `calendar-${tzid || textOf(calendar, 'prodid') || calendar.name}`,
    zone: zones.fallback,
  });
  message.attachments.push(definition(calendar, 'calendar.ics'));
  return message;
}

function definition(component: ICAL.Component, name: string): MapiAttachment {
  return fileAttachment({ name, mimeType: 'text/calendar', data: new TextEncoder().encode(component.toString()) });
}

function eventMessage(events: ICAL.Component[], zones: CalendarZones): MapiMessage {
  const master = events.find((event) => !event.getFirstProperty('recurrence-id')) ?? events[0];
  if (!master) throw new ConvertError('noUsableEvent', 'an event without content');
  const start = zones.read(master.getFirstProperty('dtstart'));
  const zone = start?.zone ?? zones.fallback;
  const spec: AppointmentSpec = {
    ...content(master, zones),
    ...people(master),
    uid: textOf(master, 'uid') || `no-uid-${textOf(master, 'dtstamp')}-${textOf(master, 'summary')}`,
    zone,
    sequence: wholeNumber(textOf(master, 'sequence')),
    cancelled: /^cancelled$/i.test(textOf(master, 'status')),
    categories: master.getAllProperties('categories').flatMap((p) => valuesOfProperty(p).map(String)),
    sensitivity: { private: 2, confidential: 3 }[textOf(master, 'class').toLowerCase()] ?? 0,
    importance: priority(textOf(master, 'priority')),
  };
  const created = zones.read(master.getFirstProperty('created')) ?? zones.read(master.getFirstProperty('dtstamp'));
  if (created) spec.created = toUtc(created);
  const modified = zones.read(master.getFirstProperty('last-modified'));
  if (modified) spec.modified = toUtc(modified);
  const complete = start !== undefined && series(spec, master, events, zones, zone);
  const message = appointmentMessage(spec);
  if (!complete) message.attachments.push(definition(master, 'event.ics'));
  return message;
}

/** Sets the recurrence; false when something of it has no words in MAPI. */
function series(
  spec: AppointmentSpec,
  master: ICAL.Component,
  events: ICAL.Component[],
  zones: CalendarZones,
  zone: ZoneRule,
): boolean {
  const rules = master.getAllProperties('rrule').map(valueOfProperty);
  const others = master.getAllProperties('rdate').length + master.getAllProperties('exrule').length;
  const [rule] = rules;
  if (!(rule instanceof ICAL.Recur)) return rules.length === 0 && others === 0 && events.length === 1;
  const pattern = patternOf(rule, utcToLocal(zone, spec.start), zone);
  if (!pattern) return false;
  const deleted = master.getAllProperties('exdate').flatMap((property) =>
    valuesOfProperty(property).flatMap((value) => {
      const time = zones.readValue(value, property.getFirstParameter('tzid'));
      return time ? [midnight(time.isDate ? time.local : utcToLocal(zone, toUtc(time)))] : [];
    }),
  );
  spec.recurrence = { ...pattern, deleted: [...new Set(deleted)] };
  spec.occurrences = events.flatMap((event) => {
    const original = zones.read(event.getFirstProperty('recurrence-id'));
    return original && event !== master ? [{ ...content(event, zones), original: toUtc(original) }] : [];
  });
  return rules.length === 1 && others === 0;
}

function content(event: ICAL.Component, zones: CalendarZones): AppointmentContent {
  const startTime = zones.read(event.getFirstProperty('dtstart'));
  const start = startTime ? toUtc(startTime) : (stamp(event, zones) ?? NO_TIME);
  const allDay = startTime?.isDate ?? false;
  const out: AppointmentContent = {
    subject: textOf(event, 'summary'),
    start,
    end: endOf(event, zones, start, allDay),
    allDay,
    busy: busyOf(event, allDay),
    reminder: reminderOf(event),
  };
  const body = textOf(event, 'description') || textOf(event, 'comment');
  if (body) out.body = body.replace(/\r?\n/g, '\r\n');
  const html = valueOfProperty(event.getFirstProperty('x-alt-desc'));
  if (typeof html === 'string' && html) out.html = html;
  const location = textOf(event, 'location');
  if (location) out.location = location;
  return out;
}

function stamp(event: ICAL.Component, zones: CalendarZones): number | undefined {
  const time = zones.read(event.getFirstProperty('recurrence-id')) ?? zones.read(event.getFirstProperty('dtstamp'));
  return time && toUtc(time);
}

function endOf(event: ICAL.Component, zones: CalendarZones, start: number, allDay: boolean): number {
  const end = zones.read(event.getFirstProperty('dtend'));
  const duration = valueOfProperty(event.getFirstProperty('duration'));
  const standard = allDay ? 86_400_000 : 0;
  let found = start + standard;
  if (end) found = toUtc(end);
  else if (duration instanceof ICAL.Duration) found = start + duration.toSeconds() * 1000;
  return Number.isFinite(found) && found >= start ? found : start + standard;
}

function busyOf(event: ICAL.Component, allDay: boolean): number {
  const stated = textOf(event, 'x-microsoft-cdo-busystatus').toUpperCase();
  const known: Record<string, number> = {
    FREE: BusyStatus.free,
    TENTATIVE: BusyStatus.tentative,
    BUSY: BusyStatus.busy,
    OOF: BusyStatus.outOfOffice,
    WORKINGELSEWHERE: BusyStatus.workingElsewhere,
  };
  if (known[stated] !== undefined) return known[stated];
  if (/^transparent$/i.test(textOf(event, 'transp'))) return BusyStatus.free;
  if (/^tentative$/i.test(textOf(event, 'status'))) return BusyStatus.tentative;
  return allDay && !textOf(event, 'transp') ? BusyStatus.free : BusyStatus.busy;
}

/** Minutes of the first alarm that is relative to the start; null for none. */
function reminderOf(event: ICAL.Component): number | null {
  for (const alarm of event.getAllSubcomponents('valarm')) {
    const trigger = valueOfProperty(alarm.getFirstProperty('trigger'));
    if (trigger instanceof ICAL.Duration) return Math.max(0, Math.round(-trigger.toSeconds() / 60));
  }
  return null;
}

const ROLE_TYPES: Record<string, number> = {
  'OPT-PARTICIPANT': RecipientType.cc,
  'NON-PARTICIPANT': RecipientType.bcc,
};
const ANSWERS: Record<string, number> = {
  ACCEPTED: Response.accepted,
  DECLINED: Response.declined,
  TENTATIVE: Response.tentative,
  'NEEDS-ACTION': Response.notResponded,
};

function people(event: ICAL.Component): Pick<AppointmentSpec, 'organizer' | 'attendees'> {
  const out: Pick<AppointmentSpec, 'organizer' | 'attendees'> = {};
  const organizer = event.getFirstProperty('organizer');
  if (organizer) out.organizer = person(organizer);
  out.attendees = event.getAllProperties('attendee').map((property): Attendee => {
    const resource = /^(RESOURCE|ROOM)$/i.test(property.getFirstParameter('cutype') ?? '');
    const role = (property.getFirstParameter('role') ?? '').toUpperCase();
    const answer = (property.getFirstParameter('partstat') ?? '').toUpperCase();
    return {
      ...person(property),
      type: resource ? RecipientType.bcc : (ROLE_TYPES[role] ?? RecipientType.to),
      response: ANSWERS[answer] ?? Response.none,
    };
  });
  return out;
}

function person(property: ICAL.Property): { name: string; address: string } {
  const address = String(valueOfProperty(property) ?? '').replace(/^mailto:/i, '');
  return { name: property.getFirstParameter('cn') || address, address };
}

function priority(text: string): number {
  const value = wholeNumber(text);
  return value >= 1 && value <= 4 ? 2 : value >= 6 ? 0 : 1;
}
