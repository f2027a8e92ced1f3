import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { count } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import type { Overview } from './sentence.ts';

type Kind = keyof Overview['waiting'];

/** Where each kind of decision is taken, most urgent first. */
const PLACES: readonly [Kind, { to: string; search?: Record<string, string> }][] = [
  ['machines', { to: '/workers' }],
  ['decisions', { to: '/batches' }],
  ['blocking', { to: '/preflight' }],
  ['conflicts', { to: '/matches', search: { state: 'conflict' } }],
  ['unprepared', { to: '/prepare' }],
  ['reviews', { to: '/matches', search: { state: 'review' } }],
  ['badItems', { to: '/reports' }],
];

/** What waits for a person, each with the way to it. */
export function WaitingPanel({ waiting }: { waiting: Overview['waiting'] }) {
  const { overview: t } = useTexts();
  const there = PLACES.filter(([kind]) => waiting[kind] > 0);
  return (
    <Panel title={t.forYou}>
      {there.length === 0 && (
        <Typography variant="body2" color="text.secondary">
          {t.nothingWaits}
        </Typography>
      )}
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {there.map(([kind, place]) => (
          <Box
            component="li"
            key={kind}
            sx={{ display: 'flex', alignItems: 'center', gap: 2, minHeight: 40, borderTop: 1, borderColor: 'line' }}
          >
            <Box
              component="span"
              aria-hidden="true"
              sx={(theme) => ({ color: (theme.vars ?? theme).palette.states.decision })}
            >
              ▲
            </Box>
            <Typography variant="body2" sx={{ flex: 1, minWidth: 0 }}>
              {t.waiting[kind](count(waiting[kind]))}
            </Typography>
            <LinkButton {...place}>{t.open[kind]}</LinkButton>
          </Box>
        ))}
      </Box>
    </Panel>
  );
}
