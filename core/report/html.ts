import { formatBytes, formatCount } from '../domain/format.ts';
import type { ReportData } from './data.ts';
import type { Cell, Table } from './tables.ts';

/** Rows shown in the page; the rest is in the CSV and XLSX beside it. */
const ROWS_SHOWN = 1_000;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** One page without scripts, fonts or pictures from elsewhere: it can be mailed, archived and printed. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>${body}</body></html>
`;
}

/** The report of a batch as a page. */
export function reportHtml(data: ReportData, tables: Table[]): string {
  const title = `Migration report: ${data.batch.name}`;
  const body = [
    `<header><h1>${escapeHtml(title)}</h1><p class="lead">${escapeHtml(verdict(data))}</p></header>`,
    figures(data),
    ...tables.map(tableHtml),
    `<footer>Taken ${new Date(data.takenAt).toISOString()} from the ledger and the newest comparison of source and target.</footer>`,
  ];
  return page(title, body.join('\n'));
}

/** How things stand, in one sentence. */
export function verdict(data: ReportData): string {
  const { totals } = data;
  if (data.members.length === 0) return 'The batch has no members.';
  if (data.grade === null) {
    const open = data.members.filter((m) => m.verification === null).length;
    return `${formatCount(open)} of ${formatCount(data.members.length)} members have not been compared yet.`;
  }
  if (data.verified)
    return `All ${formatCount(totals.verified)} items of ${formatCount(data.members.length)} members are verified; the grade is ${data.grade}.`;
  const parts = [
    [totals.missing, 'missing'],
    [totals.different, 'different'],
    [totals.extra, 'extra'],
    [totals.bad, 'bad'],
  ] as const;
  const found = parts.filter(([n]) => n > 0).map(([n, word]) => `${formatCount(n)} ${word}`);
  return `${formatCount(totals.verified)} of ${formatCount(totals.source)} items are verified, ${found.join(', ')}; the grade is ${data.grade}.`;
}

function figures(data: ReportData): string {
  const { totals } = data;
  const list: [string, string][] = [
    ['Grade', data.grade ?? '-'],
    ['Members', formatCount(data.members.length)],
    ['Items in source', formatCount(totals.source)],
    ['Verified', formatCount(totals.verified)],
    ['Different', formatCount(totals.different)],
    ['Missing', formatCount(totals.missing)],
    ['Extra', formatCount(totals.extra)],
    ['Bad', formatCount(totals.bad)],
    ['Accepted', formatCount(totals.accepted)],
    ['Size', formatBytes(totals.bytes)],
  ];
  return `<dl class="figures">${list.map(([term, value]) => `<div><dt>${term}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`;
}

export function tableHtml(table: Table): string {
  if (table.rows.length === 0) return `<h2>${escapeHtml(table.title)}</h2><p class="none">None.</p>`;
  const head = table.columns.map((c) => `<th scope="col">${escapeHtml(c.title)}</th>`).join('');
  const rows = table.rows
    .slice(0, ROWS_SHOWN)
    .map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`)
    .join('\n');
  const more =
    table.rows.length > ROWS_SHOWN
      ? `<p class="none">${formatCount(table.rows.length - ROWS_SHOWN)} more rows are in ${table.name}.csv.</p>`
      : '';
  return `<h2>${escapeHtml(table.title)}</h2><div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>${more}`;
}

function cellHtml(cell: Cell): string {
  if (cell === null) return '<td></td>';
  if (typeof cell === 'number') return `<td class="n">${formatCount(cell)}</td>`;
  if (cell instanceof Date) return `<td class="t">${cell.toISOString().slice(0, 16).replace('T', ' ')}</td>`;
  return `<td>${escapeHtml(cell)}</td>`;
}

const STYLE = `
:root { color-scheme: light; --line: #d5dbd7; --ink: #17211b; --quiet: #5a6760; --accent: #14532d; }
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); margin: 32px auto; max-width: 1200px; padding: 0 24px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 32px 0 8px; }
.lead { font-size: 16px; margin: 0; } .none, footer { color: var(--quiet); } footer { margin: 40px 0; }
.figures { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 24px 0; padding: 16px 0; border: solid var(--line); border-width: 1px 0; }
.figures dt { color: var(--quiet); font-size: 12px; } .figures dd { margin: 0; font-size: 18px; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
.certificate { border: 2px solid var(--accent); padding: 48px; max-width: 760px; margin: 0 auto; }
.certificate h1 { color: var(--accent); font-size: 28px; } .grade { font-size: 40px; color: var(--accent); margin: 8px 0; }
.mono { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } .scroll { overflow: visible; } }
`;
