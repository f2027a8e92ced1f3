import type { MatchObject } from './model.ts';
import type { Nicknames } from './nicknames.ts';
import { oneSlipApart, spelledOut } from './text.ts';

/** How two given names, or two family names, compare. */
export type NameLevel = 'equal' | 'variant' | 'slip' | 'initial' | 'part' | 'differs' | 'missing';

export interface NameComparison {
  given: NameLevel;
  family: NameLevel;
  /** Given and family name stand in each other's place on one side. */
  swapped: boolean;
}

/** Compares two people's names, also with given and family name swapped on one side. */
export function compareNames(a: MatchObject, b: MatchObject, nicknames: Nicknames): NameComparison {
  const straight = {
    given: compareGiven(a.given, b.given, a.name.given, b.name.given, nicknames),
    family: compareFamily(a.family, b.family, a.name.family, b.name.family),
    swapped: false,
  };
  if (agrees(straight) || straight.given === 'missing' || straight.family === 'missing') return straight;
  const crossed = {
    given: compareGiven(a.given, b.family, a.name.given, b.name.family, nicknames),
    family: compareFamily(a.family, b.given, a.name.family, b.name.given),
    swapped: true,
  };
  return agrees(crossed) && crossed.given !== 'initial' ? crossed : straight;
}

/** Whether both parts are the same name, in some spelling. */
export function agrees(c: NameComparison): boolean {
  return c.given !== 'differs' && c.family !== 'differs' && c.given !== 'missing' && c.family !== 'missing';
}

/** Whether neither part is the same name: what a change of name alone does not explain. */
export function contradicts(c: NameComparison): boolean {
  return c.given === 'differs' && c.family === 'differs';
}

function compareGiven(
  a: readonly string[],
  b: readonly string[],
  rawA: readonly string[],
  rawB: readonly string[],
  nicknames: Nicknames,
): NameLevel {
  const [firstA, firstB] = [a[0], b[0]];
  if (firstA === undefined || firstB === undefined) return 'missing';
  if (firstA === firstB) return sameSpelling(rawA[0], rawB[0]) ? 'equal' : 'variant';
  if (firstA.length === 1 || firstB.length === 1) return firstA[0] === firstB[0] ? 'initial' : 'differs';
  if (nicknames.same(firstA, firstB)) return 'variant';
  // Anna Maria on one side, Maria on the other; Annemarie and Anne-Marie.
  if (a.includes(firstB) || b.includes(firstA) || a.join('') === b.join('')) return 'part';
  if (firstA.length >= 4 && firstB.length >= 4 && slip(rawA[0], rawB[0], firstA, firstB)) return 'slip';
  return 'differs';
}

function compareFamily(
  a: readonly string[],
  b: readonly string[],
  rawA: readonly string[],
  rawB: readonly string[],
): NameLevel {
  if (a.length === 0 || b.length === 0) return 'missing';
  const [wholeA, wholeB] = [a.join(''), b.join('')];
  if (wholeA === wholeB) return sameSpelling(rawA.join(''), rawB.join('')) ? 'equal' : 'variant';
  // A double name keeps one of its halves: Müller-Schmidt and Müller.
  if (a.some((w) => w.length > 2 && b.includes(w))) return 'part';
  if (wholeA.length >= 4 && wholeB.length >= 4 && slip(rawA.join(''), rawB.join(''), wholeA, wholeB)) return 'slip';
  return 'differs';
}

/** The same word, or the same word with its marks left out or spelled out. */
function sameSpelling(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a === b || spelledOut(a) === spelledOut(b);
}

function slip(rawA: string | undefined, rawB: string | undefined, keyA: string, keyB: string): boolean {
  if (rawA !== undefined && rawB !== undefined && oneSlipApart(spelledOut(rawA), spelledOut(rawB))) return true;
  return oneSlipApart(keyA, keyB);
}
