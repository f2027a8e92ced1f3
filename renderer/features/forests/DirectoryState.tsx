import { Box, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { count, exactTime } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import type { Forest } from './ForestsPage.tsx';

/** When the directory was read, and what was found. */
export function DirectoryState({ forest }: { forest: Forest }) {
  const { forests: t } = useTexts();
  const states = useQuery({
    queryKey: ['discover', 'state'],
    queryFn: ({ signal }) => api.discover.state.query(undefined, { signal }),
  });
  const state = states.data?.find((one) => one.forest === forest.name);
  const at = state ? (state.deltaAt ?? state.fullAt) : null;
  const total = Object.values(state?.recipients ?? {}).reduce((a, b) => a + b, 0);
  return (
    <Panel
      plain
      title={t.directory}
      actions={
        <LinkButton to="/recipients" search={{ side: forest.role }}>
          {t.toRecipients}
        </LinkButton>
      }
    >
      <Typography variant="body2" color="text.secondary">
        {at === null ? t.neverRead : `${t.recipients(count(total))}. ${t.readAt}: ${exactTime(at)}.`}
      </Typography>
      {state && state.problems.length > 0 && (
        <Box sx={(theme) => ({ color: (theme.vars ?? theme).palette.states.decision, fontSize: '0.8125rem' })}>
          ▲ {t.problems(count(state.problems.length))}
        </Box>
      )}
    </Panel>
  );
}
