import { CHECK_OUTCOMES, type CheckCounts, type CheckResult } from '../core/domain/checks.ts';
import { formatCount } from '../core/domain/format.ts';
import type { Api } from './context.ts';
import { clean, table } from './table.ts';

/** As the store keeps it, or fresh from a run. */
type Shown = CheckResult & { resultId?: number; override?: { by: string; reason: string } | undefined };

/** A table of all checks, worst first, then what was found and what mends it. */
export function describeResults(results: readonly Shown[], counts: CheckCounts): string {
  const worst = [...results].sort(
    (a, b) => CHECK_OUTCOMES[a.finding.outcome].rank - CHECK_OUTCOMES[b.finding.outcome].rank,
  );
  const list = table(worst, [
    { title: 'No.', cell: ({ resultId }) => (resultId === undefined ? '' : String(resultId)), right: true },
    {
      title: 'Outcome',
      cell: ({ finding, override }) =>
        `${CHECK_OUTCOMES[finding.outcome].sign} ${CHECK_OUTCOMES[finding.outcome].word}${override ? ' *' : ''}`,
    },
    { title: 'Check', cell: (result) => result.title, max: 60 },
    { title: 'Object', cell: (result) => result.object, max: 50 },
    { title: 'From', cell: (result) => result.machine, max: 20 },
    { title: 'ms', cell: (result) => formatCount(result.tookMs), right: true },
  ]);
  const findings = worst
    .filter(({ finding: { outcome } }) => outcome === 'failed' || outcome === 'notTried' || outcome === 'warning')
    .map(describeFinding);
  const sum = Object.entries(CHECK_OUTCOMES)
    .map(([outcome, { word }]) => `${counts[outcome as keyof CheckCounts]} ${word.toLowerCase()}`)
    .join(', ');
  return [list, ...findings, `${formatCount(results.length)} checks: ${sum}\n`].join('\n');
}

function describeFinding({ title, object, id, finding, requirement, override }: Shown): string {
  const lines = [`${CHECK_OUTCOMES[finding.outcome].sign} ${title} [${id}]: ${object}`];
  lines.push(`  required: ${requirement.text} (${requirement.source})`);
  if ('evidence' in finding) lines.push(...finding.evidence.map((one) => `  found:    ${one}`));
  if ('why' in finding) lines.push(`  because:  ${finding.why}`);
  if (override) lines.push(`  * gone on in spite of this by ${override.by}: ${override.reason}`);
  if ('remedy' in finding && finding.remedy) {
    lines.push(`  remedy:   ${finding.remedy.text}`);
    const { script } = finding.remedy;
    if (script) lines.push(`  at ${script.where}:`, ...script.code.split('\n').map((line) => `    ${line}`));
  }
  return `${lines.map(clean).join('\n')}\n`;
}

type Runs = Awaited<ReturnType<Api['preflight']['runs']>>;
export function describeRuns(runs: Runs): string {
  return table(runs, [
    { title: 'Run', cell: (run) => String(run.id), right: true },
    { title: 'Started', cell: (run) => new Date(run.startedAt).toISOString().slice(0, 19).replace('T', ' ') },
    {
      title: 'Finished',
      cell: (run) => (run.finishedAt === undefined ? 'not yet' : new Date(run.finishedAt).toISOString().slice(11, 19)),
    },
    { title: 'From', cell: (run) => run.machine },
    { title: 'By', cell: (run) => run.startedBy },
    { title: 'Groups', cell: (run) => run.scope.groups.join(', ') || 'all' },
  ]);
}

type Matrix = Awaited<ReturnType<Api['preflight']['ports']>>;
type State = Matrix['rows'][number]['state'];
const SIGNS: Record<State, string> = {
  failed: CHECK_OUTCOMES.failed.sign,
  notTried: CHECK_OUTCOMES.notTried.sign,
  warning: CHECK_OUTCOMES.warning.sign,
  passed: CHECK_OUTCOMES.passed.sign,
  notApplicable: CHECK_OUTCOMES.notApplicable.sign,
  elsewhere: '↗',
  noHost: '·',
};
const WORDS: Record<State, string> = {
  failed: 'not open, and needed',
  notTried: 'could not be tried',
  warning: 'not open, asked for by the document',
  passed: 'open',
  notApplicable: 'does not apply',
  elsewhere: 'to be tried there, by the script',
  noHost: 'no host is known for it',
};

/** The matrix from x to with the worst state in each cell, then its rows. */
export function describeMatrix(matrix: Matrix): string {
  const ends = [...new Set(matrix.cells.flatMap(({ from }) => from))];
  const targets = [...new Set(matrix.cells.map(({ to }) => to))];
  const grid = table(ends, [
    { title: 'From \\ to', cell: (from) => from },
    ...targets.map((to) => ({
      title: to,
      cell: (from: (typeof ends)[number]) => {
        const cell = matrix.cells.find((one) => one.from === from && one.to === to);
        return cell ? `${SIGNS[cell.state]} ${cell.rows.length}` : '';
      },
    })),
  ]);
  const rows = table(matrix.rows, [
    { title: 'Row', cell: ({ row }) => String(row), right: true },
    { title: 'From', cell: ({ from }) => from },
    { title: 'To', cell: ({ to }) => to },
    {
      title: 'Port',
      cell: ({ protocols, port, portTo }) =>
        `${protocols.join('/')} ${port}${portTo === undefined ? '' : `-${portTo}`}`,
    },
    { title: 'State', cell: ({ state }) => `${SIGNS[state]} ${WORDS[state]}` },
    { title: 'For', cell: ({ remark }) => remark, max: 48 },
  ]);
  const notes = matrix.rows.flatMap(({ row, errata }) => errata.map((text) => `row ${row}: ${text}`));
  const counted = new Map<State, number>();
  for (const { state } of matrix.rows) counted.set(state, (counted.get(state) ?? 0) + 1);
  const sum = [...counted].map(([state, n]) => `${SIGNS[state]} ${n} ${WORDS[state]}`).join(', ');
  return `${grid}\n${rows}\nWhere the table of the requirements document is mistaken, what is true was tried and decides:\n${notes.map((note) => `  ${note}`).join('\n')}\n\n${matrix.rows.length} rows: ${sum}\n`;
}
