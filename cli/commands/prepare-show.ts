import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { UsageError } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { clean, table } from '../table.ts';

export interface PlanRefOptions extends CommonOptions {
  plan?: string;
}
interface ShowOptions extends PlanRefOptions {
  all?: boolean;
  state?: string[];
  format: string;
  forest?: string;
  object?: string;
  flow?: string;
}

const SHOWN = 200;
const PAGE = 500;
const FORMATS = ['diff', 'ldif', 'powershell'] as const;

export function planRef(options: PlanRefOptions): { planId?: number } {
  return options.plan === undefined ? {} : { planId: Number(options.plan) };
}

/** `prepare show`, `progress` and `cancel`. */
export function registerShow(prepare: Command): void {
  addCommand<ShowOptions>(
    prepare,
    'show',
    'the changes of a plan as a diff or a script; or every attribute of one object, planned or not',
    (c) =>
      c
        .option('--plan <id>', 'default: the newest')
        .option('--state <state...>', 'only changes in these states')
        .option('--all', `more than the first ${SHOWN}`)
        .option('--format <format>', `${FORMATS.join(', ')}: scripts hold what is not made yet`, 'diff')
        .option('--forest <name>', 'the forest a script is for (default: the target)')
        .option('--object <object>', 'a source object by DN, address, logon name or GUID: its attribute flow')
        .option('--flow <file>', 'with --object: by this flow instead of the one in force'),
    (options) => {
      if (options.object !== undefined) return showObject(options, options.object);
      const format = FORMATS.find((one) => one === options.format);
      if (format === undefined) throw wrongFormat(options.format);
      return format === 'diff' ? showDiff(options) : showScript(options, format);
    },
  );
  addCommand<PlanRefOptions>(
    prepare,
    'progress',
    'how far a plan is that a worker writes or takes back',
    (c) => c.requiredOption('--plan <id>', 'the plan'),
    (options) =>
      withApi(options, async (api) => {
        const made = await api.prepare.progress({ planId: Number(options.plan) });
        const by = Map.groupBy(made.counts, (c) => c.state);
        const counts = [...by].map(([state, list]) => `  ${state.padEnd(10)} ${formatCount(sum(list)).padStart(10)}`);
        const task = made.task
          ? `Task ${made.task.taskId} is to ${made.task.action} it (${made.task.state}).`
          : 'No task is open for it.';
        return { json: made, text: [`Plan ${made.plan.id} (${made.plan.state})`, ...counts, task].join('\n') };
      }),
  );
  addCommand<PlanRefOptions>(
    prepare,
    'cancel',
    'stop what a worker does with a plan; what was written stays',
    (c) => c.requiredOption('--plan <id>', 'the plan'),
    (options) =>
      withApi(options, async (api) => {
        const made = await api.prepare.cancel({ planId: Number(options.plan) });
        const text = made.cancelled
          ? 'It stops after what is under way. Go on with: transplant prepare apply'
          : 'Nothing was under way.';
        return { json: made, text };
      }),
  );
}

const sum = (list: readonly { count: number }[]): number => list.reduce((total, c) => total + c.count, 0);

function wrongFormat(format: string): UsageError {
  return new UsageError({
    tried: `show the plan as ${format}`,
    happened: 'There is no such format.',
    next: `Give one of: ${FORMATS.join(', ')}.`,
  });
}

type Shown = Awaited<ReturnType<Api['prepare']['show']>>;
type State = Shown['changes'][number]['state'];

const statesOf = (options: ShowOptions) => options.state?.flatMap((s) => s.split(',')) as State[] | undefined;

async function showDiff(options: ShowOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const { diffText } = await import('../../core/plan/prepare/show.ts');
    const states = statesOf(options);
    const changes: Shown['changes'] = [];
    let page: Shown;
    let after: number | undefined;
    do {
      page = await api.prepare.show({
        ...planRef(options),
        limit: PAGE,
        ...(states && { states }),
        ...(after !== undefined && { after }),
      });
      changes.push(...page.changes);
      after = page.next;
    } while (after !== undefined && (options.all || options.json || changes.length < SHOWN));
    const names = new Map(page.forests.map((f) => [f.id, f.name]));
    const listed = options.all ? changes : changes.slice(0, SHOWN);
    const text = [
      `Plan ${page.plan.id} (${page.plan.state})`,
      ...listed.map((c) => diffText(c, names.get(c.forestId) ?? '')),
      ...(listed.length < changes.length || after !== undefined ? ['… (--all shows the rest)'] : []),
    ];
    const { plan: shown, counts } = page;
    return {
      json: { plan: shown, counts, changes },
      text: text.map((t) => t.split('\n').map(clean).join('\n')).join('\n'),
    };
  });
}

/** A script goes out page by page: a large plan is longer than what one string may hold. */
async function showScript(options: ShowOptions, format: 'ldif' | 'powershell'): Promise<Result | undefined> {
  return await withApi(options, async (api) => {
    const forest = options.forest ?? (await api.forests.list()).find((f) => f.role === 'target')?.name ?? 'target';
    const states = statesOf(options);
    const texts: string[] = [];
    let after: number | undefined;
    do {
      const page = await api.prepare.script({
        ...planRef(options),
        format,
        forest,
        ...(states && { states }),
        ...(after !== undefined && { after }),
      });
      if (options.json) texts.push(page.text);
      else process.stdout.write(`${page.text}\n`);
      after = page.next;
    } while (after !== undefined);
    return options.json ? { json: { format, forest, script: texts.join('\n') }, text: '' } : undefined;
  });
}

async function showObject(options: ShowOptions, object: string): Promise<Result> {
  const text = options.flow === undefined ? undefined : await readFile(options.flow, 'utf8');
  return await withApi(options, async (api) => {
    const made = await api.prepare.flow.show({ object, ...(text !== undefined && { text }) });
    const list = (values: readonly string[]) => values.join(' | ');
    const lines = table(made.rows, [
      { title: 'Attribute', cell: (r) => `${r.direction === 'import' ? '< ' : ''}${r.attribute}`, max: 32 },
      { title: '', cell: (r) => (r.changes ? '*' : '') },
      { title: 'Result', cell: (r) => list(r.result), max: 60 },
      { title: 'Now', cell: (r) => list(r.now), max: 40 },
      { title: 'Source', cell: (r) => list(r.source), max: 40 },
      { title: 'How', cell: (r) => `${r.how}${r.own ? ' (own)' : ''}`, max: 60 },
    ]);
    const where = made.targetDn ?? 'nothing is planned for it';
    const heading = `${made.sourceDn} -> ${where}${made.exists ? '' : ' (new)'}`;
    return { json: made, text: [clean(heading), lines, ...made.notes.map((n) => clean(`Note: ${n}`))].join('\n') };
  });
}
