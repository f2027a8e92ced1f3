import { minutes1601ToMs, msToMinutes1601 } from './time.ts';

/**
 * Recurrence of appointments (PidLidAppointmentRecur, [MS-OXOCAL] 2.2.1.44.5) and tasks (PidLidTaskRecurrence, which is
 * the first part alone). Dates and times are wall-clock ms of the appointment's time zone, as if that were UTC.
 */
export type PatternKind =
  | { kind: 'daily' /** days */; interval: number }
  /** `weekdays`: bit 0 Sunday to bit 6 Saturday. */
  | { kind: 'weekly' /** weeks */; interval: number; weekdays: number }
  /** `day` 29 to 31 means the last day of shorter months. */
  | { kind: 'monthly' /** months; 12 and its multiples are yearly */; interval: number; day: number }
  /** The Nth (5: last) day that is one of `weekdays`. */
  | { kind: 'monthlyNth'; interval: number; weekdays: number; nth: number };

export type PatternEnd =
  | { kind: 'never' }
  | { kind: 'count'; occurrences: number }
  /** The day of the last occurrence, at midnight. */
  | { kind: 'date'; last: number };

export interface Recurrence {
  pattern: PatternKind;
  end: PatternEnd;
  /** Midnight of the first occurrence. */
  start: number;
  /** 0 Sunday to 6 Saturday: where weeks begin. */
  firstDayOfWeek: number;
  /** Midnights of the days without their occurrence, deleted or moved. */
  deleted: number[];
}

/** An occurrence that differs. Fields that are there override those of the series. */
export interface RecurrenceException {
  start: number;
  end: number;
  /** Wall-clock start the series gave it. */
  originalStart: number;
  subject?: string;
  location?: string;
  meetingType?: number;
  /** minutes */
  reminderDelta?: number;
  reminderSet?: boolean;
  busyStatus?: number;
  hasAttachment?: boolean;
  allDay?: boolean;
  color?: number;
  exceptionalBody?: boolean;
}

export interface AppointmentRecurrence extends Recurrence {
  /** Minutes from midnight. */
  startOffset: number;
  endOffset: number;
  exceptions: RecurrenceException[];
}

const DAY_MINUTES = 1440;
const FREQUENCY = { daily: 0x200a, weekly: 0x200b, monthly: 0x200c, yearly: 0x200d } as const;
const PATTERN = { day: 0, week: 1, month: 2, monthNth: 3, monthEnd: 4 } as const;
const END = { date: 0x2021, count: 0x2022, never: 0x2023 } as const;
/** The end date of what never ends. */
export const NEVER_MINUTES = 0x5ae980df;

/** Bits of OverrideFlags ([MS-OXOCAL] 2.2.1.44.2). */
const OVERRIDE = {
  subject: 0x1,
  meetingType: 0x2,
  reminderDelta: 0x4,
  reminderSet: 0x8,
  location: 0x10,
  busyStatus: 0x20,
  attachment: 0x40,
  allDay: 0x80,
  color: 0x100,
  body: 0x200,
} as const;

class Writer {
  readonly #parts: Buffer[] = [];
  u16(value: number): void {
    const b = Buffer.alloc(2);
    b.writeUInt16LE(value & 0xffff);
    this.#parts.push(b);
  }
  u32(value: number): void {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(value >>> 0);
    this.#parts.push(b);
  }
  bytes(value: Buffer): void {
    this.#parts.push(value);
  }
  date(ms: number): void {
    this.u32(msToMinutes1601(ms));
  }
  done(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#parts));
  }
}

/** Writes PidLidTaskRecurrence. `lastDay` is the midnight of the last occurrence where the series ends. */
export function writeRecurrence(r: Recurrence, lastDay: number | null, modified: readonly number[] = []): Uint8Array {
  const w = new Writer();
  writePattern(w, r, lastDay, modified);
  return w.done();
}

/** Writes PidLidAppointmentRecur. `lastDay` as for `writeRecurrence`. */
export function writeAppointmentRecurrence(r: AppointmentRecurrence, lastDay: number | null): Uint8Array {
  const w = new Writer();
  const exceptions = [...r.exceptions].sort((a, b) => a.start - b.start);
  writePattern(
    w,
    r,
    lastDay,
    exceptions.map((e) => midnight(e.start)).sort((a, b) => a - b),
  );
  w.u32(0x3006);
  w.u32(0x3009);
  w.u32(r.startOffset);
  w.u32(r.endOffset);
  w.u16(exceptions.length);
  for (const e of exceptions) writeException(w, e);
  w.u32(0);
  for (const e of exceptions) writeExtended(w, e);
  w.u32(0);
  return w.done();
}

