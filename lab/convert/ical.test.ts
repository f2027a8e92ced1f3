import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getBoolean, getBytes, getNumber, getText, getTime } from '../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid } from '../../core/domain/mapi/names.ts';
import { occurrenceDays } from '../../core/domain/mapi/occurrences.ts';
import { readAppointmentRecurrence } from '../../core/domain/mapi/recurrence.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { readTimeZoneDefinition } from '../../core/domain/mapi/time-zone.ts';
import { corpusFolder, describeWith, hasPart } from '../../tests/support/parts.ts';
import { icalToMessages } from './ical-in.ts';
import { messageToIcal } from './ical-out.ts';
import { ConvertError } from './mime-error.ts';
import { WINDOWS_ZONES } from './windows-zones.ts';
import { windowsName, zoneByName, zoneOfIana } from './zones.ts';

const ZONE = `BEGIN:VTIMEZONE
TZID:Somewhere
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`;
const calendar = (...events: string[]) =>
  `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n${ZONE}${events.map((e) => `BEGIN:VEVENT\n${e}\nEND:VEVENT\n`).join('')}END:VCALENDAR\n`;

function only(text: string): MapiMessage {
  const { messages, problems } = icalToMessages(text);
  expect(problems).toEqual([]);
  expect(messages).toHaveLength(1);
  const [message] = messages;
  if (!message) throw new Error('no item');
  return message;
}

function seriesOf(message: MapiMessage) {
  const blob = getBytes(message, PidLid.AppointmentRecur);
  const series = blob && readAppointmentRecurrence(blob);
  if (!series) throw new Error('no series');
  return series;
}

describe('single events', () => {
  test('with zone, attendees, alarm and busy state', () => {
    const m = only(
      calendar(
        'UID:one@x\nDTSTART;TZID=Somewhere:20260701T100000\nDTEND;TZID=Somewhere:20260701T113000\nSUMMARY:Größe\\, Maß\nLOCATION:Raum 1\nDESCRIPTION:Zeile 1\\nZeile 2\nORGANIZER;CN=Anna:mailto:anna@source.test\nATTENDEE;CN=Bo;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED:mailto:bo@source.test\nATTENDEE;CUTYPE=ROOM:mailto:room@source.test\nCLASS:PRIVATE\nCATEGORIES:A,B\nSTATUS:TENTATIVE\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT30M\nEND:VALARM',
      ),
    );
    expect(getText(m, PidTag.Subject)).toBe('Größe, Maß');
    expect(getTime(m, PidLid.AppointmentStartWhole)).toBe(Date.UTC(2026, 6, 1, 8));
    expect(getNumber(m, PidLid.AppointmentDuration)).toBe(90);
    expect(getText(m, PidTag.Body)).toBe('Zeile 1\r\nZeile 2');
    expect(getNumber(m, PidLid.BusyStatus)).toBe(1);
    expect(getNumber(m, PidLid.ReminderDelta)).toBe(30);
    expect(getBoolean(m, PidLid.ReminderSet)).toBe(true);
    expect(getNumber(m, PidTag.Sensitivity)).toBe(2);
    expect(m.recipients.map((r) => getNumber(r, PidTag.RecipientType))).toEqual([1, 2, 3]);
    expect(m.recipients.map((r) => getNumber(r, PidTag.RecipientTrackStatus))).toEqual([1, 4, 0]);
    const zone = readTimeZoneDefinition(
      getBytes(m, PidLid.AppointmentTimeZoneDefinitionStartDisplay) ?? new Uint8Array(),
    );
    expect(zone).toMatchObject({ keyName: 'Somewhere', bias: -60, daylightBias: -60 });
  });

  test('all-day, in UTC, floating, by duration, and without any time', () => {
    const day = only(calendar('UID:d\nDTSTART;VALUE=DATE:20260224\nSUMMARY:Day'));
    expect(getBoolean(day, PidLid.AppointmentSubType)).toBe(true);
    expect(getTime(day, PidLid.AppointmentStartWhole)).toBe(Date.UTC(2026, 1, 23, 23));
    expect(getNumber(day, PidLid.AppointmentDuration)).toBe(1440);
    const utc = only(calendar('UID:u\nDTSTART:20260224T120000Z\nDURATION:PT2H'));
    expect(getTime(utc, PidLid.AppointmentEndWhole)).toBe(Date.UTC(2026, 1, 24, 14));
    const none = only(calendar('UID:n\nSUMMARY:No time'));
    expect(getText(none, PidTag.Subject)).toBe('No time');
    // Nothing of it is lost: what could not be placed in time stays as a file.
    expect(none.attachments).toHaveLength(1);
  });

  test('a broken date costs the date, not the event', () => {
    const m = only(calendar('UID:b\nDTSTART:20260224T1200Z\nSUMMARY:Broken'));
    expect(getText(m, PidTag.Subject)).toBe('Broken');
  });
});

