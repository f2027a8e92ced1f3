import type { State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { Mark } from '../../ui/Mark.tsx';
import type { Progress } from './PreparePage.tsx';

type Count = Progress['counts'][number];

const STATES: Record<Count['state'], { tone: State; sign: string }> = {
  planned: { tone: 'planned', sign: '○' },
  writing: { tone: 'syncing', sign: '◐' },
  applied: { tone: 'done', sign: '✓' },
  stopped: { tone: 'decision', sign: '▲' },
  failed: { tone: 'failed', sign: '✕' },
  undoing: { tone: 'syncing', sign: '◐' },
  undone: { tone: 'undone', sign: '↶' },
  kept: { tone: 'decision', sign: '▲' },
};
const KINDS: Record<Count['kind'], { tone: State; sign: string }> = {
  add: { tone: 'done', sign: '+' },
  modify: { tone: 'syncing', sign: '~' },
  delete: { tone: 'failed', sign: '−' },
};

/** How far one change is. */
export function ChangeMark({ state }: { state: Count['state'] }) {
  const { prepare: t } = useTexts();
  return <Mark {...STATES[state]} word={t.changeStates[state]} />;
}

/** What kind of change it is. */
export function KindMark({ kind }: { kind: Count['kind'] }) {
  const { prepare: t } = useTexts();
  return <Mark {...KINDS[kind]} word={t.kinds[kind]} />;
}
