import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecastEnd } from './forecast.ts';

const MINUTE = 60_000;
const now = 1_000 * MINUTE + 20_000;
const minutes = (...items: number[]) =>
  items.map((count, i) => ({ at: (1_000 - items.length + i) * MINUTE, items: count }));

describe('the forecast of the end', () => {
  it('goes by whole minutes: an even pace has no range', () => {
    const end = forecastEnd(minutes(600, 600, 600, 600, 600, 600), 3_000, now);
    expect(end).toEqual({ at: now + 300_000, early: now + 300_000, late: now + 300_000, perSecond: 10 });
  });

  it('leaves the minute out that is not over', () => {
    const begun = { at: 1_000 * MINUTE, items: 5 };
    expect(forecastEnd([...minutes(600, 600), begun], 600, now)?.perSecond).toBe(10);
    expect(forecastEnd([begun], 600, now)).toBeUndefined();
  });

  it('counts minutes in which nothing moved', () => {
    const [first] = minutes(600, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const end = forecastEnd(first ? [first] : [], 600, now);
    expect(end?.perSecond).toBeLessThan(10);
    expect(end?.late).toBeUndefined();
  });

  it('says nothing where nothing is left or nothing moves', () => {
    expect(forecastEnd(minutes(600, 600), 0, now)).toBeUndefined();
    expect(forecastEnd(minutes(0, 0, 0), 100, now)).toBeUndefined();
    expect(forecastEnd([], 100, now)).toBeUndefined();
  });

  it('always lies within its own range, and never in the past', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { maxLength: 90 }), fc.integer({ min: 1, max: 1e8 }), (counts, left) => {
        const end = forecastEnd(minutes(...counts), left, now);
        if (!end) return;
        expect(end.early).toBeGreaterThanOrEqual(now);
        expect(end.at).toBeGreaterThanOrEqual(end.early);
        if (end.late !== undefined) expect(end.late).toBeGreaterThanOrEqual(end.at);
      }),
    );
  });
});