describe('series', () => {
  test('weekly with a deleted and a moved occurrence, both ways', () => {
    const m = only(
      calendar(
        'UID:w@x\nDTSTART;TZID=Somewhere:20260302T090000\nDTEND;TZID=Somewhere:20260302T100000\nSUMMARY:Weekly\nRRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO\nEXDATE;TZID=Somewhere:20260309T090000',
        'UID:w@x\nRECURRENCE-ID;TZID=Somewhere:20260330T090000\nDTSTART;TZID=Somewhere:20260331T150000\nDTEND;TZID=Somewhere:20260331T160000\nSUMMARY:Moved\nLOCATION:Elsewhere',
      ),
    );
    const series = seriesOf(m);
    expect(series).toMatchObject({
      pattern: { kind: 'weekly', interval: 1, weekdays: 2 },
      end: { kind: 'count', occurrences: 6 },
      startOffset: 540,
      endOffset: 600,
      deleted: [Date.UTC(2026, 2, 9), Date.UTC(2026, 2, 30)],
    });
    expect(series.exceptions).toEqual([
      {
        start: Date.UTC(2026, 2, 31, 15),
        end: Date.UTC(2026, 2, 31, 16),
        originalStart: Date.UTC(2026, 2, 30, 9),
        subject: 'Moved',
        location: 'Elsewhere',
      },
    ]);
    expect(m.attachments.map((a) => a.embedded && getText(a.embedded, PidTag.Subject))).toEqual(['Moved']);
    const text = messageToIcal(m);
    expect(text).toContain('EXDATE;TZID=Somewhere:20260309T090000');
    expect(text).toContain('RECURRENCE-ID;TZID=Somewhere:20260330T090000');
    expect(seriesOf(only(text))).toEqual(series);
    const stampless = (t: string) => t.replace(/^DTSTAMP.*$/gm, '');
    expect(stampless(messageToIcal(only(text)))).toBe(stampless(text));
  });

  test.each([
    ['FREQ=DAILY;INTERVAL=2;COUNT=5', { kind: 'daily', interval: 2 }],
    ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=5', { kind: 'weekly', interval: 1, weekdays: 0x3e }],
    ['FREQ=MONTHLY;BYDAY=1MO', { kind: 'monthlyNth', interval: 1, weekdays: 2, nth: 1 }],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', { kind: 'monthlyNth', interval: 1, weekdays: 0x3e, nth: 5 }],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', { kind: 'monthly', interval: 1, day: 31 }],
    ['FREQ=YEARLY', { kind: 'monthly', interval: 12, day: 2 }],
    ['FREQ=YEARLY;BYMONTH=3;BYDAY=1MO', { kind: 'monthlyNth', interval: 12, weekdays: 2, nth: 1 }],
  ])('%s', (rule, pattern) => {
    const m = only(calendar(`UID:r\nDTSTART;TZID=Somewhere:20260302T090000\nRRULE:${rule}`));
    expect(seriesOf(m).pattern).toEqual(pattern);
    expect(m.attachments).toHaveLength(0);
    expect(seriesOf(only(messageToIcal(m)))).toEqual(seriesOf(m));
  });

  test('UNTIL in UTC ends on the local day of the last occurrence', () => {
    const m = only(calendar('UID:t\nDTSTART;TZID=Somewhere:20260302T003000\nRRULE:FREQ=DAILY;UNTIL=20260304T233000Z'));
    expect(seriesOf(m).end).toEqual({ kind: 'date', last: Date.UTC(2026, 2, 5) });
    expect([...occurrenceDays(seriesOf(m))]).toHaveLength(4);
    expect(seriesOf(only(messageToIcal(m)))).toEqual(seriesOf(m));
  });

  test('what MAPI has no words for stays with the item as a file', () => {
    const m = only(calendar('UID:h\nDTSTART:20260302T090000Z\nRRULE:FREQ=HOURLY;INTERVAL=5\nSUMMARY:Pills'));
    expect(getBoolean(m, PidLid.Recurring)).toBe(false);
    expect(m.attachments.map((a) => getText(a, PidTag.AttachMimeTag))).toEqual(['text/calendar']);
    expect(Buffer.from(getBytes(m.attachments[0] ?? m, PidTag.AttachDataBinary) ?? []).toString()).toContain(
      'FREQ=HOURLY',
    );
  });
});

