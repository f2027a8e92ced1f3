import type { Command } from 'commander';
import { type PublicFolderTarget, TARGET_CHANGE_POLICIES } from '../../core/domain/batch-options.ts';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { formatBytes, formatCount } from '../../core/domain/format.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

interface ListOptions extends CommonOptions {
  depth?: string;
  below?: string;
  limit?: string;
}

interface TargetOptions extends CommonOptions {
  mailbox?: string;
  group?: string;
  archive?: string;
  below?: string;
}

interface TwoWayOptions extends CommonOptions {
  rule?: string;
  off?: boolean;
}

interface OrphanOptions extends CommonOptions {
  batch?: string;
  address?: string;
  to?: string;
  drop?: boolean;
  reset?: boolean;
}

export function register(program: Command): void {
  const group = program.command('folders').description('public folders: what there is, where it goes, who has rights');
  addCommand<CommonOptions & { owners: boolean }>(
    group,
    'scan',
    "read the source's whole tree: items, sizes, last changes, owners",
    (c) => c.option('--no-owners', 'leave permission lists out: fewer calls'),
    scan,
  );
  addCommand<ListOptions>(
    group,
    'list',
    'subtrees as the last scan found them, largest first',
    (c) =>
      c
        .option('--depth <levels>', 'levels below the root, or below --below (default: 1)')
        .option('--below <path>', 'only what lies below a folder')
        .option('--limit <lines>', 'at most so many (default: 500)'),
    list,
  );
  addCommand<TargetOptions>(
    group,
    'target <batch> <path>',
    'where a subtree goes; public folders unless a mailbox is named',
    (c) =>
      c
        .option('--mailbox <address>', 'folders of this shared mailbox')
        .option('--group <address>', 'folders of the mailbox of this Microsoft 365 group')
        .option('--archive <address>', 'folders of the archive of this mailbox')
        .option('--below <path>', 'below this folder of the target'),
    target,
  );
  addCommand<TwoWayOptions>(
    group,
    'two-way <batch> <path>',
    'people work on both sides of a subtree: what they change in the target goes to the source, too',
    (c) =>
      c
        .option('--rule <rule>', `who wins where both sides changed an item: ${TARGET_CHANGE_POLICIES.join(', ')}`)
        .option('--off', 'from source to target only, again'),
    twoWay,
  );
  addCommand<CommonOptions>(
    group,
    'locks <batch>',
    'which folders are locked for their last sync, and what blocks the others',
    (c) => c,
    (options, args) => locks(options, args[0] ?? ''),
  );
  addCommand<OrphanOptions>(
    group,
    'orphans',
    'users with rights and no counterpart; with --address, decide for one',
    (c) =>
      c
        .option('--batch <name>', 'only of one batch')
        .option('--address <address>', 'the user to decide for, as the list has it')
        .option('--to <address>', 'give the rights to this user of the target')
        .option('--drop', 'leave the rights behind')
        .option('--reset', 'take the decision back'),
    orphans,
  );
}

async function locks(options: CommonOptions, batch: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const found = await api.publicFolders.locks({ batch });
    const blocked = found.locks.filter(({ state }) => state === 'blocked');
    const text =
      found.locks.length === 0
        ? 'Nothing of it is locked.'
        : table(found.locks, [
            { title: 'Folder', cell: (l) => l.path },
            { title: 'State', cell: (l) => l.state },
            { title: 'Why', cell: (l) => l.reason ?? '', max: 160 },
          ]);
    return { json: found, text, exitStatus: blocked.length > 0 ? ExitStatus.findings : ExitStatus.done };
  });
}

async function scan(options: CommonOptions & { owners: boolean }): Promise<Result> {
  return await withApi(options, async (api) => {
    const done = await api.publicFolders.scan({ owners: options.owners });
    const text = `${formatCount(done.folders)} folders with ${formatCount(done.items)} items, ${formatBytes(done.bytes)}, in ${(done.tookMs / 1000).toFixed(1)} s.`;
    return { json: done, text };
  });
}

