import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from './format.ts';
import { RateWindow, timeLeft } from './progress.ts';

describe('the rate over a window', () => {
  it('forgets what lies before the window', () => {
    const rate = new RateWindow(10_000);
    for (let second = 0; second <= 100; second++) rate.add(second * 1000, second < 50 ? 0 : (second - 50) * 4);
    expect(rate.perSecond()).toBeCloseTo(4);
  });

  it('says nothing before it knows', () => {
    const rate = new RateWindow();
    expect(rate.perSecond()).toBeUndefined();
    rate.add(0, 5);
    expect(rate.perSecond()).toBeUndefined();
    rate.add(400, 50);
    expect(rate.perSecond()).toBeUndefined();
  });

  it('never goes below zero when a count starts again', () => {
    const rate = new RateWindow();
    rate.add(0, 500);
    rate.add(2000, 0);
    expect(rate.perSecond()).toBeUndefined();
    rate.add(4000, 10);
    expect(rate.perSecond()).toBe(5);
  });

  it('gives the time left, and none where nothing moves', () => {
    expect(timeLeft(100, 50)).toBe(2000);
    expect(timeLeft(100, 0)).toBeUndefined();
    expect(timeLeft(0, undefined)).toBe(0);
  });
});

describe('figures', () => {
  it('are read at a glance', () => {
    expect(formatCount(12304)).toBe('12,304');
    expect([0, 917, 1023, 1536, 20_000_000, 5e12].map((n) => formatBytes(n))).toEqual([
      '0 B',
      '917 B',
      '1.0 KB',
      '1.5 KB',
      '19 MB',
      '4.5 TB',
    ]);
    expect([45_400, 119_000, 12_000_000, 200 * 3_600_000].map((n) => formatDuration(n))).toEqual([
      '45 s',
      '2 min',
      '3 h 20 min',
      '8 d 8 h',
    ]);
    expect([0.42, 9.2, 41.3].map((n) => formatRate(n))).toEqual(['0.4/s', '9.2/s', '41/s']);
  });

  it('never round up to all', () => {
    expect(formatShare(0.9999)).toBe('99 %');
    expect(formatShare(1)).toBe('100 %');
  });
});