test('tasks become tasks, a calendar of zones alone becomes an appointment that carries it', () => {
  const todo = only(
    'BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Do\nDUE;VALUE=DATE:20260302\nPERCENT-COMPLETE:50\nSTATUS:IN-PROCESS\nEND:VTODO\nEND:VCALENDAR',
  );
  expect(getText(todo, PidTag.MessageClass)).toBe('IPM.Task');
  expect(getTime(todo, PidLid.TaskDueDate)).toBe(Date.UTC(2026, 2, 2));
  const zone = only(`BEGIN:VCALENDAR\n${ZONE}END:VCALENDAR`);
  expect(getText(zone, PidTag.Subject)).toContain('Somewhere');
  expect(Buffer.from(getBytes(zone.attachments[0] ?? zone, PidTag.AttachDataBinary) ?? []).toString()).toContain(
    'TZID:Somewhere',
  );
});

test('one broken event of several is told, the others are kept', () => {
  const good = calendar('UID:g\nDTSTART:20260302T090000Z\nSUMMARY:Good');
  const { messages, problems } = icalToMessages(
    `${good}BEGIN:VCALENDAR\nBROKEN LINE\nBEGIN:VEVENT\nSUMMARY:Bad\nEND:VEVENT\nEND:VCALENDAR\n`,
  );
  expect(messages.map((m) => getText(m, PidTag.Subject))).toEqual(['Good', 'Bad']);
  expect(problems).toHaveLength(1);
});

test('what is no calendar is said by name', () => {
  expect(() => icalToMessages('')).toThrow(ConvertError);
  expect(() => icalToMessages('Subject: mail\n\nbody')).toThrow(expect.objectContaining({ reason: 'notACalendar' }));
  expect(() => icalToMessages('BEGIN:VCALENDAR\nBEGIN:VEVENT\n')).toThrow(
    expect.objectContaining({ reason: 'brokenCalendar' }),
  );
});

test('any text is read or refused by name', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'BEGIN:VEVENT',
      'END:VEVENT',
      'DTSTART:20260101T000000Z',
      'RRULE:FREQ=WEEKLY;BYDAY=MO',
      'RRULE:FREQ=YEARLY;UNTIL=19990101',
      'EXDATE:20260101',
      'DTSTART;VALUE=DATE:99991231',
      'RECURRENCE-ID:20260108T000000Z',
    ),
    fc.string({ maxLength: 30 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      try {
        const { messages } = icalToMessages(`BEGIN:VCALENDAR\n${lines.join('\n')}\nEND:VCALENDAR`);
        for (const m of messages) messageToIcal(m);
      } catch (error) {
        if (!(error instanceof ConvertError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

describe('zones', () => {
  test('every Windows name has rules that the runtime agrees with', () => {
    for (const [name, iana] of WINDOWS_ZONES) {
      expect(zoneByName(name)?.keyName).toBe(name);
      const rule = zoneOfIana(iana);
      const shown = new Intl.DateTimeFormat('en', { timeZone: iana, timeZoneName: 'longOffset' }).format(
        Date.UTC(2025, 0, 15),
      );
      const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(shown) ?? [];
      const offset = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
      const south = rule.standard && rule.daylight && rule.standard.month < rule.daylight.month;
      expect([name, -(rule.bias + (south ? rule.daylightBias : rule.standardBias)) || 0]).toEqual([name, offset]);
    }
    expect(windowsName('Europe/Vienna')).toBe('W. Europe Standard Time');
    expect(zoneByName('/citadel.org/20260108_1/Europe/Berlin')?.keyName).toBe('W. Europe Standard Time');
    expect(zoneByName('Nowhere/Atall')).toBeUndefined();
  });
});

describeWith(['corpus'], 'real calendars', () => {
  const files = hasPart('corpus')
    ? readdirSync(corpusFolder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ics'))
    : [];
  test('most are read, each comes back the same, the others are named', () => {
    const refused: string[] = [];
    let items = 0;
    for (const file of files) {
      try {
        const { messages } = icalToMessages(readFileSync(join(corpusFolder, file), 'utf8'));
        for (const m of messages) {
          items++;
          if (getText(m, PidTag.MessageClass) !== 'IPM.Appointment') continue;
          const again = only(messageToIcal(m));
          for (const ref of [PidTag.Subject, PidLid.Location] as const)
            expect(getText(again, ref)).toBe(getText(m, ref));
          for (const ref of [PidLid.AppointmentStartWhole, PidLid.AppointmentEndWhole] as const) {
            expect([file, getTime(again, ref)]).toEqual([file, getTime(m, ref)]);
          }
          expect(getBytes(again, PidLid.AppointmentRecur)).toEqual(getBytes(m, PidLid.AppointmentRecur));
        }
      } catch (error) {
        if (!(error instanceof ConvertError)) throw error;
        refused.push(file);
      }
    }
    expect(items).toBeGreaterThan(files.length);
    expect(refused.length).toBeLessThan(8);
  });
});
