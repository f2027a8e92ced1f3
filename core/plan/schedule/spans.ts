import { unreachable } from '../../domain/errors.ts';
import type { WindowKind, WindowRule } from '../../domain/schedule.ts';
import { instantOf, wallAt, wallOf } from './zone.ts';

/** From an instant to another, ms; the end does not belong to it. */
export interface Span {
  from: number;
  to: number;
}

const DAY = 86_400_000;
const MINUTE = 60_000;

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/**
 * When a rule's times are, between two instants, in order. Where a clock shows a time twice, a blackout is taken as wide
 * as it can be meant, and an open window as narrow: nobody is disturbed who did not expect it.
 */
export function spansOf(rule: WindowRule, zone: string, kind: WindowKind, between: Span): Span[] {
  switch (rule.kind) {
    case 'dates':
      return clipped([spanOf(wallOf(rule.from), wallOf(rule.to), zone, kind)], between);
    case 'weekly': {
      const from = minutesOf(rule.from);
      const to = minutesOf(rule.to);
      const length = to > from ? to - from : to + 24 * 60 - from;
      const spans: Span[] = [];
      // A window may have begun a day earlier.
      const first = Math.floor(wallAt(zone, between.from) / DAY) - 2;
      const last = Math.floor(wallAt(zone, between.to) / DAY) + 1;
      for (let day = first; day <= last; day++) {
        if (!rule.days.includes(weekday(day))) continue;
        const start = day * DAY + from * MINUTE;
        spans.push(spanOf(start, start + length * MINUTE, zone, kind));
      }
      return clipped(merged(spans), between);
    }
    default:
      return unreachable(rule);
  }
}

/** Day 0 is 1970-01-01, a Thursday. */
function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

function spanOf(from: number, to: number, zone: string, kind: WindowKind): Span {
  if (kind === 'blackout') return { from: instantOf(from, zone, 'earlier'), to: instantOf(to, zone, 'later') };
  const narrow = { from: instantOf(from, zone, 'later'), to: instantOf(to, zone, 'earlier') };
  // Within the hour that comes twice: the first time counts.
  return narrow.to > narrow.from ? narrow : { from: instantOf(from, zone, 'earlier'), to: narrow.to };
}

/** Spans in order, those that touch put together. */
export function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    if (span.to <= span.from) continue;
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}

function clipped(spans: readonly Span[], { from, to }: Span): Span[] {
  return spans
    .map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .filter((span) => span.to > span.from);
}

/** What is left of a time when some spans are taken out. */
export function without(between: Span, spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  let at = between.from;
  for (const span of merged(spans)) {
    if (span.from > at) out.push({ from: at, to: Math.min(span.from, between.to) });
    at = Math.max(at, span.to);
  }
  if (at < between.to) out.push({ from: at, to: between.to });
  return out.filter((span) => span.to > span.from);
}

/** When nothing may run, from the windows and blackouts of one scope. Without an open window only blackouts close. */
export function closedSpans(
  rules: readonly { rule: WindowRule; zone: string; kind: WindowKind }[],
  between: Span,
): Span[] {
  const spans = (kind: WindowKind) =>
    rules.filter((one) => one.kind === kind).flatMap(({ rule, zone }) => spansOf(rule, zone, kind, between));
  const hasOpen = rules.some(({ kind }) => kind === 'open');
  const outside = hasOpen ? without(between, spans('open')) : [];
  return merged([...outside, ...spans('blackout')]);
}
