import type { MatchState, State } from '../../core/domain/words.ts';
import { useTexts } from '../app/texts.ts';
import { Mark } from './Mark.tsx';

const LOOKS: Record<MatchState | 'none', { tone: State; sign: string }> = {
  matched: { tone: 'done', sign: '✓' },
  review: { tone: 'held', sign: '?' },
  conflict: { tone: 'decision', sign: '▲' },
  create: { tone: 'syncing', sign: '+' },
  unmatched: { tone: 'planned', sign: '○' },
  filtered: { tone: 'planned', sign: '–' },
  none: { tone: 'planned', sign: '·' },
};

/** How an object is matched, as sign and word. */
export function MatchMark({ state }: { state: MatchState | 'none' }) {
  const { recipients: t } = useTexts();
  return <Mark {...LOOKS[state]} word={t.matches[state]} />;
}
