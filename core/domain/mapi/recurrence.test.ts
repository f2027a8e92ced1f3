import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globalObjectId, uidOfGlobalObjectId } from './global-object-id.ts';
import { lastOccurrenceDay, occurrenceDays } from './occurrences.ts';
import {
  type AppointmentRecurrence,
  type RecurrenceException,
  readAppointmentRecurrence,
  readRecurrence,
  writeAppointmentRecurrence,
  writeRecurrence,
} from './recurrence.ts';
import {
  localToUtc,
  readTimeZoneDefinition,
  readTimeZoneStruct,
  utcToLocal,
  writeTimeZoneDefinition,
  writeTimeZoneStruct,
  type ZoneRule,
} from './time-zone.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** [MS-OXOCAL] 4.1.1.1: from March 26, 2007, every Monday, Thursday and Friday, 10:00 to 10:30, twelve times. */
const WEEKLY =
  '043004300B2001000000C0210000010000000000000032000000222000000C0000000000000000000000000000008020BC0C20ADBC0C06300000' +
  '09300000580200007602000000000000000000000000';
/** [MS-OXOCAL] 4.1.1.2: the same with one exception. */
const WEEKLY_EXCEPTION =
  '043004300B2001000000C0210000010000000000000032000000222000000C0000000000000001000000A096BC0C01000000A096BC0C8020BC0C' +
  '20ADBC0C0630000009300000580200007602000001003499BC0C5299BC0CF898BC0C11002200210053696D706C6520526563757272656E636520' +
  '7769746820657863657074696F6E730800070033342F34313431000000000400000000000000000000003499BC0C5299BC0CF898BC0C21005300' +
  '69006D0070006C006500200052006500630075007200720065006E00630065002000770069007400680020006500780063006500700074006900' +
  '6F006E0073000700330034002F0034003100340031000000000000000000';
/** [MS-OXOCAL] 4.1.1.3: every three days, 4/7/2011 to 5/4/2011, two occurrences deleted. */
const DAILY =
  '043004300A2000000000A0050000E010000000000000212000000A0000000000000002000000A0C1DC0C80D2DC0C00000000207EDC0C0016DD0C' +
  '0630000009300000E0010000FE01000000000000000000000000';

describe("the specification's own examples", () => {
  test('weekly', () => {
    const r = readAppointmentRecurrence(hex(WEEKLY));
    expect(r).toEqual({
      pattern: { kind: 'weekly', interval: 1, weekdays: 0x32 },
      end: { kind: 'count', occurrences: 12 },
      start: Date.UTC(2007, 2, 26),
      firstDayOfWeek: 0,
      deleted: [],
      startOffset: 600,
      endOffset: 630,
      exceptions: [],
    });
    if (!r) return;
    expect(lastOccurrenceDay(r)).toBe(Date.UTC(2007, 3, 20));
    expect(toHex(writeAppointmentRecurrence(r, lastOccurrenceDay(r)))).toBe(WEEKLY);
  });

  test('weekly with an exception', () => {
    const r = readAppointmentRecurrence(hex(WEEKLY_EXCEPTION));
    expect(r?.exceptions).toEqual([
      {
        start: Date.UTC(2007, 3, 16, 11),
        end: Date.UTC(2007, 3, 16, 11, 30),
        originalStart: Date.UTC(2007, 3, 16, 10),
        subject: 'Simple Recurrence with exceptions',
        location: '34/4141',
      },
    ]);
    expect(r?.deleted).toEqual([Date.UTC(2007, 3, 16)]);
    if (r) expect(toHex(writeAppointmentRecurrence(r, lastOccurrenceDay(r)))).toBe(WEEKLY_EXCEPTION);
  });

  test('daily with deleted occurrences', () => {
    const r = readAppointmentRecurrence(hex(DAILY));
    expect(r).toMatchObject({
      pattern: { kind: 'daily', interval: 3 },
      end: { kind: 'date', last: Date.UTC(2011, 4, 4) },
      deleted: [Date.UTC(2011, 3, 19), Date.UTC(2011, 3, 22)],
    });
    if (r) expect(toHex(writeAppointmentRecurrence(r, lastOccurrenceDay(r)))).toBe(DAILY);
  });
});

const day = fc.integer({ min: -10_000, max: 40_000 }).map((d) => d * 86_400_000);
const minute = fc.integer({ min: 0, max: 1439 });
const exception: fc.Arbitrary<RecurrenceException> = fc
  .record(
    {
      day,
      at: minute,
      subject: fc.string({ maxLength: 20 }),
      location: fc.string({ unit: 'grapheme', maxLength: 20 }),
      busyStatus: fc.integer({ min: 0, max: 3 }),
      allDay: fc.boolean(),
      reminderDelta: fc.nat(),
    },
    { requiredKeys: ['day', 'at'] },
  )
  .map(({ day: d, at, ...rest }) => ({
    ...rest,
    start: d + at * 60_000,
    end: d + at * 60_000 + 1_800_000,
    originalStart: d + at * 60_000 + 60_000,
  }));
