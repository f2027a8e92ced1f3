import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pace } from './pace.ts';

/** Keeps `demand` calls going at a server until `count` are through; each takes a moment. */
async function work(pace: Pace, demand: number, count: number): Promise<number> {
  let running = 0;
  let most = 0;
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const leave = await pace.enter();
      running++;
      most = Math.max(most, running);
      await delay(1);
      running--;
      leave('ok');
    }
  };
  await Promise.all(Array.from({ length: demand }, one));
  return most;
}

describe('the pace', () => {
  test('climbs to the limit while all goes well and never beyond it', async () => {
    const pace = new Pace({ max: 10, start: 2 });
    expect(await work(pace, 40, 200)).toBe(10);
    expect(pace.state).toMatchObject({ concurrency: 10, running: 0, until: null, reason: 'at the limit' });
  });

  test('climbs by time where every answer takes long, and no more once the server was in trouble', async () => {
    const pace = new Pace({ max: 27, start: 4 });
    const enough = Promise.withResolvers<void>();
    let running = 0;
    const calls = Array.from({ length: 40 }, async () => {
      const leave = await pace.enter();
      if (++running === 27) enough.resolve();
      await enough.promise;
      leave('ok');
    });
    await enough.promise;
    await Promise.all(calls);
    expect(pace.state).toMatchObject({ concurrency: 27, reason: 'at the limit' });
    pace.backOff(1, 'the server asked for a pause');
    expect(pace.state.concurrency).toBe(13);
  });

  test('halves when the server is busy, sends nothing inside the pause, and recovers', async () => {
    const pace = new Pace({ max: 16, start: 16 });
    pace.backOff(80, 'the server asked for a pause');
    const paused = pace.state;
    expect(paused.concurrency).toBe(8);
    expect(paused.until).not.toBeNull();
    expect(paused.reason).toContain('asked for a pause');
    const before = performance.now();
    const leave = await pace.enter();
    expect(performance.now() - before).toBeGreaterThanOrEqual(75);
    leave('ok');
    await work(pace, 30, 400);
    expect(pace.state.concurrency).toBeGreaterThan(8);
  });

  describe('where a server names no time', () => {
    beforeEach(() => vi.useFakeTimers());
    afterEach(() => vi.useRealTimers());
    const pauseOf = (pace: Pace) => (pace.state.until ?? 0) - Date.now();

    test('pauses begin short and grow each time it is busy again after one', () => {
      const pace = new Pace();
      const pauses = Array.from({ length: 12 }, () => {
        pace.backOff(null, 'busy');
        const pause = pauseOf(pace);
        vi.advanceTimersByTime(pause);
        return pause;
      });
      expect(pauses.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
      expect(pauses.at(-1)).toBe(600_000);
    });

    test('the answers to what had been sent before a pause count as one', () => {
      const pace = new Pace({ max: 16, start: 16 });
      for (let answer = 0; answer < 10; answer++) pace.backOff(null, 'busy');
      expect(pauseOf(pace)).toBe(500);
      expect(pace.state.concurrency).toBe(8);
      // A time that one of them names holds all the same.
      pace.backOff(3_000, 'busy');
      expect(pauseOf(pace)).toBe(3_000);
      vi.advanceTimersByTime(3_000);
      pace.backOff(null, 'busy');
      expect(pauseOf(pace)).toBe(1_000);
    });
  });

  test('waiting ends with the signal and gives its place up', async () => {
    const pace = new Pace({ max: 1, start: 1 });
    const leave = await pace.enter();
    const abort = new AbortController();
    const waiting = pace.enter(abort.signal);
    abort.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    const next = pace.enter();
    leave('ok');
    (await next)('ok');
    expect(pace.state.running).toBe(0);
  });
});
