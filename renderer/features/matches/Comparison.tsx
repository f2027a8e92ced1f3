import { Box, Button, Typography } from '@mui/material';
import { styled } from '@mui/material/styles';
import { useTexts } from '../../app/texts.ts';
import { share } from '../../ui/figures.ts';
import { type Candidate, type Evidence, rowsOf, type Shown } from './candidates.ts';

const Sheet = styled('table')(({ theme }) => ({
  borderCollapse: 'collapse',
  fontSize: '0.8125rem',
  minWidth: '100%',
  '& th, & td': {
    textAlign: 'start',
    verticalAlign: 'top',
    padding: '5px 12px 5px 0',
    borderBottom: `1px solid ${(theme.vars ?? theme).palette.line}`,
    maxWidth: 260,
    overflowWrap: 'anywhere',
    unicodeBidi: 'isolate',
    whiteSpace: 'pre-line',
  },
  '& tbody th': { fontWeight: 400, color: (theme.vars ?? theme).palette.text.secondary, whiteSpace: 'nowrap' },
  '& td.same': { color: (theme.vars ?? theme).palette.text.secondary },
  '& td.differs': { fontWeight: 600 },
  '& td.differs::before': {
    content: '"≠ "',
    color: (theme.vars ?? theme).palette.states.decision,
  },
}));

/** Attributes in rows, the source at the left, candidates at the right; what agrees is quiet, what differs is marked. */
export function Comparison({
  data,
  candidates,
  pending,
  onChoose,
}: {
  data: Shown;
  candidates: readonly Candidate[];
  pending: boolean;
  onChoose: (one: Candidate) => void;
}) {
  const { matches: t } = useTexts();
  const source = data.objects.find(({ id }) => id === data.line.sourceId);
  if (!source) return null;
  return (
    <Box sx={{ overflow: 'auto', flex: '0 0 auto' }} tabIndex={0} role="region" aria-label={t.evidence}>
      <Sheet>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{t.attribute}</span>
            </th>
            <th scope="col">{t.source}</th>
            {candidates.map((one, index) => (
              <th scope="col" key={one.id}>
                <Head one={one} index={index} pending={pending} onChoose={onChoose} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rowsOf(source, candidates).map((row) => (
            <tr key={row.name}>
              <th scope="row">{t.names[row.name] ?? row.name}</th>
              <td>{row.source}</td>
              {row.targets.map(({ text, same }, index) => (
                <td key={candidates[index]?.id} className={same ? 'same' : text && row.source ? 'differs' : undefined}>
                  <bdi>{text}</bdi>
                  {!same && text && row.source ? <span className="visually-hidden">{t.differsMark}</span> : null}
                </td>
              ))}
            </tr>
          ))}
          {candidates.length > 0 && (
            <tr>
              <th scope="row">{t.evidence}</th>
              <td />
              {candidates.map((one) => (
                <td key={one.id}>
                  <Reasons evidence={one.evidence} />
                </td>
              ))}
            </tr>
          )}
        </tbody>
      </Sheet>
    </Box>
  );
}

function Head({
  one,
  index,
  pending,
  onChoose,
}: {
  one: Candidate;
  index: number;
  pending: boolean;
  onChoose: (one: Candidate) => void;
}) {
  const { matches: t } = useTexts();
  return (
    <Box sx={{ display: 'grid', gap: 1, justifyItems: 'start', minWidth: 140 }}>
      <span>{`${t.candidate(index + 1)}${one.score > 0 ? `, ${share(one.score)}` : ''}`}</span>
      {one.current ? (
        <Typography variant="caption" sx={(theme) => ({ color: (theme.vars ?? theme).palette.states.done })}>
          ✓ {t.chosen}
        </Typography>
      ) : (
        <Button
          variant={index === 0 ? 'contained' : 'outlined'}
          disabled={pending}
          onClick={() => onChoose(one)}
          aria-label={`${index === 0 ? t.accept : t.choose}: ${one.name}`}
          aria-keyshortcuts={String(index + 1)}
        >
          {index === 0 ? t.accept : t.choose}
        </Button>
      )}
    </Box>
  );
}

/** The evidence in words, what weighs most first. */
function Reasons({ evidence }: { evidence: readonly Evidence[] }) {
  const { matches: t } = useTexts();
  const told = evidence
    .filter(({ verdict }) => verdict !== 'info')
    .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return (
    <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
      {told.map((one) => (
        <Box
          component="li"
          key={`${one.key} ${one.verdict}`}
          sx={(theme) => ({
            color: one.verdict === 'differs' ? (theme.vars ?? theme).palette.states.decision : 'text.secondary',
          })}
        >
          {words(one, t)}
        </Box>
      ))}
    </Box>
  );
}

function words(one: Evidence, t: ReturnType<typeof useTexts>['matches']): string {
  const said = one.verdict === 'equal' ? t.equal : one.verdict === 'similar' ? t.similar : t.differs;
  return `${said(one.key)}${one.note ? `: ${one.note}` : ''}`;
}
