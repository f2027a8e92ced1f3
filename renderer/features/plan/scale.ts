const DAY = 86_400_000;
/** Marks on the axis; more would not be read. */
const TICKS = 8;

export interface Scale {
  /** Where a time lies, 0 to 1 from left to right. */
  at(time: number): number;
  ticks: number[];
}

/** A time line between two instants with a mark a day, or every few days. Times in ms. */
export function scaleOf(from: number, to: number): Scale {
  const span = to - from;
  const step = Math.max(1, Math.ceil(span / TICKS / DAY));
  const day = new Date(from);
  day.setHours(0, 0, 0, 0);
  const ticks: number[] = [];
  // By the calendar: a day in which clocks change has 23 or 25 hours.
  for (day.setDate(day.getDate() + 1); day.getTime() < to; day.setDate(day.getDate() + step)) ticks.push(day.getTime());
  return { at: (time) => Math.min(1, Math.max(0, (time - from) / span)), ticks };
}
