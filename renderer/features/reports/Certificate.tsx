import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { Facts } from '../../ui/Facts.tsx';
import { bytes, count, exactTime } from '../../ui/figures.ts';
import { Table } from '../../ui/Table.tsx';
import { GradeMark } from './GradeMark.tsx';
import type { Signed } from './ReportActions.tsx';
import type { Report } from './ReportsPage.tsx';

const TOTALS = ['source', 'target', 'verified', 'different', 'missing', 'extra', 'bad', 'accepted', 'skipped'] as const;
/** Exceptions on the page; all of them are in the files. */
const SHOWN = 100;

/** The certificate as a document: what was compared, how it agrees, every exception, who signs it. */
export function Certificate({
  report,
  signed,
  last,
}: {
  report: Report;
  signed: Signed | undefined;
  /** The signature that the audit log knows of, where the file itself is not at hand. */
  last: { who: string; at: number } | undefined;
}) {
  const { reports: t } = useTexts();
  const certificate = signed?.certificate.certificate ?? report.certificate;
  const { totals } = certificate;
  return (
    <Box
      component="article"
      className="certificate"
      sx={{
        maxWidth: 820,
        mx: 'auto',
        bgcolor: 'background.paper',
        border: 1,
        borderColor: 'divider',
        borderRadius: 1,
        px: { xs: 4, sm: 12 },
        py: { xs: 6, sm: 10 },
        display: 'grid',
        gap: 6,
        overflowWrap: 'anywhere',
      }}
    >
      <Box sx={{ display: 'grid', gap: 2 }}>
        <Typography variant="body2" color="text.secondary">
          {t.certificate}
        </Typography>
        <Typography variant="h1" component="h2" sx={{ unicodeBidi: 'isolate' }}>
          {certificate.batch}
        </Typography>
        <Box sx={{ fontSize: '1rem' }}>
          <GradeMark grade={certificate.grade} />
        </Box>
        <Typography>
          {certificate.grade === null
            ? t.notCompared
            : t.statement({
                batch: certificate.batch,
                source: count(totals.source),
                verified: count(totals.verified),
                verifiedAll: certificate.verified && totals.verified === totals.source,
              })}
        </Typography>
      </Box>
      <Box
        component="dl"
        sx={{
          m: 0,
          display: 'grid',
          gap: 4,
          gridTemplateColumns: 'repeat(auto-fill, minmax(120px, 1fr))',
          '& dt': { fontSize: '0.75rem', color: 'text.secondary' },
          '& dd': { m: 0, fontSize: '1.125rem', fontWeight: 600 },
        }}
      >
        {TOTALS.map((name) => (
          <div key={name}>
            <dt>{t.totals[name]}</dt>
            <dd>{count(totals[name])}</dd>
          </div>
        ))}
        <div>
          <dt>{t.totals.bytes}</dt>
          <dd>{bytes(totals.bytes)}</dd>
        </div>
      </Box>
      <div>
        <Typography variant="h3" component="h3" sx={{ mb: 2 }}>
          {certificate.exceptionsTotal === 0 ? t.noExceptions : t.exceptions(count(certificate.exceptionsTotal))}
        </Typography>
        {certificate.exceptions.length > 0 && <Exceptions exceptions={certificate.exceptions.slice(0, SHOWN)} />}
      </div>
      <Facts
        wide={140}
        facts={[
          [t.issuedAt, exactTime(Date.parse(certificate.issuedAt))],
          [t.issuedBy, `${certificate.issuedBy}, ${certificate.host}`],
          [t.program, certificate.program],
          [t.signedWith, signed?.certificate.signature.fingerprint],
          [
            t.signature,
            signed?.certificate.signature.value ?? (last ? t.signedBefore(last.who, exactTime(last.at)) : t.unsigned),
          ],
        ]}
      />
    </Box>
  );
}

function Exceptions({ exceptions }: { exceptions: Report['certificate']['exceptions'] }) {
  const { reports: t } = useTexts();
  const c = t.columns;
  return (
    <Table
      label={t.findings}
      head={[
        { title: c.finding },
        { title: c.member },
        { title: c.folder },
        { title: c.class },
        { title: c.size, right: true },
      ]}
    >
      {exceptions.map((one) => (
        <tr key={`${one.mailbox} ${one.folder} ${one.sourceItem ?? one.targetItem}`}>
          <td>{[one.finding, ...one.details, one.decision].filter((text) => text !== '').join(', ')}</td>
          <td>{one.mailbox}</td>
          <td>{one.folder}</td>
          <td>{one.itemClass}</td>
          <td className="right">{bytes(one.size)}</td>
        </tr>
      ))}
    </Table>
  );
}
