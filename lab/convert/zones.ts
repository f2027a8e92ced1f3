import { type ClockChange, UTC_ZONE, type ZoneRule } from '../../core/domain/mapi/time-zone.ts';
import { ALSO, WINDOWS_ZONES } from './windows-zones.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

const byWindowsName = new Map(WINDOWS_ZONES.map(([name, iana]) => [name.toLowerCase(), iana]));
const byIana = new Map<string, string>([
  ...Object.entries(ALSO).map(([iana, name]): [string, string] => [iana.toLowerCase(), name]),
  ...WINDOWS_ZONES.map(([name, iana]): [string, string] => [iana.toLowerCase(), name]),
]);

/** Windows' name of an IANA zone; undefined where none of ours has its rules. */
export function windowsName(iana: string): string | undefined {
  return byIana.get(iana.toLowerCase());
}

/** The IANA zone of a Windows name or of an IANA name, also at the end of a vendor's path; undefined for neither. */
export function ianaName(tzid: string): string | undefined {
  const known = byWindowsName.get(tzid.toLowerCase());
  if (known) return known;
  const tail = /([A-Za-z]+\/[A-Za-z_]+(?:\/[A-Za-z_]+)?|[A-Z]{3,4}|Etc\/GMT[+-]\d+)$/.exec(tzid)?.[1];
  for (const name of [tzid, tail]) {
    if (name && isZone(name)) return name;
  }
  return undefined;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Minutes that a zone's clock is ahead of UTC at an instant. */
function offsetAt(iana: string, utc: number): number {
  let format = formats.get(iana);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: iana,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(iana, format);
  }
  const part = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - utc) / MINUTE);
}

const rules = new Map<string, ZoneRule>();

/** The rule of an IANA zone in the year given, as appointments carry it. */
export function zoneOfIana(iana: string, keyName = windowsName(iana) ?? iana, year = 2025): ZoneRule {
  const key = `${iana}\0${keyName}\0${year}`;
  const known = rules.get(key);
  if (known) return known;
  const rule = computeRule(iana, keyName, year);
  rules.set(key, rule);
  return rule;
}

function computeRule(iana: string, keyName: string, year: number): ZoneRule {
  const changes: { at: number; from: number; to: number }[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  let before = offsetAt(iana, Date.UTC(year, 0, 1));
  for (let at = Date.UTC(year, 0, 1); at < end; at += 24 * HOUR) {
    const after = offsetAt(iana, at + 24 * HOUR);
    if (after === before) continue;
    changes.push({ at: instantOfChange(iana, at, at + 24 * HOUR, before), from: before, to: after });
    before = after;
  }
  const [one, two] = changes;
  if (!one || !two || changes.length > 2) return { ...UTC_ZONE, keyName, bias: -before || 0 };
  const [forward, back] = one.to > one.from ? [one, two] : [two, one];
  return {
    keyName,
    bias: -back.to || 0,
    standardBias: 0,
    daylightBias: -(forward.to - back.to),
    standard: clockChange(back.at + back.from * MINUTE),
    daylight: clockChange(forward.at + forward.from * MINUTE),
  };
}

function instantOfChange(iana: string, low: number, high: number, before: number): number {
  let [from, to] = [low, high];
  while (to - from > MINUTE) {
    const middle = from + Math.floor((to - from) / (2 * MINUTE)) * MINUTE;
    if (offsetAt(iana, middle) === before) from = middle;
    else to = middle;
  }
  return to;
}

/** A yearly rule from one wall-clock instant: the last weekday where it lies in a month's last seven days. */
export function clockChange(local: number): ClockChange {
  const at = new Date(local);
  const days = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  const day = at.getUTCDate();
  return {
    month: at.getUTCMonth() + 1,
    dayOfWeek: at.getUTCDay(),
    week: day > days - 7 ? 5 : Math.ceil(day / 7),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
  };
}

/** The rule for a name a calendar uses, where the name alone says it. */
export function zoneByName(tzid: string): ZoneRule | undefined {
  const iana = ianaName(tzid);
  if (!iana) return undefined;
  return zoneOfIana(iana, byWindowsName.has(tzid.toLowerCase()) ? tzid : (windowsName(iana) ?? tzid));
}
