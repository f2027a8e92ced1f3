/** px. */
export const CHART_HEIGHT = 200;

const MINUTE = 60_000;

/**
 * The last minutes, oldest first, ending with the one that is not over yet: a run of half a minute shall be seen too. What
 * is missing is zero.
 */
export function minuteSeries(minutes: readonly { at: number; items: number }[], now: number, span = 60) {
  const current = Math.floor(now / MINUTE) * MINUTE;
  const known = new Map(minutes.map(({ at, items }) => [at, items]));
  const first = current - (span - 1) * MINUTE;
  return Array.from({ length: span }, (_, i) => first + i * MINUTE).map((at) => ({ at, items: known.get(at) ?? 0 }));
}
