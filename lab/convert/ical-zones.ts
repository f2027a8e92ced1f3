import ICAL from 'ical.js';
import { type ClockChange, localToUtc, UTC_ZONE, type ZoneRule } from '../../core/domain/mapi/time-zone.ts';
import { valueOfProperty } from './ical-text.ts';
import { clockChange, ianaName, windowsName, zoneByName } from './zones.ts';

/** A time of a calendar: wall-clock ms with the zone it is told in. */
export interface CalendarTime {
  local: number;
  zone: ZoneRule;
  isDate: boolean;
}

/** The zones of one calendar: its VTIMEZONE definitions, then names that the runtime knows, then UTC. */
export class CalendarZones {
  readonly #defined = new Map<string, ZoneRule>();
  readonly #fallback: ZoneRule;

  constructor(calendar: ICAL.Component) {
    for (const component of calendar.name === 'vtimezone' ? [calendar] : calendar.getAllSubcomponents('vtimezone')) {
      const tzid = String(valueOfProperty(component.getFirstProperty('tzid')) ?? '');
      const rule = ruleOf(component, tzid);
      if (tzid && rule) this.#defined.set(tzid, rule);
    }
    const named = valueOfProperty(calendar.getFirstProperty('x-wr-timezone'));
    this.#fallback =
      (typeof named === 'string' ? zoneByName(named) : undefined) ?? [...this.#defined.values()][0] ?? UTC_ZONE;
  }

  /** The zone of times that name none. */
  get fallback(): ZoneRule {
    return this.#fallback;
  }

  find(tzid: string | undefined): ZoneRule {
    if (tzid === undefined || tzid === '') return this.#fallback;
    return this.#defined.get(tzid) ?? zoneByName(tzid) ?? this.#fallback;
  }

  /** Reads a date or date-time property; undefined where its value is no time that a store can hold. */
  read(property: ICAL.Property | null): CalendarTime | undefined {
    return property ? this.readValue(valueOfProperty(property), property.getFirstParameter('tzid')) : undefined;
  }

  readValue(value: unknown, tzid: string | undefined): CalendarTime | undefined {
    if (!(value instanceof ICAL.Time)) return undefined;
    const local = Date.UTC(
      value.year,
      value.month - 1,
      value.day,
      value.hour || 0,
      value.minute || 0,
      value.second || 0,
    );
    if (!Number.isFinite(local) || local < Date.UTC(1601, 0, 2) || local > Date.UTC(4500, 0, 1)) return undefined;
    const zone = value.zone?.tzid === 'UTC' && !tzid ? UTC_ZONE : this.find(tzid);
    return { local, zone, isDate: value.isDate };
  }
}

export const toUtc = (time: CalendarTime): number => localToUtc(time.zone, time.local);

/** The rule in force by the latest definitions; a zone that no longer changes its clock has one offset. */
function ruleOf(zone: ICAL.Component, tzid: string): ZoneRule | undefined {
  const standard = latest(zone.getAllSubcomponents('standard'));
  const daylight = latest(zone.getAllSubcomponents('daylight'));
  const only = standard ?? daylight;
  if (!only) return undefined;
  const location = valueOfProperty(zone.getFirstProperty('x-lic-location'));
  const iana = ianaName(tzid) ?? (typeof location === 'string' ? ianaName(location) : undefined);
  const keyName = (iana && windowsName(iana)) ?? (tzid || 'Customized Time Zone');
  const base: ZoneRule = { ...UTC_ZONE, keyName, bias: -only.to || 0 };
  if (!standard || !daylight || !standard.repeats || !daylight.repeats) return base;
  return {
    ...base,
    daylightBias: -(daylight.to - standard.to),
    standard: standard.change,
    daylight: daylight.change,
  };
}

interface Observance {
  /** Minutes ahead of UTC. */
  to: number;
  /** Wall-clock ms at which it began. */
  at: number;
  change: ClockChange;
  repeats: boolean;
}

function latest(components: ICAL.Component[]): Observance | undefined {
  let found: Observance | undefined;
  for (const component of components) {
    const start = valueOfProperty(component.getFirstProperty('dtstart'));
    const to = valueOfProperty(component.getFirstProperty('tzoffsetto'));
    if (!(start instanceof ICAL.Time) || !(to instanceof ICAL.UtcOffset)) continue;
    const at = Date.UTC(start.year, start.month - 1, start.day, start.hour, start.minute);
    const rule = valueOfProperty(component.getFirstProperty('rrule'));
    const repeats = rule instanceof ICAL.Recur && !rule.until;
    const change = { ...clockChange(at), ...(rule instanceof ICAL.Recur ? yearlyDay(rule) : {}) };
    if (!found || at >= found.at) found = { to: Math.round(to.toSeconds() / 60), at, change, repeats };
  }
  return found;
}

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** The day a rule names; Outlook lets all observances begin in 1601, whatever the day. */
function yearlyDay(rule: ICAL.Recur): Partial<ClockChange> {
  const [month] = rule.parts.BYMONTH ?? [];
  const [day] = rule.parts.BYDAY ?? [];
  const match = /^([+-]?\d)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(String(day));
  if (!month || !match) return {};
  const nth = Number(match[1] ?? rule.parts.BYSETPOS?.[0] ?? firstOf(rule.parts.BYMONTHDAY));
  return {
    month: Number(month),
    dayOfWeek: DAYS.indexOf(match[2] ?? ''),
    week: nth < 0 || nth > 4 ? 5 : Math.max(1, nth),
  };
}

/** The week of rules such as `BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14`. */
function firstOf(days: number[] | undefined): number {
  const [first = 1] = days ?? [];
  return Math.ceil(Number(first) / 7);
}
