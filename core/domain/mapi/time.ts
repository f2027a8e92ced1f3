/** 100 ns steps between 1601-01-01 and 1970-01-01 UTC ([MS-DTYP] 2.3.3). */
const EPOCH_DIFFERENCE = 116_444_736_000_000_000n;

/** FILETIME (100 ns since 1601-01-01 UTC) of a time in ms since the epoch. */
export function msToFiletime(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 10_000n + EPOCH_DIFFERENCE;
}

/** ms since the epoch of a FILETIME; what is finer than a millisecond is cut off, toward earlier. */
export function filetimeToMs(filetime: bigint): number {
  const rest = filetime - EPOCH_DIFFERENCE;
  const ms = rest / 10_000n;
  return Number(rest < 0n && rest % 10_000n !== 0n ? ms - 1n : ms);
}

/** Minutes since 1601-01-01, the time unit of recurrence blobs ([MS-OXOCAL] 2.2.1.44.1), from ms of a wall clock. */
export function msToMinutes1601(ms: number): number {
  return Math.floor(ms / 60_000) + Number(EPOCH_DIFFERENCE / 600_000_000n);
}

/** Wall-clock ms from minutes since 1601-01-01. */
export function minutes1601ToMs(minutes: number): number {
  return (minutes - Number(EPOCH_DIFFERENCE / 600_000_000n)) * 60_000;
}