const recurrence: fc.Arbitrary<AppointmentRecurrence> = fc.record({
  pattern: fc.oneof(
    fc.record({ kind: fc.constant('daily' as const), interval: fc.integer({ min: 1, max: 99 }) }),
    fc.record({
      kind: fc.constant('weekly' as const),
      interval: fc.integer({ min: 1, max: 99 }),
      weekdays: fc.integer({ min: 1, max: 127 }),
    }),
    fc.record({
      kind: fc.constant('monthly' as const),
      interval: fc.integer({ min: 1, max: 24 }),
      day: fc.integer({ min: 1, max: 31 }),
    }),
    fc.record({
      kind: fc.constant('monthlyNth' as const),
      interval: fc.integer({ min: 1, max: 24 }),
      weekdays: fc.integer({ min: 1, max: 127 }),
      nth: fc.integer({ min: 1, max: 5 }),
    }),
  ),
  end: fc.oneof(
    fc.constant({ kind: 'never' as const }),
    fc.record({ kind: fc.constant('count' as const), occurrences: fc.integer({ min: 1, max: 40 }) }),
  ),
  start: day,
  firstDayOfWeek: fc.integer({ min: 0, max: 6 }),
  deleted: fc.array(day, { maxLength: 4 }).map((d) => d.sort((a, b) => a - b)),
  startOffset: minute,
  endOffset: minute,
  exceptions: fc.array(exception, { maxLength: 3 }).map((e) => e.sort((a, b) => a.start - b.start)),
});

test('every recurrence comes back as it was', () => {
  fc.assert(
    fc.property(recurrence, (r) => {
      expect(readAppointmentRecurrence(writeAppointmentRecurrence(r, lastOccurrenceDay(r)))).toEqual(r);
      const { startOffset: _s, endOffset: _e, exceptions: _x, ...task } = r;
      expect(readRecurrence(writeRecurrence(task, lastOccurrenceDay(task)))).toEqual(task);
    }),
  );
});

test('occurrences count, come in order and never before the start', () => {
  fc.assert(
    fc.property(recurrence, (r) => {
      const days: number[] = [];
      for (const d of occurrenceDays(r)) {
        days.push(d);
        if (days.length === 50) break;
      }
      expect(days.length).toBe(r.end.kind === 'count' ? r.end.occurrences : 50);
      expect(days.every((d, i) => d >= r.start && (i === 0 || d > (days[i - 1] ?? 0)))).toBe(true);
    }),
  );
});

test('damaged bytes are refused, never thrown on', () => {
  const whole = hex(WEEKLY_EXCEPTION);
  for (let length = 0; length < whole.length - 8; length++) {
    readAppointmentRecurrence(whole.subarray(0, length));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readAppointmentRecurrence(bytes)));
  expect(readAppointmentRecurrence(whole.subarray(0, 60))).toBeUndefined();
});

const BERLIN: ZoneRule = {
  keyName: 'W. Europe Standard Time',
  bias: -60,
  standardBias: 0,
  daylightBias: -60,
  standard: { month: 10, dayOfWeek: 0, week: 5, hour: 3, minute: 0 },
  daylight: { month: 3, dayOfWeek: 0, week: 5, hour: 2, minute: 0 },
};
const SYDNEY: ZoneRule = {
  keyName: 'AUS Eastern Standard Time',
  bias: -600,
  standardBias: 0,
  daylightBias: -60,
  standard: { month: 4, dayOfWeek: 0, week: 1, hour: 3, minute: 0 },
  daylight: { month: 10, dayOfWeek: 0, week: 1, hour: 2, minute: 0 },
};

describe('time zones', () => {
  test('agree with the zone data of the runtime, north and south, both ways', () => {
    for (const [zone, name] of [
      [BERLIN, 'Europe/Berlin'],
      [SYDNEY, 'Australia/Sydney'],
    ] as const) {
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' });
      for (let utc = Date.UTC(2025, 0, 1, 0, 30); utc < Date.UTC(2026, 0, 1); utc += 3 * 3_600_000) {
        const local = utcToLocal(zone, utc);
        expect(new Date(local).toISOString().slice(0, 19).replace('T', ' ')).toBe(format.format(utc));
      }
    }
    expect(localToUtc(BERLIN, Date.UTC(2026, 6, 1, 12))).toBe(Date.UTC(2026, 6, 1, 10));
  });

  test('both forms come back as they were', () => {
    for (const zone of [BERLIN, SYDNEY]) {
      expect(readTimeZoneStruct(writeTimeZoneStruct(zone), zone.keyName)).toEqual(zone);
      expect(readTimeZoneDefinition(writeTimeZoneDefinition(zone, true))).toEqual(zone);
      expect(readTimeZoneDefinition(writeTimeZoneDefinition(zone, false).subarray(0, 40))).toBeUndefined();
    }
  });
});

test('global object ids: a foreign UID is wrapped, an own one is itself, an exception keeps its day', () => {
  const id = globalObjectId('20190101T0000-ö@host');
  expect(uidOfGlobalObjectId(id)).toBe('20190101T0000-ö@host');
  const own = toHex(globalObjectId('x')).slice(0, 112);
  expect(uidOfGlobalObjectId(globalObjectId(own, Date.UTC(2026, 1, 3)))).toBe(uidOfGlobalObjectId(hex(own)));
  expect(toHex(globalObjectId('x', Date.UTC(2026, 1, 3))).slice(32, 40)).toBe('07EA0203');
});
