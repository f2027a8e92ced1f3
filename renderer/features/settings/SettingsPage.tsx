import { Box } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { DatabaseFacts } from '../start/DatabaseFacts.tsx';
import { AppearancePanel } from './AppearancePanel.tsx';
import { KeyPanel } from './KeyPanel.tsx';
import { KeysPanel } from './KeysPanel.tsx';
import { LimitsPanel } from './LimitsPanel.tsx';
import { WindowsPanel } from './WindowsPanel.tsx';

export type Settings = Outputs['settings']['show'];

/** When nothing may run, how much may run where, and what this console is. */
export function SettingsPage() {
  const { settings: t } = useTexts();
  const shown = useQuery({
    queryKey: ['settings', 'show'],
    queryFn: ({ signal }) => api.settings.show.query(undefined, { signal }),
    refetchInterval: 30_000,
  });
  const data = shown.data;
  return (
    <Page>
      <PageHead
        title={t.title}
        sentence={data && t.sentence({ windows: data.windows.length, limits: data.limits.length })}
      />
      <Scroll label={t.title}>
        {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
        {data && (
          <Box
            sx={{
              display: 'grid',
              gap: 4,
              gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 420px), 1fr))',
              alignItems: 'start',
            }}
          >
            <WindowsPanel settings={data} />
            <LimitsPanel settings={data} />
            <AppearancePanel />
            <Panel title={t.database}>
              <DatabaseFacts status={data.database} />
            </Panel>
            <Panel title={t.program}>
              <Facts
                facts={[
                  [t.version, data.program.version],
                  [t.user, data.program.user],
                  [t.host, data.program.host],
                  [t.dataFolder, data.program.dataFolder],
                  [t.keyFile, data.program.keyFile],
                ]}
              />
            </Panel>
            <KeyPanel />
            <KeysPanel />
          </Box>
        )}
      </Scroll>
    </Page>
  );
}
