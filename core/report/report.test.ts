import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOptionsSchema } from '../domain/batch-options.ts';
import { canonicalJson, certificateOf, checkCertificate, newSigningKey, signCertificate } from './certificate.ts';
import { certificateHtml } from './certificate-page.ts';
import { certificatePdf } from './certificate-pdf.ts';
import { tableCsv } from './csv.ts';
import type { ReportData } from './data.ts';
import { reportHtml, verdict } from './html.ts';
import { reportTables } from './tables.ts';
import { workbook } from './xlsx.ts';

const HOSTILE = [
  '=HYPERLINK("http://evil")',
  '+1',
  '-1+2',
  '@SUM(A1)',
  '\t=1',
  '<script>alert(1)</script>',
  'a"b\r\nc',
  'Ж 漢字 😀',
];

function data(change: Partial<ReportData> = {}): ReportData {
  const items = {
    source: 10,
    target: 9,
    verified: 8,
    different: 1,
    missing: 1,
    extra: 0,
    bad: 0,
    accepted: 0,
    skipped: 0,
  };
  return {
    batch: {
      id: 1,
      name: 'Wave <1>',
      state: 'done',
      options: batchOptionsSchema.parse({}),
      createdAt: 1,
      startedAt: 2,
      finishedAt: 3,
    },
    takenAt: Date.UTC(2026, 0, 2),
    members: [
      {
        workloadId: 1,
        kind: 'mailbox',
        displayName: HOSTILE[0] ?? '',
        sourceAddress: 'a@source.test',
        targetAddress: 'a@target.test',
        root: '',
        state: 'done',
        itemsTotal: 10,
        itemsDone: 9,
        itemsBad: 0,
        bytesDone: 1000,
        syncedAt: 5,
        verification: {
          at: 6,
          grade: 'Investigate',
          result: {
            deep: false,
            folders: { source: 1, target: 1, missing: [], different: [] },
            items,
            bytes: 1000,
            methods: { properties: 9 },
            digest: 'ab'.repeat(32),
            findings: HOSTILE.map((folder) => ({
              kind: 'missing',
              folder,
              itemClass: 'IPM.Note',
              sourceId: 'id',
              targetId: null,
              size: 12,
              date: 7,
              details: [folder],
            })),
            findingsTotal: HOSTILE.length,
            settings: [],
            notes: [],
            tookMs: 1,
            calls: 1,
          },
        },
      },
    ],
    folders: HOSTILE.map((path) => ({
      mailbox: 'A',
      path,
      folderClass: 'IPF.Note',
      state: 'inSync',
      itemsTotal: 1,
      itemsDone: 1,
      itemsBad: 0,
      bytesDone: 1,
      note: '',
      orphans: [],
    })),
    badItems: [],
    totals: { ...items, bytes: 1000 },
    grade: 'Investigate',
    verified: false,
    ...change,
  };
}

describe('a report whose names come from anybody', () => {
  test('holds no cell that a spreadsheet would run', async () => {
    for (const table of reportTables(data()))
      for (const cell of cells(tableCsv(table))) expect(cell).not.toMatch(/^[=+@\t\r]|^-\D/);
    const { default: Excel } = await import('@protobi/exceljs');
    const book = new Excel.Workbook();
    await book.xlsx.load((await workbook(reportTables(data()), 'x')) as never);
    const kinds = new Set<number>();
    book.eachSheet((sheet) => sheet.eachRow((row) => row.eachCell((cell) => kinds.add(cell.type))));
    expect(kinds.has(Excel.ValueType.Formula)).toBe(false);
    expect(kinds.has(Excel.ValueType.Hyperlink)).toBe(false);
    expect(book.getWorksheet('folders')?.getCell('B2').value).toBe(HOSTILE[0]);
  });

  test('shows them in the page as text, with no script in it', () => {
    const html = reportHtml(data(), reportTables(data()));
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(1)');
    expect(html).toContain("default-src 'none'");
  });

  test('says in one sentence how things stand', () => {
    expect(verdict(data())).toBe('8 of 10 items are verified, 1 missing, 1 different; the grade is Investigate.');
    expect(verdict(data({ grade: null, members: [] }))).toBe('The batch has no members.');
  });
});

/** Fields of a CSV text as a reader sees them. */
function cells(csv: string): string[] {
  return [...csv.replace(/^\ufeff/, '').matchAll(/"((?:[^"]|"")*)"|([^,"\r\n]+)/g)].map((m) =>
    (m[1] ?? m[2] ?? '').replaceAll('""', '"'),
  );
}

describe('a certificate', () => {
  const signed = signCertificate(
    certificateOf(data(), { user: 'anna', host: 'server', program: 'Transplant 1' }),
    newSigningKey(),
  );

  test('holds its signature, and loses it with any change', () => {
    const text = JSON.stringify(signed);
    expect(checkCertificate(JSON.parse(text))).toMatchObject({ intact: true });
    const altered = [
      text.replace('"missing":1', '"missing":0'),
      text.replace('"verified":false', '"verified":true'),
      text.replace('{"certificate":{', '{"certificate":{"note":"all is well",'),
      text.replace(/"value":"./, '"value":"A'),
    ];
    for (const one of altered) expect(one === text || checkCertificate(JSON.parse(one)).intact === false).toBe(true);
    expect(checkCertificate(null).intact).toBe(false);
    expect(checkCertificate({ certificate: {}, signature: {} }).intact).toBe(false);
  });

  test('signed again by another key has another fingerprint', () => {
    const other = signCertificate(signed.certificate, newSigningKey());
    expect(checkCertificate(JSON.parse(JSON.stringify(other))).intact).toBe(true);
    expect(other.signature.fingerprint).not.toBe(signed.signature.fingerprint);
  });

  test('looks like a document, as page and as PDF, whatever the names', async () => {
    expect(certificateHtml(signed)).toContain('Investigate');
    expect(certificateHtml(signed)).not.toContain('<script');
    const pdf = Buffer.from(await certificatePdf(signed));
    expect(pdf.toString('latin1', 0, 5)).toBe('%PDF-');
  });

  test('canonical JSON is the same for the same content in any order', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
