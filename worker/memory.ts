import { totalmem } from 'node:os';

const MB = 1024 * 1024;
const SMALLEST = 192 * MB;
const LARGEST = 2048 * MB;

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
