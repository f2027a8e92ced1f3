import type { ReactNode } from 'react';
import type { State } from '../../core/domain/words.ts';
import { useTexts } from '../app/texts.ts';

/** The ten signs as drawings, so that every font shows the same shape. View box 16. */
const SIGNS: Record<State, ReactNode> = {
  planned: <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  waiting: (
    <>
      <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 5v3.2h2.6" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  syncing: (
    <>
      <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 2.75a5.25 5.25 0 0 0 0 10.5z" fill="currentColor" />
    </>
  ),
  inSync: <circle cx="8" cy="8" r="5.5" fill="currentColor" />,
  held: <path d="M5.5 3.5v9M10.5 3.5v9" stroke="currentColor" strokeWidth="2.25" strokeLinecap="round" />,
  cuttingOver: (
    <path
      d="M2.5 5.5h10m-2.6-2.6 2.6 2.6-2.6 2.6M13.5 10.5h-10m2.6-2.6-2.6 2.6 2.6 2.6"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  done: (
    <path
      d="m3 8.6 3.2 3.2L13 4.8"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  decision: <path d="M8 2.6 14.2 13.4H1.8z" fill="currentColor" />,
  failed: <path d="m4 4 8 8M12 4l-8 8" stroke="currentColor" strokeWidth="2.1" strokeLinecap="round" />,
  undone: (
    <path
      d="M5.2 3 2.6 5.6l2.6 2.6M2.8 5.6h6.4a3.7 3.7 0 0 1 0 7.4H5.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
};

/** A state as sign and word; colour only helps. */
export function StateMark({ state, quiet }: { state: State; quiet?: boolean }) {
  const { batch } = useTexts();
  return (
    <span className="state-mark" data-state={state}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {SIGNS[state]}
      </svg>
      {quiet ? <span className="visually-hidden">{batch.states[state]}</span> : batch.states[state]}
    </span>
  );
}