function writePattern(w: Writer, r: Recurrence, lastDay: number | null, modified: readonly number[]): void {
  const { pattern } = r;
  w.u16(0x3004);
  w.u16(0x3004);
  w.u16(frequency(pattern));
  w.u16(patternType(pattern));
  w.u16(0);
  w.u32(firstDateTime(r));
  w.u32(pattern.kind === 'daily' ? pattern.interval * DAY_MINUTES : pattern.interval);
  w.u32(0);
  if (pattern.kind === 'weekly') w.u32(pattern.weekdays);
  else if (pattern.kind === 'monthly') w.u32(pattern.day);
  else if (pattern.kind === 'monthlyNth') {
    w.u32(pattern.weekdays);
    w.u32(pattern.nth);
  }
  w.u32(END[r.end.kind]);
  w.u32(r.end.kind === 'count' ? r.end.occurrences : 10);
  w.u32(r.firstDayOfWeek);
  const deleted = [...r.deleted].sort((a, b) => a - b);
  w.u32(deleted.length);
  for (const day of deleted) w.date(day);
  w.u32(modified.length);
  for (const day of modified) w.date(day);
  w.date(r.start);
  if (r.end.kind === 'never' || lastDay === null) w.u32(NEVER_MINUTES);
  else w.date(lastDay);
}

function frequency(pattern: PatternKind): number {
  if (pattern.kind === 'daily') return FREQUENCY.daily;
  if (pattern.kind === 'weekly') return FREQUENCY.weekly;
  return pattern.interval % 12 === 0 ? FREQUENCY.yearly : FREQUENCY.monthly;
}

function patternType(pattern: PatternKind): number {
  switch (pattern.kind) {
    case 'daily':
      return PATTERN.day;
    case 'weekly':
      return PATTERN.week;
    case 'monthly':
      return pattern.day === 31 ? PATTERN.monthEnd : PATTERN.month;
    case 'monthlyNth':
      return PATTERN.monthNth;
  }
}

/** Where the pattern's clock stands, from which readers count intervals ([MS-OXOCAL] 2.2.1.44.1, FirstDateTime). */
function firstDateTime(r: Recurrence): number {
  const start = msToMinutes1601(r.start);
  const { pattern } = r;
  if (pattern.kind === 'daily') return start % (pattern.interval * DAY_MINUTES);
  if (pattern.kind === 'weekly') {
    const back = (new Date(r.start).getUTCDay() - r.firstDayOfWeek + 7) % 7;
    return (start - back * DAY_MINUTES) % (pattern.interval * 7 * DAY_MINUTES);
  }
  const day = new Date(r.start);
  const months = ((day.getUTCFullYear() - 1601) * 12 + day.getUTCMonth()) % pattern.interval;
  return msToMinutes1601(Date.UTC(1601, months, 1));
}

function writeException(w: Writer, e: RecurrenceException): void {
  w.date(e.start);
  w.date(e.end);
  w.date(e.originalStart);
  w.u16(overrideFlags(e));
  if (e.subject !== undefined) ansi(w, e.subject);
  if (e.meetingType !== undefined) w.u32(e.meetingType);
  if (e.reminderDelta !== undefined) w.u32(e.reminderDelta);
  if (e.reminderSet !== undefined) w.u32(e.reminderSet ? 1 : 0);
  if (e.location !== undefined) ansi(w, e.location);
  if (e.busyStatus !== undefined) w.u32(e.busyStatus);
  if (e.hasAttachment !== undefined) w.u32(e.hasAttachment ? 1 : 0);
  if (e.allDay !== undefined) w.u32(e.allDay ? 1 : 0);
  if (e.color !== undefined) w.u32(e.color);
}

function overrideFlags(e: RecurrenceException): number {
  let flags = 0;
  if (e.subject !== undefined) flags |= OVERRIDE.subject;
  if (e.meetingType !== undefined) flags |= OVERRIDE.meetingType;
  if (e.reminderDelta !== undefined) flags |= OVERRIDE.reminderDelta;
  if (e.reminderSet !== undefined) flags |= OVERRIDE.reminderSet;
  if (e.location !== undefined) flags |= OVERRIDE.location;
  if (e.busyStatus !== undefined) flags |= OVERRIDE.busyStatus;
  if (e.hasAttachment !== undefined) flags |= OVERRIDE.attachment;
  if (e.allDay !== undefined) flags |= OVERRIDE.allDay;
  if (e.color !== undefined) flags |= OVERRIDE.color;
  if (e.exceptionalBody) flags |= OVERRIDE.body;
  return flags;
}

/** Text for old readers; the wide form in the extended part is what counts. */
function ansi(w: Writer, text: string): void {
  const bytes = Buffer.from(text.replace(/[^\x20-\x7e]/g, '?').slice(0, 255), 'latin1');
  w.u16(bytes.length + 1);
  w.u16(bytes.length);
  w.bytes(bytes);
}

function writeExtended(w: Writer, e: RecurrenceException): void {
  w.u32(4);
  w.u32(0);
  w.u32(0);
  if (e.subject === undefined && e.location === undefined) return;
  w.date(e.start);
  w.date(e.end);
  w.date(e.originalStart);
  for (const text of [e.subject, e.location]) {
    if (text === undefined) continue;
    w.u16(Math.min(text.length, 0xffff));
    w.bytes(Buffer.from(text.slice(0, 0xffff), 'utf16le'));
  }
  w.u32(0);
}

