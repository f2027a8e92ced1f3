import type ICAL from 'ical.js';
import { occurrenceDays } from '../../core/domain/mapi/occurrences.ts';
import { midnight, type PatternKind, type Recurrence } from '../../core/domain/mapi/recurrence.ts';
import { utcToLocal, type ZoneRule } from '../../core/domain/mapi/time-zone.ts';

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const ALL_WEEK = 0x7f;

type Series = Omit<Recurrence, 'deleted'>;

/**
 * A recurrence rule (RFC 5545 3.3.10) as a pattern of MAPI ([MS-OXCICAL] 2.1.3.2.1), for a series that starts at the
 * wall-clock time given. Undefined for rules that MAPI cannot say, such as hourly ones or several days of a month.
 */
export function patternOf(rule: ICAL.Recur, start: number, zone: ZoneRule): Series | undefined {
  const pattern = kindOf(rule, start);
  if (!pattern) return undefined;
  const first: Series = { pattern, end: { kind: 'never' }, start: midnight(start), firstDayOfWeek: firstDay(rule) };
  const [begin] = occurrenceDays({ ...first, deleted: [] });
  if (begin === undefined) return undefined;
  const series = { ...first, start: begin };
  if (rule.count) return { ...series, end: { kind: 'count', occurrences: rule.count } };
  if (!rule.until) return series;
  const { year, month, day, hour, minute } = rule.until;
  const until = Date.UTC(year, month - 1, day, hour, minute);
  const limit = rule.until.zone?.tzid === 'UTC' && !rule.until.isDate ? utcToLocal(zone, until) : until;
  if (!Number.isFinite(limit) || midnight(limit) < begin) return undefined;
  return { ...series, end: { kind: 'date', last: lastUntil(series, midnight(limit)) } };
}

/** The last day of a series that lies not after the limit. */
function lastUntil(series: Series, limit: number): number {
  let last = series.start;
  for (const day of occurrenceDays({ ...series, deleted: [] })) {
    if (day > limit) break;
    last = day;
  }
  return last;
}

function firstDay(rule: ICAL.Recur): number {
  // ical.js counts from 1 for Sunday; the default of RFC 5545 is Monday.
  return typeof rule.wkst === 'number' ? (rule.wkst + 6) % 7 : 1;
}

interface Parts {
  days: { weekday: number; nth: number }[];
  monthDays: number[];
  months: number[];
  positions: number[];
  other: boolean;
}

function partsOf(rule: ICAL.Recur): Parts {
  const list = (key: string): unknown[] => {
    const found = rule.parts[key as keyof typeof rule.parts] as unknown;
    return Array.isArray(found) ? found : [];
  };
  return {
    days: list('BYDAY').flatMap((text) => {
      const match = /^([+-]?\d+)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(String(text));
      return match ? [{ weekday: DAYS.indexOf(match[2] ?? ''), nth: Number(match[1] ?? 0) }] : [];
    }),
    monthDays: list('BYMONTHDAY').map(Number),
    months: list('BYMONTH').map(Number),
    positions: list('BYSETPOS').map(Number),
    other: ['BYSECOND', 'BYMINUTE', 'BYHOUR', 'BYYEARDAY', 'BYWEEKNO'].some((key) => list(key).length > 0),
  };
}

function kindOf(rule: ICAL.Recur, start: number): PatternKind | undefined {
  const interval = Math.max(1, rule.interval || 1);
  if (interval > 999) return undefined;
  const parts = partsOf(rule);
  if (parts.other) return undefined;
  const mask = parts.days.reduce((sum, day) => sum | (1 << day.weekday), 0);
  const numbered = parts.days.some((day) => day.nth !== 0);
  switch (rule.freq) {
    case 'DAILY':
      if (parts.monthDays.length || parts.months.length || parts.positions.length || numbered) return undefined;
      if (mask === 0) return { kind: 'daily', interval };
      return interval === 1 ? { kind: 'weekly', interval: 1, weekdays: mask } : undefined;
    case 'WEEKLY':
      if (parts.monthDays.length || parts.months.length || parts.positions.length || numbered) return undefined;
      return { kind: 'weekly', interval, weekdays: mask || 1 << new Date(start).getUTCDay() };
    case 'MONTHLY':
      return parts.months.length ? undefined : monthly(parts, mask, interval, start);
    case 'YEARLY':
      return yearly(parts, mask, interval, start);
    default:
      return undefined;
  }
}

function monthly(parts: Parts, mask: number, interval: number, start: number): PatternKind | undefined {
  const { days, monthDays, positions } = parts;
  if (monthDays.length > 1 || positions.length > 1) return undefined;
  if (days.length === 0) {
    const day = monthDays[0] ?? new Date(start).getUTCDate();
    if (positions.length > 0 || day < -1 || day === 0 || day > 31) return undefined;
    return { kind: 'monthly', interval, day: day === -1 ? 31 : day };
  }
  if (monthDays.length > 0) return undefined;
  const [only] = days;
  const nth = days.length === 1 && only?.nth ? only.nth : days.every((d) => d.nth === 0) ? (positions[0] ?? 0) : 0;
  if (nth === 0 || nth < -1 || nth > 4 + (mask === ALL_WEEK ? 1 : 0)) return undefined;
  return { kind: 'monthlyNth', interval, weekdays: mask, nth: nth === -1 ? 5 : nth };
}

function yearly(parts: Parts, mask: number, interval: number, start: number): PatternKind | undefined {
  const month = parts.months[0] ?? new Date(start).getUTCMonth() + 1;
  // MAPI takes the month from the first occurrence.
  if (parts.months.length > 1 || month !== new Date(start).getUTCMonth() + 1) return undefined;
  if (parts.days.length > 0 && parts.months.length === 0) return undefined;
  return monthly(parts, mask, interval * 12, start);
}

/** The rule's text for a pattern (RFC 5545 3.3.10); `until` is the UTC start of the last occurrence, where it ends by date. */
export function ruleText(series: Series, until: string | undefined): string {
  const { pattern, end } = series;
  const parts: string[] = [];
  if (pattern.kind === 'daily') parts.push('FREQ=DAILY', `INTERVAL=${pattern.interval}`);
  else if (pattern.kind === 'weekly') {
    parts.push('FREQ=WEEKLY', `INTERVAL=${pattern.interval}`, `BYDAY=${dayNames(pattern.weekdays)}`);
    parts.push(`WKST=${DAYS[series.firstDayOfWeek] ?? 'MO'}`);
  } else {
    const yearly = pattern.interval % 12 === 0;
    parts.push(
      yearly ? 'FREQ=YEARLY' : 'FREQ=MONTHLY',
      `INTERVAL=${yearly ? pattern.interval / 12 : pattern.interval}`,
    );
    if (yearly) parts.push(`BYMONTH=${new Date(series.start).getUTCMonth() + 1}`);
    if (pattern.kind === 'monthly') parts.push(`BYMONTHDAY=${pattern.day === 31 ? -1 : pattern.day}`);
    else {
      parts.push(`BYDAY=${dayNames(pattern.weekdays)}`, `BYSETPOS=${pattern.nth >= 5 ? -1 : pattern.nth}`);
    }
  }
  if (end.kind === 'count') parts.push(`COUNT=${end.occurrences}`);
  if (until !== undefined) parts.push(`UNTIL=${until}`);
  return parts.join(';');
}

function dayNames(mask: number): string {
  return DAYS.filter((_, index) => mask & (1 << index)).join(',');
}
