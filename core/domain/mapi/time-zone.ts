/**
 * Time zones as appointments carry them: PidLidTimeZoneStruct ([MS-OXOCAL] 2.2.1.39) and the definitions of
 * PidLidAppointmentTimeZoneDefinition… ([MS-OXOCAL] 2.2.1.41). Local times are ms as if the wall clock showed UTC.
 */

/** When a yearly change of the clock comes: the Nth (5: last) weekday of a month, at this wall-clock time. */
export interface ClockChange {
  /** 1 to 12 */
  month: number;
  /** 0 Sunday to 6 Saturday */
  dayOfWeek: number;
  /** 1 to 5, 5 being the last */
  week: number;
  hour: number;
  minute: number;
}

export interface ZoneRule {
  /** Windows name such as `W. Europe Standard Time`, or the name the calendar used. */
  keyName: string;
  /** Minutes: UTC = local time + bias. */
  bias: number;
  standardBias: number;
  daylightBias: number;
  /** The change to standard time and to daylight time; both or none. */
  standard: ClockChange | null;
  daylight: ClockChange | null;
}

export const UTC_ZONE: ZoneRule = {
  keyName: 'UTC',
  bias: 0,
  standardBias: 0,
  daylightBias: 0,
  standard: null,
  daylight: null,
};

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Wall-clock ms of a change in a year. */
function changeInYear(change: ClockChange, year: number): number {
  const first = Date.UTC(year, change.month - 1, 1);
  const ahead = (change.dayOfWeek - new Date(first).getUTCDay() + 7) % 7;
  let at = first + (ahead + (change.week - 1) * 7) * DAY;
  while (new Date(at).getUTCMonth() !== change.month - 1) at -= 7 * DAY;
  return at + (change.hour * 60 + change.minute) * MINUTE;
}

/** Minutes to add to a local time for UTC. A wall-clock time that does not exist counts as before the change. */
export function biasAtLocal(zone: ZoneRule, local: number): number {
  if (!zone.standard || !zone.daylight) return zone.bias + zone.standardBias;
  const year = new Date(local).getUTCFullYear();
  const toDaylight = changeInYear(zone.daylight, year);
  const toStandard = changeInYear(zone.standard, year);
  const inside =
    toDaylight < toStandard ? local >= toDaylight && local < toStandard : local >= toDaylight || local < toStandard;
  return zone.bias + (inside ? zone.daylightBias : zone.standardBias);
}

export function localToUtc(zone: ZoneRule, local: number): number {
  return local + biasAtLocal(zone, local) * MINUTE;
}

export function utcToLocal(zone: ZoneRule, utc: number): number {
  const guess = utc - (zone.bias + zone.standardBias) * MINUTE;
  const daylight = utc - (zone.bias + zone.daylightBias) * MINUTE;
  // Whichever reading maps back to the same instant; standard time wins in the doubled hour.
  if (localToUtc(zone, guess) === utc) return guess;
  return localToUtc(zone, daylight) === utc ? daylight : guess;
}

function writeChange(change: ClockChange | null): Buffer {
  const bytes = Buffer.alloc(16);
  if (!change) return bytes;
  bytes.writeUInt16LE(change.month, 2);
  bytes.writeUInt16LE(change.dayOfWeek, 4);
  bytes.writeUInt16LE(change.week, 6);
  bytes.writeUInt16LE(change.hour, 8);
  bytes.writeUInt16LE(change.minute, 10);
  return bytes;
}

function readChange(view: Buffer, at: number): ClockChange | null {
  const month = view.readUInt16LE(at + 2);
  if (month < 1 || month > 12) return null;
  return {
    month,
    dayOfWeek: view.readUInt16LE(at + 4) % 7,
    week: Math.min(5, Math.max(1, view.readUInt16LE(at + 6))),
    hour: view.readUInt16LE(at + 8),
    minute: view.readUInt16LE(at + 10),
  };
}

/** PidLidTimeZoneStruct: 48 bytes. */
export function writeTimeZoneStruct(zone: ZoneRule): Uint8Array {
  const bytes = Buffer.alloc(48);
  bytes.writeInt32LE(zone.bias, 0);
  bytes.writeInt32LE(zone.standardBias, 4);
  bytes.writeInt32LE(zone.daylightBias, 8);
  writeChange(zone.standard).copy(bytes, 14);
  writeChange(zone.daylight).copy(bytes, 32);
  return Uint8Array.from(bytes);
}

/** Reads a PidLidTimeZoneStruct; undefined when it is damaged. The name is not in it. */
export function readTimeZoneStruct(bytes: Uint8Array, keyName = ''): ZoneRule | undefined {
  if (bytes.length < 48) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    keyName,
    bias: view.readInt32LE(0),
    standardBias: view.readInt32LE(4),
    daylightBias: view.readInt32LE(8),
    standard: readChange(view, 14),
    daylight: readChange(view, 32),
  };
}

const RULE_BYTES = 66;

/**
 * A time zone definition with one rule. `recurring` marks the rule for PidLidAppointmentTimeZoneDefinitionRecur, which
 * says how a series repeats; otherwise it is for display.
 */
export function writeTimeZoneDefinition(zone: ZoneRule, recurring: boolean): Uint8Array {
  const name = Buffer.from(zone.keyName, 'utf16le');
  const head = Buffer.alloc(8 + name.length + 2);
  head.writeUInt8(2, 0);
  head.writeUInt8(1, 1);
  head.writeUInt16LE(6 + name.length, 2);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(zone.keyName.length, 6);
  name.copy(head, 8);
  head.writeUInt16LE(1, 8 + name.length);
  const rule = Buffer.alloc(RULE_BYTES);
  rule.writeUInt8(2, 0);
  rule.writeUInt8(1, 1);
  rule.writeUInt16LE(0x3e, 2);
  // TZRULE_FLAG_RECUR_CURRENT_TZREG and TZRULE_FLAG_EFFECTIVE_TZREG
  rule.writeUInt16LE(recurring ? 3 : 2, 4);
  rule.writeUInt16LE(1601, 6);
  rule.writeInt32LE(zone.bias, 22);
  rule.writeInt32LE(zone.standardBias, 26);
  rule.writeInt32LE(zone.daylightBias, 30);
  writeChange(zone.standard).copy(rule, 34);
  writeChange(zone.daylight).copy(rule, 50);
  return Uint8Array.from(Buffer.concat([head, rule]));
}

/** The effective rule of a definition, the last one where none is marked; undefined when the bytes are damaged. */
export function readTimeZoneDefinition(bytes: Uint8Array): ZoneRule | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 10) return undefined;
  const header = view.readUInt16LE(2) + 4;
  const nameEnd = 8 + view.readUInt16LE(6) * 2;
  if (nameEnd + 2 > view.length || header > view.length) return undefined;
  const keyName = view.subarray(8, nameEnd).toString('utf16le');
  const count = view.readUInt16LE(nameEnd);
  let found: ZoneRule | undefined;
  for (let i = 0; i < count; i++) {
    const at = nameEnd + 2 + i * RULE_BYTES;
    if (at + RULE_BYTES > view.length) return found;
    const rule: ZoneRule = {
      keyName,
      bias: view.readInt32LE(at + 22),
      standardBias: view.readInt32LE(at + 26),
      daylightBias: view.readInt32LE(at + 30),
      standard: readChange(view, at + 34),
      daylight: readChange(view, at + 50),
    };
    found = rule;
    if (view.readUInt16LE(at + 4) & 2) return rule;
  }
  return found;
}
