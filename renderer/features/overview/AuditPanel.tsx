import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { When } from '../../ui/When.tsx';
import type { Overview } from './sentence.ts';

/** Who did what last. */
export function AuditPanel({ entries, now }: { entries: Overview['audit']; now: number }) {
  const { overview: t, audit: ta } = useTexts();
  return (
    <Panel title={t.audit} actions={<LinkButton to="/audit">{t.allAudit}</LinkButton>}>
      {entries.length === 0 && (
        <Typography variant="body2" color="text.secondary">
          {t.noAudit}
        </Typography>
      )}
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {entries.map((entry) => (
          <Box
            component="li"
            key={entry.id}
            sx={{
              display: 'grid',
              gridTemplateColumns: 'minmax(0, 1fr) auto',
              columnGap: 3,
              py: 1,
              borderTop: 1,
              borderColor: 'line',
              fontSize: '0.8125rem',
            }}
          >
            <Box sx={{ minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
              <bdi>{entry.who}</bdi>{' '}
              <Box component="span" sx={{ color: 'text.secondary' }}>
                {ta.actionName(entry.action)}
              </Box>{' '}
              <bdi title={entry.object}>{entry.object}</bdi>
            </Box>
            <Box sx={{ color: 'text.secondary', whiteSpace: 'nowrap' }}>
              <When at={entry.at} now={now} />
            </Box>
          </Box>
        ))}
      </Box>
    </Panel>
  );
}
