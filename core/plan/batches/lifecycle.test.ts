import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATES, type State, TASK_KINDS } from '../../domain/words.ts';
import { BATCH_ACTIONS, batchState, followOf, moveOf } from './lifecycle.ts';

const states = Object.keys(STATES) as State[];

describe('the life of a workload', () => {
  it('answers every action in every state, and says why where nothing happens', () => {
    for (const state of states) {
      for (const action of BATCH_ACTIONS) {
        const move = moveOf(state, action);
        if (move.kind === 'stay') expect(move.why).not.toBe('');
        else expect(move.to).not.toBe(state);
      }
    }
  });

  it('cuts over only what is in sync', () => {
    expect(states.filter((state) => moveOf(state, 'cutover').kind === 'move')).toEqual(['inSync']);
  });

  it('calls running work back wherever it leaves a running state, and interrupts a cutover for an undo alone', () => {
    for (const state of ['waiting', 'syncing'] as const) {
      for (const action of ['pause', 'hold', 'undo'] as const) {
        expect(moveOf(state, action)).toMatchObject({ kind: 'move', callBack: true });
      }
    }
    expect(moveOf('cuttingOver', 'pause').kind).toBe('stay');
    expect(moveOf('cuttingOver', 'undo')).toMatchObject({ callBack: true, undoDirectory: true });
  });

  it('takes the directory back exactly where a cutover may have changed it', () => {
    const undone = states.filter((state) => {
      const move = moveOf(state, 'undo');
      return move.kind === 'move' && move.undoDirectory;
    });
    expect(undone.sort()).toEqual(['cuttingOver', 'done']);
  });

  it('comes to done by start and cutover alone, when every task ends well', () => {
    let state: State = 'planned';
    const steps: string[] = [];
    for (const action of ['start', 'cutover'] as const) {
      const move = moveOf(state, action);
      if (move.kind === 'stay') throw new Error(move.why);
      state = move.to;
      const queue = [...move.enqueue];
      for (let kind = queue.shift(); kind !== undefined; kind = queue.shift()) {
        steps.push(kind);
        const follow = followOf(state, { kind, openBadItems: 0 });
        if (!follow) throw new Error(`nothing follows ${kind} in ${state}`);
        state = follow.state;
        queue.push(...follow.enqueue);
      }
    }
    expect(state).toBe('done');
    expect(steps).toEqual(['hierarchy', 'sync', 'finalSync', 'cutover']);
  });

  it('leaves what a person held or undid meanwhile alone', () => {
    for (const state of ['held', 'undone', 'done', 'planned'] as const) {
      for (const kind of TASK_KINDS) {
        expect(followOf(state, { kind, openBadItems: 0 })).toBeUndefined();
      }
    }
  });

  it('is not done when the comparison at its end finds something that is not whole', () => {
    expect(followOf('cuttingOver', { kind: 'cutover', openBadItems: 0, notWhole: 1 })?.state).toBe('decision');
    expect(followOf('cuttingOver', { kind: 'cutover', openBadItems: 0, notWhole: 0 })?.state).toBe('done');
  });

  it('asks for a decision when bad items are open', () => {
    expect(followOf('syncing', { kind: 'sync', openBadItems: 2 })).toEqual({
      state: 'decision',
      reason: '2 bad items wait for a decision.',
      enqueue: [],
    });
  });
});

describe('the state of a batch', () => {
  it('is the one a person should know of', () => {
    expect(batchState({})).toBe('planned');
    expect(batchState({ planned: 3 })).toBe('planned');
    expect(batchState({ inSync: 3, syncing: 1 })).toBe('syncing');
    expect(batchState({ inSync: 3, decision: 1 })).toBe('decision');
    expect(batchState({ done: 3, failed: 1 })).toBe('failed');
    expect(batchState({ done: 3, undone: 1 })).toBe('done');
    expect(batchState({ undone: 2 })).toBe('undone');
    expect(batchState({ done: 2, inSync: 1 })).toBe('inSync');
  });

  it('is always the state of one of its workloads', () => {
    const counts = fc.record(
      Object.fromEntries(states.map((state) => [state, fc.integer({ min: 0, max: 3 })])) as Record<
        State,
        fc.Arbitrary<number>
      >,
    );
    fc.assert(
      fc.property(counts, (byState) => {
        const present = states.filter((state) => byState[state] > 0);
        const found = batchState(byState);
        expect(present.length === 0 ? found === 'planned' : present.includes(found)).toBe(true);
      }),
    );
  });
});
