import fc from 'fast-check';

/** A row of numbers that is the same for the same seed (xorshift). */
export function random(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export const CHANGES = [
  'create',
  'createContact',
  'createTask',
  'createAssociated',
  'update',
  'flag',
  'read',
  'move',
  'twin',
  'twinHere',
  'delete',
  'deleteContact',
  'deleteTask',
  'newFolder',
  'caseTwin',
  'renameFolder',
  'swapNames',
  'moveFolder',
  'deleteFolder',
  'permission',
] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** How often each is drawn, in the order of their names above. */
export const WEIGHTS = [26, 5, 5, 2, 13, 6, 10, 12, 2, 3, 10, 3, 3, 4, 1, 3, 1, 3, 1, 2];

/** One change: its kind, and numbers that choose among what is there when it is made. */
export interface Change {
  kind: ChangeKind;
  a: number;
  b: number;
  c: number;
}

const choice = fc.nat(0xffff);
/** Changes for fast-check, each kind as often as people make it. */
export const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.oneof(...CHANGES.map((kind, i) => ({ weight: WEIGHTS[i] ?? 1, arbitrary: fc.constant(kind) }))),
  a: choice,
  b: choice,
  c: choice,
});
