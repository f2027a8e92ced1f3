import { EwsError } from '../errors.ts';

/** xs:dateTime in UTC with whole seconds, as Exchange writes it everywhere: clients fail on fractions (DavMail does). */
export function dateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

const PATTERN = /^\s*(-?\d{4,})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:\d\d)?\s*$/;

/**
 * ms since the epoch of an xs:dateTime or xs:date. Without a zone it is taken with `offsetMs`, the offset of the call's
 * time zone. Throws ErrorInvalidValueForProperty.
 */
export function parseDateTime(text: string | undefined, offsetMs = 0): number {
  const m = PATTERN.exec(text ?? '');
  if (!m) throw notADate();
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = m;
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  if (!Number.isFinite(ms) || Number(month) > 12 || Number(day) > 31 || Number(hour) > 24) throw notADate();
  if (zone === undefined) return ms - offsetMs;
  if (zone === 'Z') return ms;
  const sign = zone.startsWith('-') ? -1 : 1;
  return ms - sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000;
}

function notADate(): EwsError {
  return new EwsError('ErrorInvalidValueForProperty', 'The specified value is invalid for property.');
}
