import { array, assert, constantFrom, integer, property, record, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWindow, type WindowRule, windowWords } from '../../domain/schedule.ts';
import { closedSpans, merged, type Span, spansOf, without } from './spans.ts';
import { instantOf, wallAt, wallOf } from './zone.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

/** Northern and southern summer time, a half-hour change, one at midnight, one that left a day out, and none at all. */
const ZONES = [
  'Europe/Oslo',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'Pacific/Apia',
  'Asia/Kolkata',
  'UTC',
] as const;
const zone = constantFrom(...ZONES);
/** Any minute of some years with changes of every kind. */
const minute = integer({ min: Date.UTC(2011, 0) / MINUTE, max: Date.UTC(2028, 0) / MINUTE }).map((m) => m * MINUTE);
const clock = integer({ min: 0, max: 24 * 60 - 1 }).map(
  (m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`,
);
const weekly = record({ days: subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), from: clock, to: clock }).map(
  (rule): WindowRule => ({ kind: 'weekly', ...rule }),
);

/** Whether the wall clock says that a rule's time is: written apart from what is tested. */
function saysSo(rule: WindowRule, name: string, at: number): boolean {
  if (rule.kind !== 'weekly') throw new Error('only weekly rules');
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: name,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(part('weekday')) + 1;
  const time = `${part('hour')}:${part('minute')}`;
  if (rule.from < rule.to) return rule.days.includes(day) && time >= rule.from && time < rule.to;
  const yesterday = day === 1 ? 7 : day - 1;
  return (rule.days.includes(day) && time >= rule.from) || (rule.days.includes(yesterday) && time < rule.to);
}

const inside = (spans: readonly Span[], at: number): boolean => spans.some(({ from, to }) => at >= from && at < to);

describe('the instant of a wall clock', () => {
  it('shows that time, in every zone, whenever it is shown at all', () => {
    assert(
      property(zone, minute, constantFrom('earlier' as const, 'later' as const), (name, at, twice) => {
        // Every time that is shown at some instant is found again, at that instant or its twin.
        const wall = wallAt(name, at);
        const found = instantOf(wall, name, twice);
        expect(wallAt(name, found)).toBe(wall);
        if (twice === 'earlier') expect(found).toBeLessThanOrEqual(at);
        else expect(found).toBeGreaterThanOrEqual(at);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never runs backwards where times are skipped, and stands for the change', () => {
    assert(
      property(zone, minute, integer({ min: 1, max: 180 }), (name, wall, minutes) => {
        const [one, two] = [instantOf(wall, name), instantOf(wall + minutes * MINUTE, name, 'later')];
        expect(two).toBeGreaterThanOrEqual(one);
        // At the instant the clock shows the time or, where that is skipped, has just passed it.
        expect(wallAt(name, one)).toBeGreaterThanOrEqual(wall);
        if (wallAt(name, one) !== wall) expect(wallAt(name, one - 1)).toBeLessThan(wall);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['2026-03-29T02:30', 'Europe/Oslo', '2026-03-29T01:00:00.000Z', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Oslo', '2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
    ['2026-03-08T02:15', 'America/New_York', '2026-03-08T07:00:00.000Z', '2026-03-08T07:00:00.000Z'],
    ['2026-11-01T01:15', 'America/New_York', '2026-11-01T05:15:00.000Z', '2026-11-01T06:15:00.000Z'],
    ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z'],
    ['2026-07-01T12:00', 'Asia/Kolkata', '2026-07-01T06:30:00.000Z', '2026-07-01T06:30:00.000Z'],
  ])('%s in %s', (wall, name, earlier, later) => {
    expect(new Date(instantOf(wallOf(wall), name, 'earlier')).toISOString()).toBe(earlier);
    expect(new Date(instantOf(wallOf(wall), name, 'later')).toISOString()).toBe(later);
  });
});

describe('windows and blackouts', () => {
  it('a blackout holds whenever the wall clock says so, across every change', () => {
    assert(
      property(zone, weekly, minute, (name, rule, at) => {
        const spans = spansOf(rule, name, 'blackout', { from: at - 3 * DAY, to: at + 3 * DAY });
        if (saysSo(rule, name, at)) expect(inside(spans, at)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it('an open window is open only when the wall clock says so, but in an hour that comes twice', () => {
    assert(
      property(zone, weekly, minute, (name, rule, at) => {
        const spans = spansOf(rule, name, 'open', { from: at - 3 * DAY, to: at + 3 * DAY });
        const changes = [-1, 1].some((side) => wallAt(name, at + side * DAY) - wallAt(name, at) !== side * DAY);
        if (inside(spans, at) && !changes) expect(saysSo(rule, name, at)).toBe(true);
        if (saysSo(rule, name, at) && !changes) expect(inside(spans, at)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it('are in order, apart from each other and inside what was asked', () => {
    assert(
      property(zone, array(weekly, { maxLength: 4 }), minute, (name, rules, from) => {
        const between = { from, to: from + 20 * DAY };
        const spans = closedSpans(
          rules.map((rule, index) => ({ rule, zone: name, kind: index % 2 ? 'open' : 'blackout' })),
          between,
        );
        let last = from - 1;
        for (const span of spans) {
          expect(span.from).toBeGreaterThan(last);
          expect(span.to).toBeGreaterThan(span.from);
          expect(span.to).toBeLessThanOrEqual(between.to);
          last = span.to;
        }
        // What is taken out of what is taken out is what there was.
        expect(without(between, without(between, spans))).toEqual(merged(spans));
      }),
      { numRuns: 200 },
    );
  });

  it('a night of 22:00 to 06:00 is an hour shorter in spring and an hour longer in autumn', () => {
    const rule: WindowRule = { kind: 'weekly', days: [6], from: '22:00', to: '06:00' };
    const night = (day: string) => {
      const [span] = spansOf(rule, 'Europe/Oslo', 'open', { from: Date.parse(day), to: Date.parse(day) + 2 * DAY });
      return span ? (span.to - span.from) / HOUR : 0;
    };
    expect([night('2026-03-28T12:00Z'), night('2026-06-27T12:00Z'), night('2026-10-24T12:00Z')]).toEqual([7, 8, 9]);
  });

  it('are read as people write them, and written back', () => {
    expect(parseWindow('Fri-Mon 22:00-6:00 Europe/Oslo')).toEqual({
      zone: 'Europe/Oslo',
      rule: { kind: 'weekly', days: [1, 5, 6, 7], from: '22:00', to: '06:00' },
    });
    expect(parseWindow('2026-12-24T00:00..2026-12-27T00:00')).toMatchObject({
      rule: { kind: 'dates' },
      zone: undefined,
    });
    for (const wrong of [
      'Noday 1:00-2:00',
      'Mon 25:00-26:00',
      'Mon 1:00-2:00 Mars/Base',
      '2026-12-27T00:00..2026-12-24T00:00',
      '',
    ]) {
      expect(parseWindow(wrong), wrong).toBeUndefined();
    }
    assert(
      property(weekly, (rule) => {
        expect(parseWindow(windowWords(rule))?.rule).toEqual(rule);
      }),
    );
  });
});