export const midnight = (ms: number): number => Math.floor(ms / 86_400_000) * 86_400_000;

class Short extends Error {}

class Reader {
  readonly #view: Buffer;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  get atEnd(): boolean {
    return this.#at >= this.#view.length;
  }
  u16(): number {
    return this.take(2).readUInt16LE();
  }
  u32(): number {
    return this.take(4).readUInt32LE();
  }
  date(): number {
    return minutes1601ToMs(this.u32());
  }
  dates(): number[] {
    const count = this.u32();
    if (count * 4 > this.#view.length) throw new Short();
    return Array.from({ length: count }, () => this.date());
  }
  take(length: number): Buffer {
    if (this.#at + length > this.#view.length) throw new Short();
    this.#at += length;
    return this.#view.subarray(this.#at - length, this.#at);
  }
}

/** Reads PidLidTaskRecurrence; undefined when it is damaged or of a calendar other than the Gregorian. */
export function readRecurrence(bytes: Uint8Array): Recurrence | undefined {
  return guarded(() => readPattern(new Reader(bytes)));
}

/** Reads PidLidAppointmentRecur; undefined as for `readRecurrence`. */
export function readAppointmentRecurrence(bytes: Uint8Array): AppointmentRecurrence | undefined {
  return guarded(() => {
    const r = new Reader(bytes);
    const base = readPattern(r);
    if (!base) return undefined;
    r.u32();
    const writer = r.u32();
    const startOffset = r.u32();
    const endOffset = r.u32();
    const count = r.u16();
    const exceptions = Array.from({ length: count }, () => readException(r));
    if (!r.atEnd) r.take(r.u32());
    if (!r.atEnd) for (const { exception, flags } of exceptions) readExtended(r, exception, flags, writer);
    return { ...base, startOffset, endOffset, exceptions: exceptions.map((e) => e.exception) };
  });
}

function guarded<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Short) return undefined;
    throw error;
  }
}

function readPattern(r: Reader): Recurrence | undefined {
  r.take(4);
  r.u16();
  const type = r.u16();
  const calendar = r.u16();
  r.u32();
  const period = r.u32();
  r.u32();
  let pattern: PatternKind;
  if (type === PATTERN.day) pattern = { kind: 'daily', interval: Math.max(1, Math.round(period / DAY_MINUTES)) };
  else if (type === PATTERN.week) pattern = { kind: 'weekly', interval: Math.max(1, period), weekdays: r.u32() };
  else if (type === PATTERN.month || type === PATTERN.monthEnd) {
    pattern = { kind: 'monthly', interval: Math.max(1, period), day: r.u32() };
  } else if (type === PATTERN.monthNth) {
    pattern = { kind: 'monthlyNth', interval: Math.max(1, period), weekdays: r.u32(), nth: r.u32() };
  } else return undefined;
  if (calendar > 1) return undefined;
  const endType = r.u32();
  const occurrences = r.u32();
  const firstDayOfWeek = r.u32() % 7;
  const deleted = r.dates();
  r.dates();
  const start = r.date();
  const last = r.date();
  const end: PatternEnd =
    endType === END.date
      ? { kind: 'date', last }
      : endType === END.count
        ? { kind: 'count', occurrences }
        : { kind: 'never' };
  return { pattern, end, start, firstDayOfWeek, deleted };
}

function readException(r: Reader): { exception: RecurrenceException; flags: number } {
  const exception: RecurrenceException = { start: r.date(), end: r.date(), originalStart: r.date() };
  const flags = r.u16();
  const text = () => {
    r.u16();
    return r.take(r.u16()).toString('latin1');
  };
  if (flags & OVERRIDE.subject) exception.subject = text();
  if (flags & OVERRIDE.meetingType) exception.meetingType = r.u32();
  if (flags & OVERRIDE.reminderDelta) exception.reminderDelta = r.u32();
  if (flags & OVERRIDE.reminderSet) exception.reminderSet = r.u32() !== 0;
  if (flags & OVERRIDE.location) exception.location = text();
  if (flags & OVERRIDE.busyStatus) exception.busyStatus = r.u32();
  if (flags & OVERRIDE.attachment) exception.hasAttachment = r.u32() !== 0;
  if (flags & OVERRIDE.allDay) exception.allDay = r.u32() !== 0;
  if (flags & OVERRIDE.color) exception.color = r.u32();
  if (flags & OVERRIDE.body) exception.exceptionalBody = true;
  return { exception, flags };
}

function readExtended(r: Reader, exception: RecurrenceException, flags: number, writer: number): void {
  if (writer >= 0x3009) r.take(r.u32());
  r.take(r.u32());
  if (!(flags & (OVERRIDE.subject | OVERRIDE.location))) return;
  r.take(12);
  if (flags & OVERRIDE.subject) exception.subject = r.take(r.u16() * 2).toString('utf16le');
  if (flags & OVERRIDE.location) exception.location = r.take(r.u16() * 2).toString('utf16le');
  r.take(r.u32());
}
