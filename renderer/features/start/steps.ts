import type { Outputs } from '../../rpc/client.ts';

export type StepId = 'forests' | 'accounts' | 'preflight' | 'discover' | 'match' | 'batch';
type Progress = Outputs['overview']['show']['progress'];

export interface Step {
  id: StepId;
  done: boolean;
  /** The place where the step is done. */
  to: string;
}

/** The steps in the order of the trip, with what is done of them; the database knows, so they can be left at any time. */
export function stepsOf(progress: Progress): Step[] {
  return [
    { id: 'forests', done: progress.forests >= 2, to: progress.forests === 0 ? '/start' : '/forests' },
    { id: 'accounts', done: progress.forests >= 2 && progress.accounts >= progress.forests, to: '/forests' },
    { id: 'preflight', done: progress.checks > 0, to: '/preflight' },
    { id: 'discover', done: progress.forests >= 2 && progress.recipients >= progress.forests, to: '/recipients' },
    { id: 'match', done: progress.matches > 0, to: '/matches' },
    { id: 'batch', done: progress.batches > 0, to: '/plan' },
  ];
}
