import { Box, Button, Typography } from '@mui/material';
import { styled } from '@mui/material/styles';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { State } from '../../../core/domain/words.ts';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Mark } from '../../ui/Mark.tsx';
import { Scroll } from '../../ui/Page.tsx';
import { saveText } from '../../ui/save.ts';
import { usePickedFiles } from '../../ui/usePickedFiles.tsx';

export type Ports = Outputs['preflight']['ports'];
export type RowState = Ports['rows'][number]['state'];

/** How a row of the ports stands, with the sign of the checks; grey where nobody can ask from here. */
export const PORT_LOOKS: Record<RowState, { tone: State; sign: string }> = {
  failed: { tone: 'failed', sign: '✕' },
  notTried: { tone: 'held', sign: '?' },
  warning: { tone: 'decision', sign: '▲' },
  passed: { tone: 'done', sign: '✓' },
  notApplicable: { tone: 'planned', sign: '–' },
  elsewhere: { tone: 'waiting', sign: '↗' },
  noHost: { tone: 'planned', sign: '○' },
};

/** Below this width of the page, beside a drawer or in a narrow window, the columns do not stand side by side. */
const LIST = '@container (max-width: 1039px)';

/** A matrix; where it has no room, a list of the same cells: each row a heading, each cell with the name of its column. */
const Grid = styled('table')(({ theme }) => ({
  borderCollapse: 'separate',
  borderSpacing: 4,
  fontSize: '0.8125rem',
  '& th': { fontWeight: 600, textAlign: 'start', color: (theme.vars ?? theme).palette.text.secondary, padding: 4 },
  '& thead th': { verticalAlign: 'bottom', minWidth: 108, maxWidth: 140 },
  '& td': { padding: 0 },
  '& button': {
    all: 'unset',
    boxSizing: 'border-box',
    width: '100%',
    minHeight: 48,
    padding: '6px 10px',
    borderRadius: 6,
    cursor: 'pointer',
    border: `1px solid ${(theme.vars ?? theme).palette.divider}`,
    background: (theme.vars ?? theme).palette.background.paper,
    '&:hover': { background: (theme.vars ?? theme).palette.action.hover },
    '&:focus-visible': { outline: `2px solid ${(theme.vars ?? theme).palette.primary.main}` },
    '&[aria-pressed=true]': { borderColor: (theme.vars ?? theme).palette.primary.main },
  },
  '& small': { display: 'block', fontSize: '0.75rem', color: (theme.vars ?? theme).palette.text.secondary },
  '& .to': { display: 'none' },
  [LIST]: {
    display: 'block',
    '& thead': { position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' },
    '& tbody': { display: 'block' },
    '& tbody tr': {
      display: 'grid',
      gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 190px), 1fr))',
      gap: 6,
      paddingBottom: 12,
    },
    '& tbody th': { gridColumn: '1 / -1', paddingInline: 0 },
    '& td:empty': { display: 'none' },
    '& .to': { display: 'block', fontWeight: 600 },
  },
}));

const route = getRouteApi('/preflight');

/** Who has to reach whom: the worst of each pair's ports in the cell. */
export function PortMatrix({ ports, error }: { ports: Ports | undefined; error: unknown }) {
  const { preflight: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  if (error) return <ErrorNote error={error} />;
  const froms = [...new Set(ports?.cells.map(({ from }) => from))];
  const tos = [...new Set(ports?.cells.map(({ to }) => to))];
  return (
    <Scroll label={t.ports}>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'center', flexWrap: 'wrap', pb: 2 }}>
        <Typography variant="body2" color="text.secondary" sx={{ flex: 1, minWidth: 240 }}>
          {t.portsSentence}
        </Typography>
        <ImportButton />
        <Button
          onClick={() => void api.preflight.portsCsv.query().then((csv) => saveText('ports.csv', csv), showError)}
        >
          {t.portsCsv}
        </Button>
      </Box>
      <Box sx={{ containerType: 'inline-size' }}>
        <Grid>
          <thead>
            <tr>
              <th scope="col">{`${t.portsFrom} ↓  ${t.portsTo} →`}</th>
              {tos.map((to) => (
                <th key={to} scope="col">
                  {t.portEnds[to]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {froms.map((from) => (
              <tr key={from}>
                <th scope="row">{t.portEnds[from]}</th>
                {tos.map((to) => {
                  const cell = ports?.cells.find((one) => one.from === from && one.to === to);
                  if (!cell) return <td key={to} />;
                  const look = PORT_LOOKS[cell.state];
                  return (
                    <td key={to}>
                      <button
                        type="button"
                        aria-pressed={search.from === from && search.to === to}
                        onClick={() => void navigate({ search: (old) => ({ ...old, from, to }), replace: true })}
                      >
                        <span className="to" aria-hidden="true">
                          {t.portEnds[to]}
                        </span>
                        <Mark tone={look.tone} sign={look.sign} word={t.rowStates[cell.state]} />
                        <small>{count(cell.rows.length)}</small>
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </Grid>
      </Box>
    </Scroll>
  );
}

/** Takes the file that the script wrote on a machine that cannot be asked from here. */
function ImportButton() {
  const { preflight: t } = useTexts();
  const client = useQueryClient();
  const read = useMutation({
    mutationFn: async (file: File) => await api.preflight.importPorts.mutate({ csv: await file.text() }),
    onSuccess: ({ runs }) => {
      toast(t.imported(runs.length));
      return client.invalidateQueries({ queryKey: ['preflight'] });
    },
    onError: showError,
  });
  const { field, pick } = usePickedFiles('.csv,text/csv', ([file]) => file && read.mutate(file));
  return (
    <>
      {field}
      <Button disabled={read.isPending} onClick={pick}>
        {t.import}
      </Button>
    </>
  );
}
