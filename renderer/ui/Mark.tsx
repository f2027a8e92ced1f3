import { styled } from '@mui/material/styles';
import type { State } from '../../core/domain/words.ts';

const Root = styled('span')({
  display: 'inline-flex',
  alignItems: 'baseline',
  gap: 6,
  whiteSpace: 'nowrap',
  '& i': { fontStyle: 'normal', minWidth: 14, textAlign: 'center', flex: 'none', fontFamily: 'system-ui, sans-serif' },
});

/** A sign and a word in the colour of a state of the same weight; the colour only helps. */
export function Mark({ tone, sign, word, quiet }: { tone: State; sign: string; word: string; quiet?: boolean }) {
  return (
    <Root sx={(theme) => ({ color: (theme.vars ?? theme).palette.states[tone] })} title={quiet ? word : undefined}>
      <i aria-hidden="true">{sign}</i>
      {quiet ? <span className="visually-hidden">{word}</span> : word}
    </Root>
  );
}
