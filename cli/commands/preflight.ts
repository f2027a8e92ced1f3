import type { Command } from 'commander';
import {
  CHECK_GROUPS,
  CHECK_OUTCOMES,
  type CheckCounts,
  type CheckGroup,
  type CheckResult,
} from '../../core/domain/checks.ts';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions } from '../frame.ts';
import { clean, table } from '../table.ts';

interface RunOptions extends CommonOptions {
  forest?: string[];
  group?: string[];
  check?: string[];
  limit?: string;
}

export function register(program: Command): void {
  const preflight = program.command('preflight').description('checks everything the migration needs, before the day');
  addCommand<RunOptions>(
    preflight,
    'run',
    'run the checks from this machine',
    (c) =>
      c
        .option('--forest <name...>', 'only these forests')
        .option('--group <group...>', `only these groups: ${CHECK_GROUPS.join(', ')}`)
        .option('--check <id...>', 'only these checks, such as tls.version')
        .option('--limit <seconds>', 'time limit of one try'),
    (options) =>
      withApi(options, async (api) => {
        const run = await api.preflight.run({
          forests: options.forest ?? [],
          groups: groupsOf(options.group),
          checks: options.check ?? [],
          ...(options.limit === undefined ? {} : { limitMs: secondsOf(options.limit) }),
        });
        return { json: run, text: describeResults(run.results, run.counts), exitStatus: exitOf(run.counts) };
      }),
  );
}

function groupsOf(names: string[] | undefined): CheckGroup[] {
  return (names ?? [])
    .flatMap((text) => text.split(','))
    .map((name) => {
      const group = CHECK_GROUPS.find((one) => one === name.trim());
      if (group) return group;
      throw new UsageError({
        tried: `run the checks of group ${name}`,
        happened: 'There is no such group.',
        next: `Name one of: ${CHECK_GROUPS.join(', ')}.`,
      });
    });
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 120) return Math.round(seconds * 1000);
  throw new UsageError({
    tried: `take ${text} as a time limit`,
    happened: 'It is no number of seconds from 0.1 to 120.',
    next: 'Give for example --limit 5.',
  });
}

/** Findings are the program's business here: 1 when something failed or could not be tried. */
export function exitOf(counts: CheckCounts): ExitStatus {
  return counts.failed + counts.notTried > 0 ? ExitStatus.findings : ExitStatus.done;
}

/** A table of all checks, worst first, then what was found and what mends it. */
export function describeResults(results: readonly CheckResult[], counts: CheckCounts): string {
  const worst = [...results].sort(
    (a, b) => CHECK_OUTCOMES[a.finding.outcome].rank - CHECK_OUTCOMES[b.finding.outcome].rank,
  );
  const list = table(worst, [
    { title: '', cell: ({ finding }) => CHECK_OUTCOMES[finding.outcome].sign },
    { title: 'Outcome', cell: ({ finding }) => CHECK_OUTCOMES[finding.outcome].word },
    { title: 'Check', cell: (result) => result.title, max: 60 },
    { title: 'Object', cell: (result) => result.object, max: 50 },
    { title: 'ms', cell: (result) => formatCount(result.tookMs), right: true },
  ]);
  const findings = worst
    .filter(
      ({ finding }) => finding.outcome === 'failed' || finding.outcome === 'notTried' || finding.outcome === 'warning',
    )
    .map(describeFinding);
  const sum = Object.entries(CHECK_OUTCOMES)
    .map(([outcome, { word }]) => `${counts[outcome as keyof CheckCounts]} ${word.toLowerCase()}`)
    .join(', ');
  return [list, ...findings, `${formatCount(results.length)} checks: ${sum}\n`].join('\n');
}

function describeFinding({ title, object, id, finding, requirement }: CheckResult): string {
  const lines = [`${CHECK_OUTCOMES[finding.outcome].sign} ${title} [${id}]: ${object}`];
  lines.push(`  required: ${requirement.text} (${requirement.source})`);
  if ('evidence' in finding) lines.push(...finding.evidence.map((one) => `  found:    ${one}`));
  if ('why' in finding) lines.push(`  because:  ${finding.why}`);
  if ('remedy' in finding && finding.remedy) {
    lines.push(`  remedy:   ${finding.remedy.text}`);
    const { script } = finding.remedy;
    if (script) lines.push(`  at ${script.where}:`, ...script.code.split('\n').map((line) => `    ${line}`));
  }
  return `${lines.map(clean).join('\n')}\n`;
}
