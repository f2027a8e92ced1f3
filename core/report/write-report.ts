import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TransplantError } from '../domain/errors.ts';
import type { Store } from '../store/store.ts';
import { certificateOf, type Issuer, type SignedCertificate, signCertificate } from './certificate.ts';
import { certificateHtml } from './certificate-page.ts';
import { certificatePdf } from './certificate-pdf.ts';
import { tableCsv } from './csv.ts';
import { type ReportData, reportData } from './data.ts';
import { reportHtml } from './html.ts';
import { reportTables } from './tables.ts';
import { workbook } from './xlsx.ts';

/** The report could not be written where it was to go. */
export class ReportWriteError extends TransplantError {}

export interface WrittenReport {
  dir: string;
  files: string[];
  data: ReportData;
  certificate: SignedCertificate;
}

/**
 * Writes a batch's report into a folder: report.html, report.xlsx, a CSV for each table, and the certificate as signed
 * JSON, page and PDF. Each file appears whole or not at all.
 * @throws UsageError when there is no such batch, ReportWriteError when the folder cannot be written
 */
export async function writeReport(
  store: Store,
  batchName: string,
  options: { dir: string; issuer: Issuer; signingKeyPem: string },
): Promise<WrittenReport> {
  const data = await reportData(store, batchName);
  const tables = reportTables(data);
  const certificate = signCertificate(certificateOf(data, options.issuer), options.signingKeyPem);
  const files: [string, string | Uint8Array][] = [
    ['report.html', reportHtml(data, tables)],
    ['report.xlsx', await workbook(tables, `Migration report: ${data.batch.name}`)],
    ...tables.map((table): [string, string] => [`${table.name}.csv`, tableCsv(table)]),
    ['certificate.json', `${JSON.stringify(certificate, null, 2)}\n`],
    ['certificate.html', certificateHtml(certificate)],
    ['certificate.pdf', await certificatePdf(certificate)],
  ];
  try {
    await mkdir(options.dir, { recursive: true });
    for (const [name, content] of files) await writeWhole(join(options.dir, name), content);
  } catch (error) {
    throw new ReportWriteError(
      {
        tried: `write the report into ${options.dir}`,
        happened: `${error instanceof Error ? error.message : 'it failed'}.`,
        next: 'Check the folder, its rights and the free space, or name another one with --out.',
      },
      { cause: error },
    );
  }
  return { dir: options.dir, files: files.map(([name]) => name), data, certificate };
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, content, { flush: true });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
