import { IANAZone } from 'luxon';

const DAY = 86_400_000;

/** Which of two instants is meant where a clock that is set back shows a time twice. */
export type Twice = 'earlier' | 'later';

/** Offset of a zone from UTC at an instant, ms. */
export function offsetAt(zone: string, at: number): number {
  return IANAZone.create(zone).offset(at) * 60_000;
}

/** What the wall clock shows at an instant, as the ms since the epoch of a UTC clock that shows the same. */
export function wallAt(zone: string, at: number): number {
  return at + offsetAt(zone, at);
}

/**
 * The instant at which a zone's wall clock shows a time. A time that is skipped when clocks go forward stands for the
 * instant of the change; of a time that comes twice when they go back, `twice` chooses one.
 * @param wall as a UTC clock that shows the same, ms
 */
export function instantOf(wall: number, zone: string, twice: Twice = 'earlier'): number {
  const offsets = [offsetAt(zone, wall - DAY), offsetAt(zone, wall + DAY)];
  const found = offsets.map((offset) => wall - offset).filter((at) => wallAt(zone, at) === wall);
  if (found.length > 0) return twice === 'earlier' ? Math.min(...found) : Math.max(...found);
  return changeAround(wall, zone);
}

/** The first instant at which the wall clock is past a time that it never shows. */
function changeAround(wall: number, zone: string): number {
  let before = wall - DAY - offsetAt(zone, wall - DAY);
  let after = wall + DAY - offsetAt(zone, wall + DAY);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallAt(zone, middle) >= wall) after = middle;
    else before = middle;
  }
  return after;
}

/** `2026-03-29T02:30` as a UTC clock that shows the same, ms. */
export function wallOf(text: string): number {
  return Date.parse(`${text}Z`);
}
