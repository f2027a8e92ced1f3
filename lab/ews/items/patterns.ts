import { occurrenceDays } from '../../../core/domain/mapi/occurrences.ts';
import type { PatternEnd, PatternKind, Recurrence } from '../../../core/domain/mapi/recurrence.ts';
import { EwsError } from '../errors.ts';
import { textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

/** Recurrence elements ([MS-OXWSCDATA] 2.2.4.59) and the pattern that items carry. Days are midnights as if UTC. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const GROUPS: Record<string, number> = { Day: 0x7f, Weekday: 0x3e, WeekendDay: 0x41 };
const INDEXES = ['First', 'Second', 'Third', 'Fourth', 'Last'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function dayNames(mask: number): string {
  const group = Object.entries(GROUPS).find(([, bits]) => bits === mask)?.[0];
  return group ?? DAYS.filter((_, i) => (mask & (1 << i)) !== 0).join(' ');
}

function dayMask(text: string | undefined): number {
  let mask = 0;
  for (const name of (text ?? '').trim().split(/\s+/)) {
    const index = DAYS.indexOf(name);
    const bits = index >= 0 ? 1 << index : GROUPS[name];
    if (bits === undefined) throw invalid();
    mask |= bits;
  }
  return mask;
}

/** Content of a Recurrence element. */
export function recurrenceContent(r: Recurrence): string {
  return patternXml(r) + endXml(r);
}

function patternXml({ pattern, start, firstDayOfWeek }: Recurrence): string {
  const month = tx('t:Month', MONTHS[new Date(start).getUTCMonth()]);
  switch (pattern.kind) {
    case 'daily':
      return el('t:DailyRecurrence', tx('t:Interval', pattern.interval));
    case 'weekly': {
      const days = DAYS.filter((_, i) => (pattern.weekdays & (1 << i)) !== 0).join(' ');
      return el(
        't:WeeklyRecurrence',
        tx('t:Interval', pattern.interval) + tx('t:DaysOfWeek', days) + tx('t:FirstDayOfWeek', DAYS[firstDayOfWeek]),
      );
    }
    case 'monthly':
      return pattern.interval === 12
        ? el('t:AbsoluteYearlyRecurrence', tx('t:DayOfMonth', pattern.day) + month)
        : el('t:AbsoluteMonthlyRecurrence', tx('t:Interval', pattern.interval) + tx('t:DayOfMonth', pattern.day));
    case 'monthlyNth': {
      const which = tx('t:DaysOfWeek', dayNames(pattern.weekdays)) + tx('t:DayOfWeekIndex', INDEXES[pattern.nth - 1]);
      return pattern.interval === 12
        ? el('t:RelativeYearlyRecurrence', which + month)
        : el('t:RelativeMonthlyRecurrence', tx('t:Interval', pattern.interval) + which);
    }
  }
}

function endXml({ end, start }: Recurrence): string {
  const from = tx('t:StartDate', day(start));
  switch (end.kind) {
    case 'never':
      return el('t:NoEndRecurrence', from);
    case 'date':
      return el('t:EndDateRecurrence', from + tx('t:EndDate', day(end.last)));
    case 'count':
      return el('t:NumberedRecurrence', from + tx('t:NumberOfOccurrences', end.occurrences));
  }
}

/** Reads a Recurrence element; throws ErrorCalendarInvalidRecurrence. Its start becomes the first day it really has. */
export function readRecurrenceNode(node: XmlNode): Recurrence {
  const [pattern, range] = node.children;
  if (!pattern || !range) throw invalid();
  const start = readDay(textOf(range, 'StartDate'));
  const month = MONTHS.indexOf(textOf(pattern, 'Month') ?? '');
  const recurrence: Recurrence = {
    pattern: readPattern(pattern),
    end: readEnd(range),
    start: month < 0 ? start : firstOfMonth(start, month),
    firstDayOfWeek: Math.max(0, DAYS.indexOf(textOf(pattern, 'FirstDayOfWeek') ?? 'Sunday')),
    deleted: [],
  };
  for (const first of occurrenceDays({ ...recurrence, end: { kind: 'never' } })) {
    if (first >= start) return { ...recurrence, start: first };
  }
  throw invalid();
}

function firstOfMonth(start: number, month: number): number {
  const at = new Date(start);
  const year = at.getUTCMonth() > month ? at.getUTCFullYear() + 1 : at.getUTCFullYear();
  return Date.UTC(year, month, 1);
}

function readPattern(node: XmlNode): PatternKind {
  const number = (name: string) => {
    const value = Number(textOf(node, name));
    if (!Number.isInteger(value) || value < 1 || value > 999) throw invalid();
    return value;
  };
  const nth = () => {
    const index = INDEXES.indexOf(textOf(node, 'DayOfWeekIndex') ?? '');
    if (index < 0) throw invalid();
    return index + 1;
  };
  switch (node.name) {
    case 'DailyRecurrence':
      return { kind: 'daily', interval: number('Interval') };
    case 'WeeklyRecurrence':
      return { kind: 'weekly', interval: number('Interval'), weekdays: dayMask(textOf(node, 'DaysOfWeek')) };
    case 'AbsoluteMonthlyRecurrence':
      return { kind: 'monthly', interval: number('Interval'), day: number('DayOfMonth') };
    case 'AbsoluteYearlyRecurrence':
      return { kind: 'monthly', interval: 12, day: number('DayOfMonth') };
    case 'RelativeMonthlyRecurrence':
      return {
        kind: 'monthlyNth',
        interval: number('Interval'),
        weekdays: dayMask(textOf(node, 'DaysOfWeek')),
        nth: nth(),
      };
    case 'RelativeYearlyRecurrence':
      return { kind: 'monthlyNth', interval: 12, weekdays: dayMask(textOf(node, 'DaysOfWeek')), nth: nth() };
    default:
      throw invalid();
  }
}

function readEnd(range: XmlNode): PatternEnd {
  switch (range.name) {
    case 'NoEndRecurrence':
      return { kind: 'never' };
    case 'EndDateRecurrence':
      return { kind: 'date', last: readDay(textOf(range, 'EndDate')) };
    case 'NumberedRecurrence': {
      const occurrences = Number(textOf(range, 'NumberOfOccurrences'));
      if (!Number.isInteger(occurrences) || occurrences < 1 || occurrences > 999) throw invalid();
      return { kind: 'count', occurrences };
    }
    default:
      throw invalid();
  }
}

/** Midnight of an xs:date; a zone after it does not move the day. */
function readDay(text: string | undefined): number {
  const ms = Date.parse(`${(text ?? '').trim().slice(0, 10)}T00:00:00Z`);
  if (!Number.isFinite(ms)) throw invalid();
  return ms;
}

function invalid(): EwsError {
  return new EwsError('ErrorCalendarInvalidRecurrence', 'The recurrence pattern is invalid.');
}
