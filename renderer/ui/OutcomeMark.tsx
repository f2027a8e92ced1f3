import { CHECK_OUTCOMES, type CheckOutcome } from '../../core/domain/checks.ts';
import type { State } from '../../core/domain/words.ts';
import { useTexts } from '../app/texts.ts';
import { Mark } from './Mark.tsx';

export const OUTCOME_TONES: Record<CheckOutcome, State> = {
  failed: 'failed',
  notTried: 'held',
  warning: 'decision',
  passed: 'done',
  notApplicable: 'planned',
};

/** How a check ended, as sign and word. */
export function OutcomeMark({ outcome, quiet }: { outcome: CheckOutcome; quiet?: boolean }) {
  const { preflight } = useTexts();
  return (
    <Mark
      tone={OUTCOME_TONES[outcome]}
      sign={CHECK_OUTCOMES[outcome].sign}
      word={preflight.outcomes[outcome]}
      quiet={quiet ?? false}
    />
  );
}
