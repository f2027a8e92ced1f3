import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CUTOVER_STEPS,
  type CutoverStep,
  canAbort,
  canBegin,
  canSignOff,
  canUndo,
  hasTurned,
  nextStep,
  restarted,
  type StepStates,
  stepsOf,
  stepsToUndo,
} from './cutover.ts';
import { WORKLOAD_KINDS, type WorkloadKind } from './words.ts';

/** What can happen to a cutover: a step begins, ends well, badly or is left out; a worker dies; a person acts. */
type Happening =
  | { kind: 'begin' | 'end' | 'fail' | 'skip'; step: CutoverStep }
  | { kind: 'restart' | 'abort' | 'undo' };

const happening = constantFrom<Happening[]>(
  ...CUTOVER_STEPS.flatMap((step) => (['begin', 'end', 'fail', 'skip'] as const).map((kind) => ({ kind, step }))),
  { kind: 'restart' },
  { kind: 'abort' },
  { kind: 'undo' },
);

/** Plays what the rules allow; the rest is refused. */
function play(
  kind: WorkloadKind,
  happenings: readonly Happening[],
): { states: StepStates; turned: boolean; signed: boolean } {
  let states: StepStates = {};
  let turned = false;
  let signed = false;
  for (const one of happenings) {
    switch (one.kind) {
      case 'begin':
        if (canBegin(kind, states, one.step).ok) states = { ...states, [one.step]: 'running' };
        break;
      case 'end':
      case 'fail':
      case 'skip':
        if (states[one.step] !== 'running') break;
        states = { ...states, [one.step]: one.kind === 'end' ? 'done' : one.kind === 'fail' ? 'failed' : 'skipped' };
        if (one.kind === 'end' && one.step === 'forwarding') turned = true;
        if (one.kind === 'end' && one.step === 'signOff') signed = true;
        break;
      case 'restart':
        if (states.signOff !== 'done') states = restarted(kind, states);
        break;
      case 'abort':
        if (canAbort(states).ok) for (const step of stepsToUndo(states)) states = { ...states, [step]: 'undone' };
        break;
      case 'undo':
        if (!canUndo(states).ok) break;
        for (const step of stepsToUndo(states)) states = { ...states, [step]: 'undone' };
        turned = false;
        break;
    }
  }
  return { states, turned, signed };
}

describe('the steps of a cutover', () => {
  it('never turn mail flow before the comparison, nor disconnect before the sweep, whatever happens', () => {
    assert(
      property(constantFrom(...WORKLOAD_KINDS), array(happening, { maxLength: 120 }), (kind, happenings) => {
        for (let length = 0; length <= happenings.length; length++) {
          const { states } = play(kind, happenings.slice(0, length));
          for (const step of stepsOf(kind)) {
            if (states[step] !== 'running') continue;
            const before = stepsOf(kind).slice(0, stepsOf(kind).indexOf(step));
            for (const one of before) expect(['done', 'skipped']).toContain(states[one]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('can be broken off unnoticed only before mail flow turns, and never taken back after the signature', () => {
    assert(
      property(constantFrom(...WORKLOAD_KINDS), array(happening, { maxLength: 150 }), (kind, happenings) => {
        const { states, turned, signed } = play(kind, happenings);
        expect(hasTurned(states)).toBe(turned);
        if (turned) expect(canAbort(states).ok).toBe(false);
        expect(canUndo(states).ok).toBe(!signed && states.signOff !== 'skipped');
        if (signed) expect(nextStep(kind, states)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('come to an end when each does', () => {
    for (const kind of WORKLOAD_KINDS) {
      let states: StepStates = {};
      for (let step = nextStep(kind, states); step; step = nextStep(kind, states))
        states = { ...states, [step]: 'done' };
      expect(Object.keys(states)).toEqual([...stepsOf(kind)]);
    }
  });

  it('say by name why not', () => {
    expect(canSignOff('mailbox', {})).toEqual({
      ok: false,
      why: 'Sign off: Last delta comes before it and is not done',
    });
    expect(canBegin('publicFolders', {}, 'forwarding')).toMatchObject({ ok: false });
    expect(canAbort({ forwarding: 'running' })).toMatchObject({ why: expect.stringContaining('being turned') });
    expect(canUndo({ signOff: 'done' })).toEqual({ ok: false, why: 'it is signed off' });
  });

  it('begin anew with the content compared again, and what stands in the directories left as it is', () => {
    const states: StepStates = {
      finalDelta: 'done',
      check: 'done',
      directory: 'done',
      forwarding: 'done',
      sweep: 'done',
      verification: 'failed',
    };
    expect(restarted('mailbox', states)).toMatchObject({
      finalDelta: 'pending',
      check: 'pending',
      directory: 'done',
      forwarding: 'done',
      sweep: 'pending',
      verification: 'pending',
    });
    expect(
      restarted('mailbox', { ...states, verification: 'done', disconnect: 'done', notify: 'failed' }),
    ).toMatchObject({
      finalDelta: 'done',
      sweep: 'done',
      verification: 'done',
      notify: 'pending',
    });
  });
});
