import { useMediaQuery } from '@mui/material';
import { STATES, type State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { Chips } from '../../ui/Chips.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import type { Batch } from './BatchPage.tsx';

/** The states that members are in, each with its count; one can be chosen. */
export function StateFilter({
  batch,
  chosen,
  choose,
  drawer,
}: {
  batch: Batch;
  /** The drawer takes room: signs and counts alone, the words on hover and for screen readers. */
  drawer: boolean;
  chosen: State | undefined;
  choose: (state: State | undefined) => void;
}) {
  const { batch: t } = useTexts();
  const { byState, workloads } = batch.totals;
  const narrow = useMediaQuery(drawer ? '(max-width: 1899px)' : '(max-width: 1199px)');
  const present = (Object.keys(STATES) as State[]).filter((state) => (byState[state] ?? 0) > 0 || state === chosen);
  return (
    <Chips<State>
      label={t.columns.state}
      all={{ label: t.allStates, count: workloads }}
      chips={present.map((state) => ({
        value: state,
        label: <StateMark state={state} quiet={narrow} />,
        count: byState[state] ?? 0,
        title: t.states[state],
      }))}
      chosen={chosen}
      choose={choose}
    />
  );
}
