import { agglomerate } from './agglomerate.ts';
import { pack } from './pack.ts';
import { refine } from './refine.ts';
import { fits, renumbered, type Sharing, sumLoads, type WaveLimits } from './sharing.ts';

export interface Partition {
  /** The wave of each position, from 0. */
  waveOf: number[];
  waves: number;
  /** Groups of mailboxes that hang together and are more than a wave may hold: the only ones that are ever cut. */
  tooLarge: number[][];
}

const NOTHING = { mailboxes: 0, bytes: 0 };

/**
 * Puts mailboxes into waves: as little weight as possible between waves, no wave above the limits. What hangs together
 * and fits into one wave is never cut. A single mailbox above the limit has a wave of its own.
 *
 * Larger groups are cut by a multilevel scheme (Karypis and Kumar 1998): strongly tied mailboxes are contracted step by
 * step, the small graph is divided greedily, and on the way back each step is refined (refine.ts). The same is tried from
 * the greedy division of the whole, and the better one is taken. METIS and its kin want a number of parts and balance
 * them; here the number is free and the limits are hard, so none of them fits.
 */
export function partition(sharing: Sharing, limits: WaveLimits): Partition {
  const tooLarge: number[][] = [];
  const groupOf: number[] = Array.from({ length: sharing.size }, () => 0);
  let groups = 0;
  for (const members of sharing.components()) {
    const load = sumLoads(members.map((member) => sharing.load(member)));
    if (members.length === 1 || fits(load, NOTHING, limits)) {
      for (const member of members) groupOf[member] = groups;
      groups++;
      continue;
    }
    tooLarge.push(members);
    const divided = divide(sharing.part(members), limits);
    members.forEach((member, i) => {
      groupOf[member] = groups + (divided.groupOf[i] ?? 0);
    });
    groups += divided.groups;
  }
  const packed = packGroups(sharing, { groupOf, groups }, limits);
  const greedy = greedyWaves(sharing, limits);
  const waveOf = sharing.cut(greedy) < sharing.cut(packed) ? greedy : packed;
  return { ...ordered(sharing, waveOf), tooLarge };
}

/** The baseline: greedy groups, packed into waves. */
export function greedyWaves(sharing: Sharing, limits: WaveLimits): number[] {
  return packGroups(sharing, renumbered(agglomerate(sharing, limits)), limits);
}

function packGroups(sharing: Sharing, division: Division, limits: WaveLimits): number[] {
  const waves = pack(sharing.grouped(division.groupOf, division.groups), limits);
  return division.groupOf.map((group) => waves[group] ?? 0);
}

interface Division {
  groupOf: number[];
  groups: number;
}

/** Divides what hangs together and is too large. */
function divide(sharing: Sharing, limits: WaveLimits): Division {
  const flat = agglomerate(sharing, limits);
  refine(sharing, flat, limits);
  const levels = multilevel(sharing, limits);
  const [a, b] = [together(sharing, flat, limits), together(sharing, levels, limits)];
  const [cutA, cutB] = [sharing.cut(a.groupOf), sharing.cut(b.groupOf)];
  if (cutA === cutB) return a.groups <= b.groups ? a : b;
  return cutA < cutB ? a : b;
}

/** Groups that came to fit together by refinement become one. */
function together(sharing: Sharing, groupOf: number[], limits: WaveLimits): Division {
  const { groupOf: small, groups } = renumbered(groupOf);
  const merged = agglomerate(sharing.grouped(small, groups), limits);
  const waves = small.map((group) => merged[group] ?? 0);
  refine(sharing, waves, limits);
  return renumbered(waves);
}

/** As many mailboxes are divided at once, without contracting them further. */
const SMALL = 60;
/** A contracted group takes at most this share of a wave, so that groups can still be told apart. */
const GRAIN = 1 / 8;

function multilevel(sharing: Sharing, limits: WaveLimits): number[] {
  if (sharing.size <= SMALL) return divided(sharing, limits);
  const { groupOf, groups } = contract(sharing, limits);
  if (groups > sharing.size * 0.95) return divided(sharing, limits);
  const above = multilevel(sharing.grouped(groupOf, groups), limits);
  const waves = groupOf.map((group) => above[group] ?? 0);
  refine(sharing, waves, limits);
  return waves;
}

function divided(sharing: Sharing, limits: WaveLimits): number[] {
  const groupOf = agglomerate(sharing, limits);
  refine(sharing, groupOf, limits);
  return groupOf;
}

/** Each mailbox with the neighbour it is tied to most strongly (heavy-edge matching), those with few ties first. */
function contract(sharing: Sharing, limits: WaveLimits): Division {
  const grain = {
    maxMailboxes: Math.max(2, limits.maxMailboxes * GRAIN),
    maxBytes: limits.maxBytes * GRAIN,
  };
  const mate = new Int32Array(sharing.size).fill(-1);
  const order = Array.from({ length: sharing.size }, (_, i) => i);
  order.sort((a, b) => sharing.tiesOf(a).size - sharing.tiesOf(b).size || a - b);
  for (const position of order) {
    if (mate[position] !== -1) continue;
    let best: { other: number; weight: number } | undefined;
    for (const [other, weight] of sharing.tiesOf(position)) {
      if (mate[other] !== -1 || !fits(sharing.load(position), sharing.load(other), grain)) continue;
      if (!best || weight > best.weight || (weight === best.weight && other < best.other)) best = { other, weight };
    }
    mate[position] = best ? best.other : position;
    if (best) mate[best.other] = position;
  }
  return renumbered(Array.from(mate, (other, position) => Math.min(other, position)));
}

/** Waves in the order of their first mailbox, so that the same forests give the same plan. */
function ordered(sharing: Sharing, waveOf: number[]): { waveOf: number[]; waves: number } {
  const { groupOf, groups } = renumbered(waveOf.length === sharing.size ? waveOf : []);
  return { waveOf: groupOf, waves: groups };
}
