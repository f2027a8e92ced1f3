import type { PatternKind, Recurrence } from './recurrence.ts';

const DAY = 86_400_000;
/** No series is followed further than this, so a hostile pattern ends. */
const MAX_STEPS = 100_000;

/** Midnights of a series' days in order, deleted ones included, up to its own end; endless where it has none. */
export function* occurrenceDays(r: Recurrence): Generator<number> {
  let seen = 0;
  let steps = 0;
  for (const day of candidateDays(r.pattern, r.start, r.firstDayOfWeek)) {
    if (++steps > MAX_STEPS) return;
    if (day < r.start) continue;
    if (r.end.kind === 'date' && day > r.end.last) return;
    if (r.end.kind === 'count' && seen >= r.end.occurrences) return;
    seen++;
    yield day;
  }
}

/** Midnight of a series' last day; null where it never ends or has no day at all. */
export function lastOccurrenceDay(r: Recurrence): number | null {
  if (r.end.kind === 'never') return null;
  let last: number | null = null;
  for (const day of occurrenceDays(r)) last = day;
  return last;
}

function* candidateDays(pattern: PatternKind, start: number, firstDayOfWeek: number): Generator<number> {
  switch (pattern.kind) {
    case 'daily':
      for (let day = start; ; day += Math.max(1, pattern.interval) * DAY) yield day;
    case 'weekly': {
      if ((pattern.weekdays & 0x7f) === 0) return;
      const back = (new Date(start).getUTCDay() - firstDayOfWeek + 7) % 7;
      for (let week = start - back * DAY; ; week += Math.max(1, pattern.interval) * 7 * DAY) {
        for (let i = 0; i < 7; i++) {
          const day = week + i * DAY;
          if (pattern.weekdays & (1 << new Date(day).getUTCDay())) yield day;
        }
      }
    }
    case 'monthly':
    case 'monthlyNth': {
      if (pattern.kind === 'monthlyNth' && (pattern.weekdays & 0x7f) === 0) return;
      const first = new Date(start);
      for (let step = 0; ; step += Math.max(1, pattern.interval)) {
        const month = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + step, 1);
        if (!Number.isFinite(month)) return;
        yield dayOfMonth(pattern, month);
      }
    }
  }
}

function dayOfMonth(pattern: Extract<PatternKind, { kind: 'monthly' | 'monthlyNth' }>, month: number): number {
  const at = new Date(month);
  const days = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  if (pattern.kind === 'monthly') return month + (Math.min(Math.max(1, pattern.day), days) - 1) * DAY;
  const fitting: number[] = [];
  for (let i = 0; i < days; i++) {
    if (pattern.weekdays & (1 << new Date(month + i * DAY).getUTCDay())) fitting.push(month + i * DAY);
  }
  const index = pattern.nth >= 5 ? fitting.length - 1 : Math.min(Math.max(1, pattern.nth), fitting.length) - 1;
  return fitting[index] ?? month;
}
