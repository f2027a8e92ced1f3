import { expect, it } from 'vitest';
import { minuteSeries } from './series.ts';

const MINUTE = 60_000;
const now = 1_000_000 * MINUTE + 42_000;

it('shows what the minute that is not over yet has brought, so that a short run is seen', () => {
  const series = minuteSeries([{ at: 1_000_000 * MINUTE, items: 700 }], now, 5);
  expect(series.map(({ items }) => items)).toEqual([0, 0, 0, 0, 700]);
});

it('shows a minute in which nothing moved as zero, and nothing older than asked for', () => {
  const minutes = [999_990, 999_997, 999_999].map((minute) => ({ at: minute * MINUTE, items: minute }));
  expect(minuteSeries(minutes, now, 5).map(({ items }) => items)).toEqual([0, 999_997, 0, 999_999, 0]);
});
