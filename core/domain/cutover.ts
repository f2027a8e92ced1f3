import { unreachable } from './errors.ts';
import type { WorkloadKind } from './words.ts';

/**
 * The steps of a cutover, in their order. Up to `directory` everything can be taken back without anybody noticing; with
 * `forwarding` mail flow turns.
 */
export const CUTOVER_STEPS = [
  'lock',
  'finalDelta',
  'check',
  'directory',
  'forwarding',
  'sweep',
  'verification',
  'disconnect',
  'notify',
  'signOff',
] as const;
export type CutoverStep = (typeof CUTOVER_STEPS)[number];

/** What each step does, for tables and screens. */
export const CUTOVER_STEP_WORDS: Record<CutoverStep, string> = {
  lock: 'Lock the folders',
  finalDelta: 'Last delta',
  check: 'Compare before the switch',
  directory: 'Make the target its home',
  forwarding: 'Turn mail flow',
  sweep: 'Fetch late mail',
  verification: 'Compare after the switch',
  disconnect: 'Disconnect the source',
  notify: 'Tell the person',
  signOff: 'Sign off',
};

export const STEP_STATES = ['pending', 'running', 'done', 'failed', 'skipped', 'undone'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** How mail for the source's address goes on after the switch. */
export const FORWARDING_MODES = ['redirect', 'deliverAndForward'] as const;
export type ForwardingMode = (typeof FORWARDING_MODES)[number];

export type StepStates = Partial<Record<CutoverStep, StepState>>;

/** Steps that a workload of this kind goes through. Public folders have no mail flow of their own to turn. */
export function stepsOf(kind: WorkloadKind): readonly CutoverStep[] {
  switch (kind) {
    case 'mailbox':
    case 'archive':
      return CUTOVER_STEPS.filter((step) => step !== 'lock');
    case 'publicFolders':
      return ['lock', 'finalDelta', 'check', 'signOff'];
    default:
      return unreachable(kind);
  }
}

const over = (state: StepState | undefined): boolean => state === 'done' || state === 'skipped';

/** The first step that is not over; undefined when all are. */
export function nextStep(kind: WorkloadKind, states: StepStates): CutoverStep | undefined {
  return stepsOf(kind).find((step) => !over(states[step]));
}

/** Mail flow has turned: the source's address leads to the target. */
export function hasTurned(states: StepStates): boolean {
  return states.forwarding === 'done';
}

/** A transition that is allowed, or why it is not. */
export type Allowed = { ok: true } | { ok: false; why: string };
const yes: Allowed = { ok: true };
const no = (why: string): Allowed => ({ ok: false, why });

/** Whether a step may begin: every step before it is over. Steps are begun again after a crash. */
export function canBegin(kind: WorkloadKind, states: StepStates, step: CutoverStep): Allowed {
  const steps = stepsOf(kind);
  const at = steps.indexOf(step);
  if (at < 0) return no(`${CUTOVER_STEP_WORDS[step]}: not a step of this kind`);
  if (over(states[step])) return no(`${CUTOVER_STEP_WORDS[step]}: it is done`);
  const missing = steps.slice(0, at).find((before) => !over(states[before]));
  return missing === undefined
    ? yes
    : no(`${CUTOVER_STEP_WORDS[step]}: ${CUTOVER_STEP_WORDS[missing]} comes before it and is not done`);
}

/** Whether the cutover can be broken off so that nobody notices. After mail flow has turned only `undo` is left. */
export function canAbort(states: StepStates): Allowed {
  if (over(states.signOff)) return no('it is signed off');
  // A step that is running may have written already: its outcome is not known before it ends.
  if (states.forwarding === 'running' || states.forwarding === 'failed')
    return no('mail flow is being turned; undo takes it back');
  if (hasTurned(states))
    return no('mail flow has turned; undo takes it back, and mail that came since stays in the target');
  return yes;
}

/** Whether everything can be taken back. Once a person has signed, nothing is. */
export function canUndo(states: StepStates): Allowed {
  return over(states.signOff) ? no('it is signed off') : yes;
}

/** Whether a person can sign off: every step before it is over. */
export function canSignOff(kind: WorkloadKind, states: StepStates): Allowed {
  return canBegin(kind, states, 'signOff');
}

/**
 * Steps of a cutover that begins anew, after a broken-off or failed one: content is compared again, what stands in the
 * directories stays done.
 */
export function restarted(kind: WorkloadKind, states: StepStates): StepStates {
  const again: readonly CutoverStep[] = ['lock', 'finalDelta', 'check', 'sweep', 'verification'];
  const next: StepStates = {};
  for (const step of stepsOf(kind)) {
    const state = states[step];
    next[step] = again.includes(step) || !over(state) ? 'pending' : state;
  }
  // A mailbox that is disconnected has no content any more that could be read: what was found before stands.
  if (states.disconnect === 'done') for (const step of again) if (states[step] === 'done') next[step] = 'done';
  return next;
}

/** Steps that an undo takes back, last one first. */
export function stepsToUndo(states: StepStates): CutoverStep[] {
  const taken: readonly CutoverStep[] = ['disconnect', 'forwarding', 'directory', 'lock'];
  return taken.filter((step) => states[step] === 'running' || states[step] === 'failed' || states[step] === 'done');
}
