import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount, formatShare } from '../../core/domain/format.ts';
import { MATCH_STATES, type MatchState } from '../../core/domain/words.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean, table } from '../table.ts';
import { registerRules } from './match-rules.ts';

interface RunOptions extends CommonOptions {
  rules?: string;
}
interface ListOptions extends CommonOptions {
  state?: string[];
  search?: string;
  bom?: boolean;
}
interface SetOptions extends CommonOptions {
  create?: boolean;
}
interface HealOptions extends CommonOptions {
  ndr: string;
}
interface ImportOptions extends CommonOptions {
  preview?: boolean;
  skipErrors?: boolean;
}

const STATE_HELP = `only these states: ${MATCH_STATES.join(', ')}`;
const LINES_AT_ONCE = 1000;

export function register(program: Command): void {
  const group = program.command('match').description('which source object is which target object (rationalize)');
  addCommand<RunOptions>(
    group,
    'run',
    'match both forests; decisions of people stay',
    (c) => c.option('--rules <file>', 'rules of your own, YAML or JSON (docs/rules.md); in force from now on'),
    (options) =>
      withApi(options, async (api) => {
        const result = await api.match.run(options.rules === undefined ? {} : { rulesFile: resolve(options.rules) });
        const text = [describeCounts(result.counts), ...unprepared(result.unprepared)].join('\n');
        return { json: result, text, exitStatus: exitOf(result.counts) };
      }),
  );
  addCommand<HealOptions>(
    group,
    'heal',
    'plan the X500 addresses that bounce messages tell are missing',
    (c) => c.requiredOption('--ndr <path>', 'a bounce message (.eml), an mbox, or a folder of them'),
    heal,
  );
  registerRules(group);
  addCommand<ListOptions>(
    group,
    'list',
    'matches with their evidence',
    (c) => c.option('--state <state...>', STATE_HELP).option('--search <text>', 'part of a name or address'),
    list,
  );
  addCommand<SetOptions>(
    group,
    'set <source> [target]',
    'decide: this target; without one, no target at all (or --create)',
    (c) => c.option('--create', 'the target object shall be created'),
    (options, [source = '', target]) =>
      withApi(options, async (api) => {
        const choice = options.create ? 'create' : 'none';
        const made = await api.match.set({ source, ...(target === undefined ? { choice } : { target }) });
        const what: Record<string, string> = {
          match: `is ${made.target}`,
          none: 'has no counterpart',
          create: 'will be created',
        };
        return { json: made, text: `Decided: ${clean(made.source)} ${clean(what[made.choice] ?? '')}.` };
      }),
  );
  addCommand<CommonOptions>(
    group,
    'clear <source>',
    'take a decision back; the rules decide again',
    (c) => c,
    (options, [source = '']) =>
      withApi(options, async (api) => {
        const made = await api.match.clear({ source });
        return { json: made, text: made.cleared ? 'The decision is taken back.' : 'There was no decision.' };
      }),
  );
  addCommand<ListOptions>(
    group,
    'export <file>',
    'write matches for review, as CSV or XLSX',
    (c) =>
      c
        .option('--state <state...>', STATE_HELP)
        .option('--search <text>', 'part of a name or address')
        .option('--bom', 'mark a CSV as UTF-8 for Excel'),
    (options, [file = '']) =>
      withApi(options, async (api) => {
        const made = await api.match.exportFile({
          file: resolve(file),
          bom: options.bom === true,
          ...queryOf(options),
        });
        return { json: made, text: `${formatCount(made.rows)} matches written to ${made.file}.` };
      }),
  );
  addCommand<ImportOptions>(
    group,
    'import <file>',
    'take over decisions from a reviewed file',
    (c) =>
      c
        .option('--preview', 'show what would change, and change nothing')
        .option('--skip-errors', 'leave out rows with errors instead of refusing the file'),
    (options, [file = '']) => importFile(options, resolve(file)),
  );
}

/** Pairs that were found after the target was prepared have no place in it yet. */
function unprepared(count: number): string[] {
  if (count === 0) return [];
  return [
    `${formatCount(count)} ${count === 1 ? 'object was' : 'objects were'} matched after the target was prepared. Plan again: transplant prepare plan`,
  ];
}

function queryOf(options: ListOptions): { states?: MatchState[]; search?: string } {
  const states = (options.state ?? []).flatMap((s) => s.split(',')) as MatchState[];
  return { ...(states.length > 0 && { states }), ...(options.search !== undefined && { search: options.search }) };
}

/** Conflicts and reviews are findings: somebody has to decide. */
function exitOf(counts: Record<MatchState, number>) {
  return counts.conflict + counts.review > 0 ? ExitStatus.findings : ExitStatus.done;
}

