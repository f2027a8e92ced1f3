import { totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';

const MB = 1024 * 1024;
const SMALLEST = 192 * MB;
const LARGEST = 2048 * MB;

/** Bytes that a worker's connections to an embedded database may hold each: what it asks for is seldom asked again. */
export const STORE_CACHE_BYTES = 12 * MB;

/** Bytes of resident memory from which on it is worth time to need less. */
const LEAN_FROM = 256 * MB;
const LOOK_EVERY_MS = 1_000;

/**
 * From 256 MB on has the heap collected when it is a third larger than what was alive, and not four times as large, which
 * is V8's way on machines with much memory. What a copy leaves behind is short-lived: in a mailbox of 400,000 items the heap
 * came to 140 MB with some 45 MB of it alive. Below, the fifth of its processor time that this costs is saved.
 */
export function keepHeapSmall(): void {
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() < LEAN_FROM) return;
    setFlagsFromString('--heap-growing-percent=30');
    clearInterval(timer);
  }, LOOK_EVERY_MS).unref();
}

/** The memory a worker allows itself, in bytes, unless told otherwise: a quarter of the machine, within reason. */
export function usualMemoryLimit(total = totalmem()): number {
  return Math.min(LARGEST, Math.max(SMALLEST, Math.floor(total / 4)));
}

export type Pressure = 'none' | 'high' | 'over';

/** How the process stands to its limit: above 80 % it takes no new work, above the limit it hands work back. */
export function pressureOf(used: number, limit: number): Pressure {
  if (used > limit) return 'over';
  return used > limit * 0.8 ? 'high' : 'none';
}
