import type { Grade, State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { Mark } from '../../ui/Mark.tsx';

const LOOKS: Record<Grade, { tone: State; sign: string }> = {
  Perfect: { tone: 'done', sign: '✓' },
  Good: { tone: 'inSync', sign: '✓' },
  Investigate: { tone: 'decision', sign: '▲' },
  Poor: { tone: 'failed', sign: '✕' },
};

/** How far source and target agree, in the words administrators know from Microsoft's moves. */
export function GradeMark({ grade }: { grade: Grade | null }) {
  const { reports: t } = useTexts();
  if (grade === null) return <Mark tone="planned" sign="○" word={t.noGrade} />;
  return <Mark {...LOOKS[grade]} word={t.grades[grade]} />;
}
