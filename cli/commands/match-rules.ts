import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ExitStatus } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { MATCH_STATES } from '../../core/domain/words.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean, table } from '../table.ts';

interface ShowOptions extends CommonOptions {
  builtIn?: boolean;
}
interface TryOptions extends CommonOptions {
  rule?: string;
  limit?: string;
}

/** `match rules …`: the rules in force, and what others would do. */
export function registerRules(match: Command): void {
  const group = match.command('rules').description('rules of your own: show, try before they are in force, reset');
  addCommand<ShowOptions>(
    group,
    'show',
    'the rules in force as text',
    (c) => c.option('--built-in', 'the built-in rules, in the form in which you write your own'),
    (options) =>
      withApi(options, async (api) => {
        const { saved, builtIn } = await api.match.rules.get();
        const none =
          '# No rules of your own are in force. transplant match rules show --built-in prints the built-in ones.';
        return { json: { saved, builtIn }, text: options.builtIn ? builtIn : (saved?.text ?? none) };
      }),
  );
  addCommand<TryOptions>(
    group,
    'try <file>',
    'what a file of rules would match; nothing is kept',
    (c) => c.option('--rule <name>', 'list what this rule ties').option('--limit <n>', 'so many lines', '20'),
    tryRules,
  );
  addCommand<CommonOptions>(
    group,
    'reset',
    'go back to the built-in rules, and match again',
    (c) => c,
    (options) =>
      withApi(options, async (api) => {
        const made = await api.match.rules.save({ text: '' });
        return { json: made, text: 'The built-in rules are in force.' };
      }),
  );
}

type Preview = Awaited<ReturnType<Api['match']['rules']['preview']>>;

async function tryRules(options: TryOptions, [file = '']: string[]): Promise<Result> {
  const text = await readFile(file, 'utf8');
  return await withApi(options, async (api) => {
    const { problems } = await api.match.rules.validate({ text });
    if (problems.length > 0) {
      const { describeProblem } = await import('../../core/directory/document.ts');
      const lines = problems.map((p) => clean(`${file}: ${describeProblem(p)}`));
      return { json: { problems }, text: lines.join('\n'), exitStatus: ExitStatus.usage };
    }
    const limit = Number(options.limit);
    const made = await api.match.rules.preview({ text, limit, ...(options.rule && { rule: options.rule }) });
    return { json: { problems, ...made }, text: describe(made, options.rule) };
  });
}

function describe(made: Preview, rule: string | undefined): string {
  const counts = MATCH_STATES.map(
    (s) => `  ${s.padEnd(10)} ${formatCount(made.counts[s]).padStart(10)}   now ${formatCount(made.now[s])}`,
  );
  const busy = made.rules.filter((r) => r.pairs > 0 || (r.kind === 'filter' && r.sources + r.targets > 0));
  const rules = table(busy, [
    { title: 'Rule', cell: (r) => r.name },
    { title: 'Source objects', cell: (r) => formatCount(r.sources), right: true },
    { title: 'Target objects', cell: (r) => formatCount(r.targets), right: true },
    { title: 'Pairs', cell: (r) => formatCount(r.pairs), right: true },
    { title: 'Matches', cell: (r) => formatCount(r.matched), right: true },
  ]);
  const pairs = made.pairs.map((p) => `  ${p.sourceDn} -> ${p.targetDn ?? p.state} (${p.value})`);
  const changes = made.changes.map(
    (c) => `  ${c.sourceDn}: ${c.from} -> ${c.to}${c.toDn ? ` ${c.toDn}` : ''} (${c.rule})`,
  );
  return [
    ...counts,
    '',
    rules,
    ...(rule === undefined ? [] : ['', `What ${rule} ties:`, ...pairs.map(clean)]),
    '',
    `${formatCount(made.changed)} outcomes would change.`,
    ...changes.map(clean),
    'Nothing was kept. Put them in force with: transplant match run --rules FILE',
  ].join('\n');
}
