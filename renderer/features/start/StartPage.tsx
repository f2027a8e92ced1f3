import { Box } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { overviewQuery } from '../overview/OverviewPage.tsx';
import { SetUpPanel } from '../overview/SetUpPanel.tsx';
import { DatabasePanel } from './DatabasePanel.tsx';
import { PracticePanel } from './PracticePanel.tsx';

/** The guided set-up: what is done, what comes next; or a practice lab that fills everything in. */
export function StartPage() {
  const { start: t } = useTexts();
  const shown = useQuery({
    ...overviewQuery,
    refetchInterval: 5_000,
  });
  return (
    <Page>
      <PageHead title={t.title} sentence={t.sentence} />
      <Scroll label={t.title}>
        {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
        <Box
          sx={{
            display: 'grid',
            gap: 4,
            gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 3fr) minmax(0, 2fr)' },
            alignItems: 'start',
          }}
        >
          {shown.data && <SetUpPanel progress={shown.data.progress} start />}
          <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
            <PracticePanel />
            <DatabasePanel />
          </Box>
        </Box>
      </Scroll>
    </Page>
  );
}
