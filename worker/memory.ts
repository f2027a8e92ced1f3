import { totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';

const MB = 1024 * 1024;
const SMALLEST = 192 * MB;
const LARGEST = 2048 * MB;

/**
 * Has the heap collected when it is a third larger than what was alive, and not four times as large, which is V8's way on
 * machines with much memory. What a copy leaves behind is short-lived: of a mailbox of 400,000 items a worker held 365 to
 * 470 MB with some 45 MB of it alive, and holds 265 so. To be called first, before the heap has grown.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
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