function describeCounts(counts: Record<MatchState, number>): string {
  const lines = MATCH_STATES.map((s) => `  ${s.padEnd(10)} ${formatCount(counts[s]).padStart(10)}`);
  const open = counts.conflict + counts.review;
  const next =
    open > 0
      ? `${formatCount(open)} need a decision: transplant match list --state conflict review`
      : 'Nothing needs a decision. Go on with: transplant prepare plan';
  return [...lines, next].join('\n');
}

async function list(options: ListOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const lines: Awaited<ReturnType<Api['match']['list']>>['lines'] = [];
    let after: Awaited<ReturnType<Api['match']['list']>>['next'];
    do {
      const page = await api.match.list({ ...queryOf(options), limit: LINES_AT_ONCE, ...(after && { after }) });
      lines.push(...page.lines);
      after = page.next;
    } while (after);
    const { orphaned } = await api.match.counts();
    const { describeEvidence } = await import('../../core/rationalize/review.ts');
    const text = table(lines, [
      { title: 'Source', cell: (m) => m.sourceName, max: 32 },
      { title: 'State', cell: (m) => m.state },
      {
        title: 'Target',
        cell: (m) => m.targetName ?? m.candidates.map((c) => c.targetDn).join(' | '),
        max: 40,
      },
      { title: 'Rule', cell: (m) => m.rule },
      { title: 'Score', cell: (m) => formatShare(m.score), right: true },
      { title: 'Evidence', cell: (m) => describeEvidence(m.evidence), max: 80 },
    ]);
    const lost = orphaned.map(
      (d) => `Decision of ${d.who} for ${d.sourceDn ?? d.sourceGuid}: its ${d.lost} object no longer exists.`,
    );
    return { json: { matches: lines, orphanedDecisions: orphaned }, text: [text, ...lost.map(clean)].join('\n') };
  });
}

async function importFile(options: ImportOptions, file: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const apply = options.preview !== true;
    const made = await api.match.importFile({ file, apply, skipErrors: options.skipErrors === true });
    const { preview } = made;
    const changes = preview.changes.map((c) => {
      const to = {
        match: `matched to ${c.to.targetDn}`,
        none: 'no counterpart',
        create: 'create',
        clear: 'by the rules',
      };
      return `  row ${c.row}: ${c.sourceDn}: ${c.from.state} -> ${to[c.to.choice]}`;
    });
    const errors = preview.errors.map((e) => `  row ${e.row}: ${e.reason}`);
    const refused = apply && preview.errors.length > 0 && options.skipErrors !== true;
    const text = [
      `${formatCount(preview.rows)} rows, ${formatCount(preview.unchanged)} as they are, ${formatCount(preview.changes.length)} changes, ${formatCount(preview.errors.length)} errors.`,
      ...changes,
      ...(errors.length > 0 ? ['Errors:', ...errors] : []),
      refused
        ? 'Nothing was changed: correct the rows, or leave them out with --skip-errors.'
        : apply
          ? `${formatCount(made.applied)} decisions taken over.`
          : 'This is a preview; nothing was changed.',
    ].map(clean);
    return {
      json: made,
      text: text.join('\n'),
      exitStatus: preview.errors.length > 0 ? ExitStatus.findings : ExitStatus.done,
    };
  });
}

async function heal(options: HealOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const made = await api.match.heal({ path: resolve(options.ndr) });
    const open = made.addresses.filter((a) => a.outcome !== 'add' && a.outcome !== 'there');
    const adds = made.addresses.filter((a) => a.outcome === 'add');
    const text = [
      `${formatCount(made.messages)} messages, ${formatCount(made.bounces)} of them bounces; ${formatCount(made.addresses.length)} Exchange addresses, ${formatCount(adds.length)} missing.`,
      ...adds.map((a) => `  + ${a.address} to ${a.object} (${a.reason})`),
      ...made.addresses.filter((a) => a.outcome === 'there').map((a) => `  = ${a.address}: ${a.reason}`),
      ...open.map((a) => `  ? ${a.address}: ${a.object ? `${a.object}: ` : ''}${a.reason}`),
      ...made.problems.map((p) => `  Not read: ${p.where}: ${p.reason}`),
      made.planId === null
        ? 'Nothing is to be added.'
        : `Plan ${made.planId}: look at it with: transplant prepare show --plan ${made.planId}; write it with: transplant prepare apply --plan ${made.planId}`,
    ].map(clean);
    const findings = open.length + made.problems.length > 0;
    return { json: made, text: text.join('\n'), exitStatus: findings ? ExitStatus.findings : ExitStatus.done };
  });
}
