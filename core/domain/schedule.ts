import { z } from 'zod';

/** Days as ISO numbers them: Monday is 1. */
export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** A wall clock without a zone: `2026-03-29T02:30`. */
export const wallSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, 'a time is written like 2026-03-29T22:00')
  .refine((text) => !Number.isNaN(Date.parse(`${text}Z`)), 'there is no such day or time');
export const clockSchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of day is written like 22:00');

/** An IANA time zone that this system knows. */
export const zoneSchema = z.string().refine(isZone, 'a time zone is written like Europe/Oslo');

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

/** Every week on some days from one time of day to another, over midnight where `to` is not after `from`; or from one date to another. */
export const windowRuleSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('weekly'),
    /** Days on which it begins, 1 to 7. */
    days: z.array(z.int().min(1).max(7)).min(1),
    from: clockSchema,
    to: clockSchema,
  }),
  z.object({ kind: z.literal('dates'), from: wallSchema, to: wallSchema }).refine((rule) => rule.from < rule.to, {
    message: 'it would end before it begins',
  }),
]);
export type WindowRule = z.infer<typeof windowRuleSchema>;

/** `open`: work is allowed inside and nowhere else; `blackout`: no work inside. */
export const WINDOW_KINDS = ['open', 'blackout'] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

const WEEKLY = /^(\S+)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})(?:\s+(\S+))?$/;
const DATES = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\s*(?:\.\.|\/)\s*(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?:\s+(\S+))?$/;

/**
 * Reads `Mon-Fri 22:00-06:00 Europe/Oslo`, `daily 20:00-06:00`, `Sat,Sun 00:00-00:00` or
 * `2026-12-24T00:00..2026-12-27T00:00 Europe/Oslo`. The zone may be left out.
 * @returns undefined when the text is none of these
 */
export function parseWindow(text: string): { rule: WindowRule; zone: string | undefined } | undefined {
  const dates = DATES.exec(text.trim());
  if (dates) return checked({ kind: 'dates', from: dates[1], to: dates[2] }, dates[3]);
  const weekly = WEEKLY.exec(text.trim());
  if (!weekly) return undefined;
  const [, days = '', from = '', to = '', zone] = weekly;
  return checked({ kind: 'weekly', days: daysOf(days), from: from.padStart(5, '0'), to: to.padStart(5, '0') }, zone);
}

function checked(rule: unknown, zone: string | undefined): { rule: WindowRule; zone: string | undefined } | undefined {
  const read = windowRuleSchema.safeParse(rule);
  if (!read.success || (zone !== undefined && !isZone(zone))) return undefined;
  return { rule: read.data, zone };
}

/** `Mon-Fri`, `Sat,Sun`, `daily`: numbers of days; none where a word is no day. */
function daysOf(text: string): number[] {
  if (/^daily$/i.test(text)) return [1, 2, 3, 4, 5, 6, 7];
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first] = part.split('-');
    const from = dayNumber(first);
    const to = dayNumber(last);
    if (from === 0 || to === 0) return [];
    for (let day = from; ; day = (day % 7) + 1) {
      found.add(day);
      if (day === to) break;
    }
  }
  return [...found].sort();
}

function dayNumber(word: string): number {
  return DAYS.findIndex((day) => word.toLowerCase().startsWith(day.toLowerCase())) + 1;
}

/** A rule in words a person can check: the form that `parseWindow` reads. */
export function windowWords(rule: WindowRule): string {
  if (rule.kind === 'dates') return `${rule.from}..${rule.to}`;
  const days = rule.days.length === 7 ? 'daily' : rule.days.map((day) => DAYS[day - 1]).join(',');
  return `${days} ${rule.from}-${rule.to}`;
}
