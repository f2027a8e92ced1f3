import type { Command } from 'commander';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean } from '../table.ts';

type Options = CommonOptions & { out?: string; check?: string };

export function register(program: Command): void {
  addCommand<Options>(
    program,
    'report [batch]',
    'write the report and the signed certificate of a batch, or check a certificate',
    (c) =>
      c
        .option('--out <dir>', 'folder for report.html, report.xlsx, the CSV files and the certificate')
        .option('--check <file>', 'tell whether a certificate.json is as it was signed'),
    (options, args) => (options.check === undefined ? write(options, args[0]) : check(options, options.check)),
  );
}

async function write(options: Options, batch: string | undefined): Promise<Result> {
  if (batch === undefined || options.out === undefined)
    throw new UsageError({
      tried: 'write a report',
      happened: batch === undefined ? 'No batch was named.' : 'No folder was named.',
      next: 'Call for example: transplant report "Wave 1" --out reports/wave-1',
    });
  const dir = options.out;
  return await withApi(options, async (api) => {
    const report = await api.reports.write({ batch, dir });
    const { totals } = report;
    const items = `${formatCount(totals.verified)} of ${formatCount(totals.source)} items verified`;
    return {
      json: report,
      text: `${report.dir}: ${report.files.join(', ')}\n${items}, grade ${report.grade ?? 'not compared'}.`,
      exitStatus: report.grade === null || report.verified ? ExitStatus.done : ExitStatus.findings,
    };
  });
}

async function check(options: Options, file: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const verdict = await api.reports.check({ file });
    const { logged } = verdict;
    const known = logged
      ? `The audit log of this project has it: signed by ${clean(logged.who)}, ${new Date(logged.at).toISOString()}.`
      : 'The audit log of this project does not have it: compare the key with the log of the project that issued it.';
    const text = verdict.intact
      ? `The certificate of batch ${clean(verdict.certificate?.batch ?? '')} is as it was signed.\nKey: ${verdict.fingerprint}\n${known}`
      : 'The certificate was altered, or is none.';
    return { json: verdict, text, exitStatus: verdict.intact ? ExitStatus.done : ExitStatus.findings };
  });
}