async function list(options: ListOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const found = await api.publicFolders.statistics({
      ...(options.depth !== undefined && { depth: Number(options.depth) }),
      ...(options.limit !== undefined && { limit: Number(options.limit) }),
      ...(options.below !== undefined && { below: options.below }),
    });
    if (!found.scan) return { json: found, text: 'Nothing was read yet. Read the tree with: transplant folders scan' };
    const text = table(found.subtrees, [
      { title: 'Folder', cell: (s) => s.path },
      { title: 'Folders', cell: (s) => formatCount(s.folders), right: true },
      { title: 'Items', cell: (s) => formatCount(s.items), right: true },
      { title: 'Size', cell: (s) => formatBytes(s.bytes), right: true },
      {
        title: 'Last change',
        cell: (s) => (s.changedAt === null ? '' : new Date(s.changedAt).toISOString().slice(0, 10)),
      },
      { title: 'Mail', cell: (s) => (s.mailEnabled > 0 ? formatCount(s.mailEnabled) : ''), right: true },
      { title: 'Owner', cell: (s) => s.owner ?? '' },
    ]);
    return { json: found, text };
  });
}

async function target(options: TargetOptions, [batch = '', path = '']: string[]): Promise<Result> {
  const named = [
    ...(options.mailbox !== undefined ? [{ kind: 'mailbox' as const, address: options.mailbox }] : []),
    ...(options.group !== undefined ? [{ kind: 'mailbox' as const, address: options.group }] : []),
    ...(options.archive !== undefined ? [{ kind: 'archive' as const, address: options.archive }] : []),
  ];
  if (named.length > 1) {
    throw new UsageError({
      tried: `set the target of ${path}`,
      happened: 'More than one is named.',
      next: 'Give one of --mailbox, --group or --archive, or none for public folders.',
    });
  }
  const place: Pick<PublicFolderTarget, 'kind' | 'address'> = named[0] ?? { kind: 'publicFolders', address: '' };
  return await withApi(options, async (api) => {
    const result = await api.publicFolders.setTarget({ batch, target: { path, ...place, below: options.below ?? '' } });
    return {
      json: result,
      text: `${path} goes to ${place.address || 'public folders'}${options.below ? `, below ${options.below}` : ''}.`,
    };
  });
}

async function twoWay(options: TwoWayOptions, [batch = '', path = '']: string[]): Promise<Result> {
  const rule = TARGET_CHANGE_POLICIES.find((one) => one === options.rule);
  if ((rule === undefined) !== (options.off === true) || (options.rule !== undefined && rule === undefined)) {
    throw new UsageError({
      tried: `sync ${path} both ways`,
      happened: 'It is not clear who wins where both sides changed the same item.',
      next: `Give --rule with one of ${TARGET_CHANGE_POLICIES.join(', ')}, or --off.`,
    });
  }
  return await withApi(options, async (api) => {
    const result = await api.publicFolders.setTwoWay({ batch, path, rule: rule ?? null });
    const text = rule
      ? `${path} is synced both ways from the second sync on; in conflicts: ${rule}.`
      : `${path} goes one way.`;
    return { json: result, text };
  });
}

async function orphans(options: OrphanOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    if (options.address !== undefined) {
      const { address, to } = options;
      const chosen = [to !== undefined, options.drop === true, options.reset === true].filter(Boolean).length;
      if (chosen !== 1) {
        throw new UsageError({
          tried: `decide for ${address}`,
          happened: 'It is not clear what.',
          next: 'Give one of --to ADDRESS, --drop or --reset.',
        });
      }
      const result = await api.publicFolders.decideOrphan(
        to !== undefined
          ? { address, choice: 'map', targetAddress: to }
          : { address, choice: options.drop ? 'drop' : null },
      );
      return { json: result, text: 'Decided; the next sync writes it.' };
    }
    const found = await api.publicFolders.orphans({ ...(options.batch !== undefined && { batch: options.batch }) });
    const open = found.filter(({ decision }) => !decision).length;
    return {
      json: found,
      text:
        found.length === 0
          ? 'Every user with rights on a synced folder has a counterpart.'
          : table(found, [
              { title: 'User', cell: (o) => o.address },
              { title: 'Folders', cell: (o) => formatCount(o.folders), right: true },
              { title: 'Decided', cell: (o) => (o.decision ? (o.decision.targetAddress ?? 'left behind') : '') },
              { title: 'Such as', cell: (o) => o.paths[0] ?? '' },
            ]),
      exitStatus: open > 0 ? ExitStatus.findings : ExitStatus.done,
    };
  });
}
