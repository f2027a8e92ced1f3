import { Box, Button } from '@mui/material';
import { useState } from 'react';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { Panel } from '../../ui/Panel.tsx';
import { AccountDialog } from './AccountDialog.tsx';
import type { Forest } from './ForestsPage.tsx';

/** Which account is used for what. Passwords can be set, never read. */
export function Accounts({ forest }: { forest: Forest }) {
  const { forests: t } = useTexts();
  const [edited, setEdited] = useState<AccountPurpose>();
  return (
    <Panel plain title={t.accounts}>
      {ACCOUNT_PURPOSES.map((purpose) => {
        const account = forest.accounts.find((one) => one.purpose === purpose);
        return (
          <Box
            key={purpose}
            sx={{
              display: 'grid',
              gridTemplateColumns: '104px minmax(0, 1fr) auto',
              columnGap: 3,
              alignItems: 'center',
              minHeight: 40,
              borderTop: 1,
              borderColor: 'line',
              fontSize: '0.8125rem',
            }}
          >
            <Box title={t.purposeHints[purpose]}>{t.purposes[purpose]}</Box>
            <Box
              sx={{
                color: account ? 'text.primary' : 'text.secondary',
                overflow: 'hidden',
                textOverflow: 'ellipsis',
                unicodeBidi: 'isolate',
              }}
              title={account?.userName}
            >
              {account ? account.userName : t.notSet}
              {account && !account.hasPassword ? `, ${t.noPassword}` : ''}
            </Box>
            <Button
              onClick={() => setEdited(purpose)}
              aria-label={`${account ? t.changeAccount : t.setAccount}: ${t.accountTitle(t.purposes[purpose], forest.name)}`}
            >
              {account ? t.changeAccount : t.setAccount}
            </Button>
          </Box>
        );
      })}
      <AccountDialog forest={forest} purpose={edited} onClose={() => setEdited(undefined)} />
    </Panel>
  );
}
