import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckResult, Finding } from '../domain/checks.ts';
import { powershellQuoted } from './quote.ts';
import { esc, reportCsv, reportHtml, safeCell } from './report.ts';

const result = (finding: Finding, more: Partial<CheckResult> = {}): CheckResult => ({
  id: 'ports.row-4',
  group: 'ports',
  title: 'SMTP',
  object: 'mail.example TCP 25',
  requirement: { text: 'TCP 25 is open', source: 'the table' },
  how: '',
  blocks: false,
  machine: 'here',
  finding,
  tookMs: 3,
  ...more,
});
const failedOne = result({
  outcome: 'failed',
  evidence: ['filtered'],
  remedy: {
    text: 'Open it',
    script: { shell: 'powershell', where: 'the <server>', code: "New-NetFirewallRule -DisplayName 'a'" },
  },
});
const options = {
  title: 'A <b> & "c"',
  at: Date.parse('2026-11-22T10:00:00Z'),
  results: [result({ outcome: 'passed', evidence: ['open'] }), failedOne],
};

describe('the report', () => {
  it('is one page that loads nothing and shows the worst first', () => {
    const page = reportHtml(options);
    expect(page).toContain('A &lt;b&gt; &amp; &quot;c&quot;');
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page.indexOf('✕ Failed')).toBeLessThan(page.indexOf('✓ Passed'));
    expect(page).toContain('the &lt;server&gt;');
  });

  it('is a table that a spreadsheet reads as text', async () => {
    const hostile = result(
      { outcome: 'failed', evidence: ['=HYPERLINK("http://x")'], remedy: { text: '+1', script: undefined } },
      { object: '@SUM(1)' },
    );
    const rows = parse(await reportCsv({ ...options, results: [hostile] }), { bom: true, columns: true }) as Record<
      string,
      string
    >[];
    expect(rows[0]).toMatchObject({
      object: "'@SUM(1)",
      evidence: '\'=HYPERLINK("http://x")',
      remedy: "'+1",
      outcome: 'Failed',
    });
  });

  it('never breaks out of its cells and elements', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(esc(text)).not.toMatch(/[<>"']/);
        expect(String(safeCell(text))).not.toMatch(/^[=+\-@\t\r]/);
        // An odd number of quotes in a row would end the literal.
        expect(
          powershellQuoted(text)
            .slice(1, -1)
            .replaceAll(/(['\u2018\u2019\u201a\u201b])\1/g, ''),
        ).not.toMatch(/['\u2018\u2019\u201a\u201b]/);
      }),
    );
  });
});
