/** px. */
export const CHART_HEIGHT = 200;

const MINUTE = 60_000;

/** Whole minutes of the last hour, oldest first; what is missing is zero. Begins with the first that brought something. */
export function minuteSeries(minutes: readonly { at: number; items: number }[], now: number, span = 60) {
  const current = Math.floor(now / MINUTE) * MINUTE;
  const known = new Map(minutes.map(({ at, items }) => [at, items]));
  const first = current - span * MINUTE;
  return Array.from({ length: span }, (_, i) => first + i * MINUTE).map((at) => ({ at, items: known.get(at) ?? 0 }));
}
