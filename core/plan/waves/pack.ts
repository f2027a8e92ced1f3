import { add, fits, type Load, type Sharing, type WaveLimits } from './sharing.ts';

/**
 * Fills waves with groups, the largest first, each into the wave that it is tied to most strongly among those with room,
 * or else the first with room (first fit decreasing: at most 11/9 of the fewest possible waves, and one, where only the
 * number of mailboxes is limited).
 * @returns the wave of each group
 */
export function pack(groups: Sharing, limits: WaveLimits): number[] {
  const order = Array.from({ length: groups.size }, (_, i) => i);
  const share = (load: Load) => Math.max(part(load.mailboxes, limits.maxMailboxes), part(load.bytes, limits.maxBytes));
  order.sort((a, b) => share(groups.load(b)) - share(groups.load(a)) || a - b);
  const waves: Load[] = [];
  const waveOf: number[] = Array.from({ length: groups.size }, () => -1);
  /** Waves before this one are full for good: not even the smallest mailbox goes in. */
  let open = 0;
  for (const group of order) {
    const load = groups.load(group);
    while (open < waves.length && (waves[open]?.mailboxes ?? 0) >= limits.maxMailboxes) open++;
    const wave = tiedWave(groups, group, waveOf, waves, limits) ?? firstWithRoom(waves, open, load, limits);
    if (wave === undefined) {
      waveOf[group] = waves.push({ ...load }) - 1;
      continue;
    }
    waveOf[group] = wave;
    const filled = waves[wave];
    if (filled) add(filled, load);
  }
  return waveOf;
}

const part = (load: number, limit: number): number =>
  limit === 0 || limit === Number.POSITIVE_INFINITY ? 0 : load / limit;

function tiedWave(
  groups: Sharing,
  group: number,
  waveOf: readonly number[],
  waves: readonly Load[],
  limits: WaveLimits,
): number | undefined {
  const pulls = new Map<number, number>();
  for (const [other, weight] of groups.tiesOf(group)) {
    const wave = waveOf[other] ?? -1;
    if (wave >= 0) pulls.set(wave, (pulls.get(wave) ?? 0) + weight);
  }
  let best: { wave: number; weight: number } | undefined;
  for (const [wave, weight] of pulls) {
    const load = waves[wave];
    if (!load || !fits(load, groups.load(group), limits)) continue;
    if (!best || weight > best.weight) best = { wave, weight };
  }
  return best?.wave;
}

function firstWithRoom(waves: readonly Load[], from: number, load: Load, limits: WaveLimits): number | undefined {
  for (let i = from; i < waves.length; i++) {
    const wave = waves[i];
    if (wave && fits(wave, load, limits)) return i;
  }
  return undefined;
}
