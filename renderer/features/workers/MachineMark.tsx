import type { State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { Mark } from '../../ui/Mark.tsx';
import type { Machine } from './WorkersPage.tsx';

/** How a machine stands, as sign and word. */
export function MachineMark({ machine }: { machine: Pick<Machine, 'state' | 'away' | 'kind'> }) {
  const { workers: t } = useTexts();
  const [tone, sign, word] = lookOf(machine, t);
  return <Mark tone={tone} sign={sign} word={word} />;
}

function lookOf(
  { state, away, kind }: Pick<Machine, 'state' | 'away' | 'kind'>,
  t: ReturnType<typeof useTexts>['workers'],
): [State, string, string] {
  if (state === 'waiting') return ['decision', '▲', t.states.waiting];
  if (away) return ['failed', '✕', t.states.away];
  if (state === 'draining') return ['held', '‖', t.states.draining];
  return ['inSync', '●', kind === 'console' ? t.consoleState : t.states.approved];
}
