import { Box, Button } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { Facts } from '../../ui/Facts.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Accounts } from './Accounts.tsx';
import { DirectoryState } from './DirectoryState.tsx';
import type { Forest } from './ForestsPage.tsx';
import { Servers } from './Servers.tsx';

/** One forest: addresses, certificates, accounts, and what was read of it. */
export function ForestCard({ forest, onEdit }: { forest: Forest; onEdit: () => void }) {
  const { forests: t } = useTexts();
  const { config } = forest;
  return (
    <Panel
      title={`${t.roles[forest.role]}: ${forest.name}`}
      actions={
        <Button onClick={onEdit} aria-label={`${t.edit}: ${forest.name}`}>
          {t.edit}
        </Button>
      }
    >
      <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
        <Facts
          facts={[
            [t.fields.ldapUrl, config.ldapUrl],
            [t.fields.gcUrl, config.gcUrl],
            [t.fields.ldifFile, config.ldifFile],
            [t.fields.ewsUrl, config.ewsUrl],
            [t.fields.smtp, config.smtp && `${config.smtp.host}:${config.smtp.port}`],
            [t.fields.smtpDomains, config.smtpDomains.join(', ')],
          ]}
          wide={144}
        />
        <Servers forest={forest} />
        <Accounts forest={forest} />
        <DirectoryState forest={forest} />
      </Box>
    </Panel>
  );
}
