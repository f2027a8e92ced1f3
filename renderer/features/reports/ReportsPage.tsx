import { MenuItem, Tab, Tabs, TextField } from '@mui/material';
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Fill, Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { BadItems } from './BadItems.tsx';
import { Certificate } from './Certificate.tsx';
import { CheckCertificate } from './CheckCertificate.tsx';
import { FindingsTable } from './FindingsTable.tsx';
import { MembersTable } from './MembersTable.tsx';
import { ReportActions, type Signed } from './ReportActions.tsx';

export type Report = Outputs['reports']['show'];
type TabName = 'certificate' | 'members' | 'findings' | 'badItems';

const route = getRouteApi('/reports');

/** What was found when source and target were compared, and the certificate to take away. */
export function ReportsPage() {
  const { reports: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const batches = useQuery({
    queryKey: ['batches', 'list'],
    queryFn: ({ signal }) => api.batches.list.query(undefined, { signal }),
  });
  const lines = batches.data ?? [];
  const chosen = lines.find(({ id }) => id === search.batch) ?? lines.at(-1);
  const report = useQuery({
    queryKey: ['batches', 'report', chosen?.name],
    queryFn: ({ signal }) => api.reports.show.query({ batch: chosen?.name ?? '' }, { signal }),
    enabled: chosen !== undefined,
    refetchInterval: 15_000,
  });
  const tab: TabName = search.tab ?? 'certificate';
  // What was signed here stays at hand for as long as the console is open; the log knows of every signature.
  const own = useQuery<Signed>({ queryKey: signedKey(chosen?.name), queryFn: skipToken, gcTime: Infinity }).data;
  const log = useQuery({
    queryKey: ['audit', 'signatures', chosen?.name],
    queryFn: ({ signal }) => api.audit.list.query({ action: 'report.certificate', limit: 200 }, { signal }),
    enabled: chosen !== undefined,
  });
  const last = log.data?.find(({ object }) => object === `batch ${chosen?.name}`);
  return (
    <Page>
      <PageHead
        title={t.title}
        sentence={batches.data && (chosen ? report.data && sentenceOf(report.data, t) : t.sentenceNone)}
        actions={
          <>
            <CheckCertificate />
            {chosen && (
              <ReportActions
                batch={chosen}
                signed={own}
                onSigned={(made) => client.setQueryData(signedKey(made.batch), made)}
              />
            )}
          </>
        }
      />
      {chosen && (
        <Fill>
          <TextField
            select
            label={t.batch}
            value={chosen.id}
            onChange={(event) =>
              void navigate({ search: (old) => ({ ...old, batch: Number(event.target.value) }), replace: true })
            }
            sx={{ width: 280, maxWidth: '100%' }}
          >
            {lines.map((line) => (
              <MenuItem key={line.id} value={line.id}>
                {line.name}
              </MenuItem>
            ))}
          </TextField>
          <Tabs
            value={tab}
            onChange={(_event, next: TabName) =>
              void navigate({ search: (old) => ({ ...old, tab: next }), replace: true })
            }
            variant="scrollable"
            sx={{ mt: 3, mb: 3, flex: 'none' }}
          >
            {(['certificate', 'members', 'findings', 'badItems'] as const).map((name) => (
              <Tab key={name} value={name} label={t[name]} />
            ))}
          </Tabs>
          {report.error && <ErrorNote error={report.error} retry={() => void report.refetch()} />}
          {report.data && tab === 'members' && <MembersTable members={report.data.members} />}
          {report.data && tab === 'findings' && <FindingsTable findings={report.data.findings} />}
          {tab === 'badItems' && <BadItems batchId={chosen.id} />}
          {report.data && tab === 'certificate' && (
            <Scroll label={t.certificate}>
              <Certificate report={report.data} signed={own} last={last} />
            </Scroll>
          )}
        </Fill>
      )}
      {batches.data && !chosen && (
        <Fill>
          <EmptyState title={t.empty} text={t.emptyNext} />
        </Fill>
      )}
    </Page>
  );
}

const signedKey = (batch: string | undefined) => ['signed', batch];

function sentenceOf(report: Report, t: ReturnType<typeof useTexts>['reports']): string {
  if (report.grade === null) return t.notCompared;
  return t.statement({
    batch: report.batch.name,
    source: count(report.totals.source),
    verified: count(report.totals.verified),
    verifiedAll: report.verified && report.totals.verified === report.totals.source,
  });
}
