import type { Command } from 'commander';
import { UsageError } from '../../core/domain/errors.ts';
import { formatBytes, formatCount } from '../../core/domain/format.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { type Column, clean, table } from '../table.ts';

interface WaveOptions extends CommonOptions {
  maxMailboxes?: string;
  maxBytes?: string;
  create?: string;
}

interface CollectOptions extends CommonOptions {
  olderThan?: string;
}

const CUT_SHOWN = 20;

export function register(program: Command): void {
  const group = program
    .command('plan')
    .description('who shares mailboxes with whom, and which mailboxes move together');
  addCommand<WaveOptions>(
    group,
    'waves',
    'batches that keep delegates and shared mailboxes together; shows them, or creates them',
    (c) =>
      c
        .option('--max-mailboxes <n>', 'mailboxes in a wave (100 where neither limit is given)')
        .option('--max-bytes <n>', 'bytes in a wave by the measured sizes: 500000000, 20GB, 1TB')
        .option('--create <prefix>', 'create the batches "PREFIX 1", "PREFIX 2", …'),
    waves,
  );
  addCommand<CommonOptions>(group, 'graph', 'who may use whose mailbox, and where that was read', (c) => c, graph);
  addCommand<CollectOptions>(
    group,
    'collect',
    'let workers read sizes, folder permissions and delegates of the matched mailboxes',
    (c) => c.option('--older-than <hours>', 'leave out what was measured within so many hours'),
    collect,
  );
}

function limitsOf(options: WaveOptions): { maxMailboxes?: number; maxBytes?: number } {
  return {
    ...(options.maxMailboxes === undefined ? {} : { maxMailboxes: whole(options.maxMailboxes, '--max-mailboxes') }),
    ...(options.maxBytes === undefined ? {} : { maxBytes: bytesOf(options.maxBytes) }),
  };
}

function whole(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError({
    tried: 'plan waves',
    happened: `${option} is "${text}", which is no whole number above 0.`,
    next: `Give for example: ${option} 50`,
  });
}

const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes as people write them: 1024 to the kilobyte, as everywhere in Transplant. */
function bytesOf(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  const value = Math.round(Number(found?.[1] ?? Number.NaN) * (UNITS[(found?.[2] ?? '').toLowerCase()] ?? Number.NaN));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError({
    tried: 'plan waves',
    happened: `--max-bytes is "${text}", which is no size.`,
    next: 'Give bytes, or a size such as 500MB, 20GB or 1TB.',
  });
}

async function waves(options: WaveOptions): Promise<Result> {
  const limits = limitsOf(options);
  return await withApi(options, async (api) => {
    if (options.create === undefined) {
      const plan = await api.plan.waves(limits);
      return { json: plan, text: describe(plan, 'Create them with: transplant plan waves … --create PREFIX') };
    }
    const made = await api.plan.create({ ...limits, prefix: options.create });
    return { json: made, text: describe(made, `${formatCount(made.created.length)} batches were created.`) };
  });
}

type Plan = Awaited<ReturnType<Api['plan']['waves']>>;

function describe(plan: Plan, end: string): string {
  const share = plan.totalWeight === 0 ? 0 : Math.round((1000 * plan.cutWeight) / plan.totalWeight) / 10;
  return [
    `${formatCount(plan.mailboxes)} mailboxes with ${formatCount(plan.edges)} ties in ${formatCount(plan.waves.length)} waves; ${share} % of what ties people is cut.`,
    ...(plan.waves.length > 0 ? [table(plan.waves, WAVE_COLUMNS)] : []),
    ...plan.tooLarge.map((g) => `Too large for one wave: ${clean(g.name)}, in ${g.waves.join(', ')}.`),
    ...plan.oversized.map((m) => `Larger than a wave alone: ${clean(m.address)} (${formatBytes(m.bytes)}).`),
    ...(plan.cut.length > 0 ? [`${formatCount(plan.cut.length)} ties are cut:`] : []),
    ...plan.cut
      .slice(0, CUT_SHOWN)
      .map((edge) => `  ${clean(edge.aAddress)} and ${clean(edge.bAddress)} (${rights(edge)}): ${clean(edge.because)}`),
    ...(plan.cut.length > CUT_SHOWN ? ['  … (--json has them all)'] : []),
    ...plan.notes.map((note) => `Note: ${note}`),
    ...(plan.waves.length > 0 ? [end] : []),
  ].join('\n');
}

const WAVE_COLUMNS: Column<Plan['waves'][number]>[] = [
  { title: 'Wave', cell: (wave) => wave.name },
  { title: 'Mailboxes', cell: (wave) => formatCount(wave.mailboxes), right: true },
  { title: 'Size', cell: (wave) => (wave.unmeasured === wave.mailboxes ? '' : formatBytes(wave.bytes)), right: true },
  { title: 'Not measured', cell: (wave) => (wave.unmeasured === 0 ? '' : formatCount(wave.unmeasured)), right: true },
];

type Right = Awaited<ReturnType<Api['plan']['graph']>>['edges'][number]['reasons'][number];
const RIGHT_COLUMNS: Column<Right & { owner: string; user: string }>[] = [
  { title: 'Mailbox', cell: (one) => one.owner },
  { title: 'Used by', cell: (one) => one.user },
  { title: 'Right', cell: (one) => one.right },
  { title: 'Folder', cell: (one) => one.folder },
  { title: 'Read from', cell: (one) => (one.group === null ? one.origin : `${one.origin}, by group ${one.group}`) },
];

function rights(edge: { reasons: { right: string }[] }): string {
  return [...new Set(edge.reasons.map((reason) => reason.right))].join(', ');
}

async function graph(options: CommonOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const found = await api.plan.graph();
    const nameOf = new Map(found.nodes.map((node) => [node.sourceId, node.address || node.displayName]));
    const lines = found.edges.flatMap((edge) =>
      edge.reasons.map((one) => ({
        ...one,
        owner: nameOf.get(one.ownerId) ?? '',
        user: nameOf.get(one.userId) ?? '',
      })),
    );
    const text = [
      `${formatCount(found.nodes.length)} mailboxes, ${formatCount(found.edges.length)} ties, ${formatCount(found.measured)} measured.`,
      ...(lines.length > 0 ? [table(lines, RIGHT_COLUMNS)] : []),
    ];
    return { json: found, text: text.join('\n') };
  });
}

async function collect(options: CollectOptions): Promise<Result> {
  const olderThanHours = options.olderThan === undefined ? undefined : Number(options.olderThan);
  if (olderThanHours !== undefined && !(olderThanHours >= 0)) {
    throw new UsageError({
      tried: 'ask workers for mailbox sizes',
      happened: `--older-than is "${options.olderThan}", which is no number of hours.`,
      next: 'Give for example: --older-than 24',
    });
  }
  return await withApi(options, async (api) => {
    const asked = await api.plan.collect(olderThanHours === undefined ? {} : { olderThanHours });
    const text = `${formatCount(asked.mailboxes)} mailboxes in ${formatCount(asked.tasks)} tasks wait for workers (transplant worker run); ${formatCount(asked.already)} were measured already.`;
    return { json: asked, text };
  });
}
