import { CHECK_OUTCOMES, type CheckOutcome, type CheckResult, countOutcomes } from '../domain/checks.ts';

/** A result with the decision to go on in spite of it. */
export type ReportedResult = CheckResult & { override?: { by: string; reason: string } | undefined };

export interface ReportOptions {
  title: string;
  /** ms since the epoch. */
  at: number;
  results: readonly ReportedResult[];
}

const COLUMNS = [
  'group',
  'outcome',
  'check',
  'object',
  'machine',
  'requirement',
  'source',
  'evidence',
  'remedy',
  'run_where',
  'script',
  'took_ms',
  'override_by',
  'override_reason',
] as const;

/** All results as CSV (RFC 4180, UTF-8 with a mark, as Excel wants it), worst first. */
export async function reportCsv(options: ReportOptions): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const rows = worstFirst(options.results).map((result) => {
    const remedy = remedyOf(result);
    return [
      result.group,
      CHECK_OUTCOMES[result.finding.outcome].word,
      result.title,
      result.object,
      result.machine,
      result.requirement.text,
      result.requirement.source,
      evidenceOf(result).join('; '),
      remedy?.text ?? '',
      remedy?.script?.where ?? '',
      remedy?.script?.code ?? '',
      Math.round(result.tookMs),
      result.override?.by ?? '',
      result.override?.reason ?? '',
    ].map(safeCell);
  });
  return stringify([[...COLUMNS], ...rows], { bom: true, record_delimiter: '\r\n' });
}

/** A spreadsheet would run a cell that begins so as a formula; a name from a directory must not become one. */
export function safeCell(value: string | number): string | number {
  return typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

export function worstFirst<T extends { finding: { outcome: CheckOutcome } }>(results: readonly T[]): T[] {
  return [...results].sort((a, b) => CHECK_OUTCOMES[a.finding.outcome].rank - CHECK_OUTCOMES[b.finding.outcome].rank);
}

export function evidenceOf({ finding }: CheckResult): string[] {
  return 'evidence' in finding ? finding.evidence : [finding.why];
}
export function remedyOf({ finding }: CheckResult) {
  return 'remedy' in finding ? finding.remedy : undefined;
}

/** One page that stands alone: what to open first, then every check; nothing is loaded from elsewhere. */
export function reportHtml(options: ReportOptions): string {
  const counts = countOutcomes(options.results);
  const sum = (Object.keys(CHECK_OUTCOMES) as CheckOutcome[])
    .map(
      (outcome) =>
        `<li class="${outcome}">${CHECK_OUTCOMES[outcome].sign} ${counts[outcome]} ${esc(CHECK_OUTCOMES[outcome].word.toLowerCase())}</li>`,
    )
    .join('');
  const ports = worstFirst(
    options.results.filter(({ group, finding }) => group === 'ports' && finding.outcome !== 'notApplicable'),
  );
  const others = worstFirst(options.results.filter(({ group }) => group !== 'ports'));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${esc(options.title)}</title><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>${esc(options.title)}</h1>
<p>${esc(new Date(options.at).toISOString().slice(0, 16).replace('T', ' '))} UTC, ${options.results.length} checks</p>
<ul class="sum">${sum}</ul>
${ports.length > 0 ? `<h2>Network: what must be open, from where, to where, and why</h2>${portTable(ports)}` : ''}
${others.length > 0 ? `<h2>All other checks</h2>${others.map(section).join('\n')}` : ''}
</body></html>
`;
}

function portTable(results: readonly ReportedResult[]): string {
  const rows = results.map((result) => {
    const { sign, word } = CHECK_OUTCOMES[result.finding.outcome];
    return `<tr class="${result.finding.outcome}"><td>${sign} ${esc(word)}</td><td>${esc(result.machine)}</td><td>${esc(result.object)}</td><td>${esc(result.requirement.text)}<br><small>${esc(result.requirement.source)}</small></td><td>${evidenceOf(result).map(esc).join('<br>')}</td><td>${remedyHtml(result)}</td></tr>`;
  });
  return `<table><thead><tr><th>State</th><th>From</th><th>To</th><th>Why</th><th>Found</th><th>What to do</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function section(result: ReportedResult): string {
  const { sign, word } = CHECK_OUTCOMES[result.finding.outcome];
  const override = result.override
    ? `<p class="override">Gone on in spite of this by ${esc(result.override.by)}: ${esc(result.override.reason)}</p>`
    : '';
  return `<section class="${result.finding.outcome}"><h3>${sign} ${esc(word)}: ${esc(result.title)}</h3><p><b>${esc(result.object)}</b>, tried from ${esc(result.machine)}</p><p>Required: ${esc(result.requirement.text)} <small>(${esc(result.requirement.source)})</small></p><ul>${evidenceOf(
    result,
  )
    .map((one) => `<li>${esc(one)}</li>`)
    .join('')}</ul>${remedyHtml(result)}${override}</section>`;
}

function remedyHtml(result: ReportedResult): string {
  const remedy = remedyOf(result);
  if (!remedy) return '';
  const script = remedy.script
    ? `<p><small>At ${esc(remedy.script.where)}:</small></p><pre>${esc(remedy.script.code)}</pre>`
    : '';
  return `<p>${esc(remedy.text)}</p>${script}`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** For element content and quoted attributes. */
export function esc(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1200px;padding:0 1rem;color:#1c1f1d}
h1{font-size:22px}h2{font-size:17px;margin-top:2rem}h3{font-size:14px;margin:0}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #cfd6d2;padding:6px 8px;text-align:left;vertical-align:top}th{background:#eef3f0}
section{border:1px solid #cfd6d2;border-left-width:5px;padding:10px 14px;margin:10px 0}p{margin:4px 0}pre{background:#f4f6f5;padding:8px;overflow:auto;white-space:pre-wrap}
.sum{list-style:none;display:flex;gap:1.5rem;padding:0}section.failed{border-left-color:#b3261e}section.warning{border-left-color:#9a6700}section.notTried{border-left-color:#6b4fa0}
section.passed{border-left-color:#1a7f4b}tr.failed td:first-child{color:#b3261e}tr.warning td:first-child{color:#8a5d00}tr.passed td:first-child{color:#1a7f4b}small{color:#4d5752}`;
