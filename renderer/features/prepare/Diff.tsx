import { Box } from '@mui/material';
import { styled } from '@mui/material/styles';
import { useTexts } from '../../app/texts.ts';
import { count } from '../../ui/figures.ts';
import type { Change } from './ChangeList.tsx';

const Line = styled('div')(({ theme }) => ({
  overflowWrap: 'anywhere',
  unicodeBidi: 'isolate',
  '& del': { color: (theme.vars ?? theme).palette.states.failed, textDecoration: 'line-through' },
  '& ins': { color: (theme.vars ?? theme).palette.states.done, textDecoration: 'underline' },
}));

/** The longest value that is shown whole; certificates and the like are no reading matter. */
const LONGEST = 300;
const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** What a change does to each attribute: before struck, after underlined. */
export function Diff({ diff }: { diff: Change['diff'] }) {
  const { prepare: t } = useTexts();
  return (
    <Box
      component="dl"
      sx={{ m: 0, fontSize: '0.8125rem', '& dt': { color: 'text.secondary', mt: 2 }, '& dd': { m: 0 } }}
    >
      {diff.map((one) => (
        <Box key={one.attribute}>
          <dt>{one.attribute}</dt>
          <dd>
            {one.removed.map((value) => (
              <Line key={`- ${value}`}>
                <span className="visually-hidden">{t.removed}</span>
                <del>{cut(value)}</del>
              </Line>
            ))}
            {one.added.map((value) => (
              <Line key={`+ ${value}`}>
                <span className="visually-hidden">{t.added}</span>
                <ins>{cut(value)}</ins>
              </Line>
            ))}
            {one.kept > 0 && <Box sx={{ color: 'text.secondary' }}>{t.kept(count(one.kept))}</Box>}
          </dd>
        </Box>
      ))}
    </Box>
  );
}
