import { Button, Typography } from '@mui/material';
import { useMutation } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Answer } from '../../ui/Answer.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { Mark } from '../../ui/Mark.tsx';
import { usePickedFiles } from '../../ui/usePickedFiles.tsx';
import { GradeMark } from './GradeMark.tsx';

type Verdict = Outputs['reports']['check'];

/** Tells whether a certificate that somebody has as a file is as it was signed, and whether it was signed here. */
export function CheckCertificate() {
  const { reports: t } = useTexts();
  const check = useMutation({
    mutationFn: async (file: File) => await api.reports.check.mutate({ content: await file.text() }),
  });
  const { field, pick } = usePickedFiles('.json,application/json', ([file]) => file && check.mutate(file));
  return (
    <>
      {field}
      <Button onClick={pick}>{t.check}</Button>
      {!check.isIdle && (
        <Answer title={t.checkTitle} pending={check.isPending} error={check.error} onClose={check.reset}>
          {check.data && <Shown verdict={check.data} />}
        </Answer>
      )}
    </>
  );
}

function Shown({ verdict }: { verdict: Verdict }) {
  const { reports: t } = useTexts();
  const { certificate, fingerprint, logged } = verdict;
  if (!verdict.intact || !certificate) {
    return (
      <>
        <Typography role="status" variant="h3" component="p" sx={{ mb: 2 }}>
          <Mark tone="failed" sign="✕" word={t.altered} />
        </Typography>
        <Typography variant="body2">{t.alteredNext}</Typography>
      </>
    );
  }
  const { totals } = certificate;
  return (
    <>
      <Typography role="status" variant="h3" component="p" sx={{ mb: 2 }}>
        <Mark tone="done" sign="✓" word={t.intact} />
      </Typography>
      <Facts
        wide={140}
        facts={[
          [t.batch, certificate.batch],
          [t.grade, <GradeMark key="grade" grade={certificate.grade} />],
          [t.totals.verified, t.verifiedOf(count(totals.verified), count(totals.source))],
          [t.issuedAt, exactTime(Date.parse(certificate.issuedAt))],
          [t.issuedBy, `${certificate.issuedBy}, ${certificate.host}`],
          [t.signedWith, fingerprint],
        ]}
      />
      <Typography variant="body2" sx={{ mt: 3 }}>
        {logged ? t.keyKnown(logged.who, exactTime(logged.at)) : t.keyUnknown}
      </Typography>
    </>
  );
}
