import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ExitStatus, UsageError } from '../../core/domain/errors.ts';
import { formatBytes, formatCount } from '../../core/domain/format.ts';
import { STATES } from '../../core/domain/words.ts';
import type { BatchAction } from '../../core/plan/batches/lifecycle.ts';
import { withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';
import { type ContentOptions, readContent, withContentOptions } from './batch-content.ts';
import { cutoverText, registerCutover } from './batch-cutover.ts';
import { applySchedule, given, readSchedule, type ScheduleOptions, withScheduleOptions } from './batch-schedule.ts';

interface CreateOptions extends ScheduleOptions, ContentOptions {
  from?: string;
  filter?: string;
  all?: boolean;
  publicFolders?: string[];
  archive: boolean;
  recoverableItems?: boolean;
  settings: boolean;
  rewriteAddresses?: boolean;
}

interface ActOptions extends CommonOptions {
  mailbox?: string[];
}

const ACTIONS: { action: BatchAction; describe: string; done: string }[] = [
  { action: 'start', describe: 'sync a batch, or go on with it', done: 'started' },
  { action: 'pause', describe: 'stop the syncs of a batch; nothing is lost', done: 'paused' },
  { action: 'hold', describe: 'keep mailboxes out of what their batch does next', done: 'held' },
  { action: 'cutover', describe: 'run the last delta and switch', done: 'being cut over' },
  { action: 'abort', describe: 'break a cutover off, before mail flow turns', done: 'in sync again' },
  { action: 'undo', describe: 'take a batch back; nothing is deleted', done: 'undone' },
];

export function register(program: Command): void {
  const group = program.command('batch').description('plan, run and cut over mailboxes and public folders in batches');
  addCommand<CreateOptions>(
    group,
    'create <name>',
    'make a batch of matched mailboxes and public-folder subtrees',
    (c) =>
      withContentOptions(withScheduleOptions(c))
        .option('--from <file>', 'a list of addresses, one a line, or a CSV with a column named mail')
        .option('--filter <expr>', 'for example: department=Sales and mail!=*@old.example')
        .option('--all', 'every matched mailbox')
        .option('--public-folders <path...>', 'subtrees of the public folders; / is the whole tree')
        .option('--no-archive', 'leave archive mailboxes behind')
        .option('--recoverable-items', 'bring what people deleted and can still recover')
        .option('--no-settings', 'leave delegates, rules, automatic replies and categories behind')
        .option('--rewrite-addresses', 'give senders and recipients inside items their addresses in the target'),
    (options, args, command) =>
      create(
        { ...options, hold: given(command, 'hold'), lock: given(command, 'lock') } as CreateOptions,
        args[0] ?? '',
      ),
  );
  addCommand<CommonOptions>(group, 'list', 'every batch with its state', (c) => c, list);
  addCommand<CommonOptions>(
    group,
    'show <name>',
    'one batch with its mailboxes',
    (c) => c,
    (options, args) => show(options, args[0] ?? ''),
  );
  registerCutover(group);
  for (const { action, describe, done } of ACTIONS) {
    addCommand<ActOptions>(
      group,
      `${action} <name>`,
      describe,
      (c) => c.option('--mailbox <address...>', 'only these members, by address or name'),
      (options, args) => act(options, args[0] ?? '', action, done),
    );
  }
}

async function create(options: CreateOptions, name: string): Promise<Result> {
  const chosen = [options.from, options.filter, options.all].filter((one) => one !== undefined);
  if (chosen.length > 1 || (chosen.length === 0 && !options.publicFolders)) {
    throw new UsageError({
      tried: `create batch "${name}"`,
      happened: 'It is not clear who goes in.',
      next: 'Give one of --from FILE, --filter EXPR or --all, and --public-folders PATH if public folders go with it.',
    });
  }
  const choice =
    options.from !== undefined
      ? ({ kind: 'list', addresses: await readList(options.from) } as const)
      : options.filter !== undefined
        ? ({ kind: 'filter', expression: options.filter } as const)
        : ({ kind: options.all ? 'all' : 'none' } as const);
  const read = readSchedule(options);
  const content = readContent(options);
  return await withApi(options, async (api) => {
    const made = await api.batches.create({
      name,
      choice,
      publicFolders: options.publicFolders ?? [],
      options: {
        ...content,
        archive: options.archive,
        recoverableItems: options.recoverableItems === true,
        settings: options.settings,
        rewriteAddresses: options.rewriteAddresses === true,
      },
    });
    const times = await applySchedule(api, made.batch.name, options, read);
    const lines = [
      `Batch "${made.batch.name}" has ${formatCount(made.mailboxes)} mailboxes and ${formatCount(made.publicFolders)} public-folder subtrees.`,
      ...(made.elsewhere.length > 0
        ? [`${formatCount(made.elsewhere.length)} chosen mailboxes stay in the batches that hold them already.`]
        : []),
      ...times.lines,
      `Start it with: transplant batch start "${made.batch.name}"`,
    ];
    return { json: made, text: lines.join('\n') };
  });
}

async function readList(file: string): Promise<string[]> {
  const { addressesOf } = await import('../../core/plan/batches/create.ts');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(
      {
        tried: `read the list of mailboxes ${file}`,
        happened: 'The file cannot be read.',
        next: 'Check its name and its rights.',
      },
      { cause },
    );
  });
  return addressesOf(text);
}

async function list(options: CommonOptions): Promise<Result> {
  return await withApi(options, async (api) => {
    const batches = await api.batches.list();
    if (batches.length === 0) {
      return { json: [], text: 'There is no batch yet. Make one with: transplant batch create NAME --all' };
    }
    return {
      json: batches,
      text: table(batches, [
        { title: 'Batch', cell: (b) => b.name },
        { title: 'State', cell: (b) => `${STATES[b.state].sign} ${STATES[b.state].word}` },
        { title: 'Members', cell: (b) => formatCount(b.totals.workloads), right: true },
        {
          title: 'Items',
          cell: (b) => `${formatCount(b.totals.itemsDone)}/${formatCount(b.totals.itemsTotal)}`,
          right: true,
        },
        { title: 'Size', cell: (b) => formatBytes(b.totals.bytesDone), right: true },
        { title: 'Bad', cell: (b) => formatCount(b.totals.itemsBad), right: true },
      ]),
    };
  });
}

async function show(options: CommonOptions, name: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const batch = await api.batches.show({ batch: name });
    const members: Awaited<ReturnType<typeof api.batches.lines>>['lines'] = [];
    let after: Awaited<ReturnType<typeof api.batches.lines>>['next'];
    do {
      const page = await api.batches.lines({ batchId: batch.id, limit: 500, ...(after && { after }) });
      members.push(...page.lines);
      after = page.next;
    } while (after);
    const { sign, word } = STATES[batch.state];
    const cutover = await cutoverText(api, name);
    const { schedule } = await api.schedule.show({ batch: name });
    return {
      json: { ...batch, members, cutover: cutover.json, schedule },
      text: `${sign} ${batch.name}: ${word}\n\n${table(members, [
        { title: 'Member', cell: (m) => m.displayName, max: 36 },
        { title: 'State', cell: (m) => `${STATES[m.state].sign} ${STATES[m.state].word}` },
        { title: 'Items', cell: (m) => `${formatCount(m.itemsDone)}/${formatCount(m.itemsTotal)}`, right: true },
        { title: 'Size', cell: (m) => formatBytes(m.bytesDone), right: true },
        { title: 'Bad', cell: (m) => formatCount(m.itemsBad), right: true },
        { title: 'Why', cell: (m) => m.reason ?? '', max: 50 },
      ])}${cutover.text && `\n${cutover.text}`}`,
    };
  });
}

async function act(options: ActOptions, name: string, action: BatchAction, done: string): Promise<Result> {
  return await withApi(options, async (api) => {
    const result = await api.batches.act({
      batch: name,
      action,
      ...(options.mailbox && { mailboxes: options.mailbox }),
    });
    const stayed = result.stayed.map(
      (s) =>
        `${formatCount(s.count)} stayed as they are, ${s.why}: ${s.names.join(', ')}${s.count > s.names.length ? ', …' : ''}`,
    );
    const turned = result.turned.map(
      ({ displayName, turnedAt }) =>
        `Mail for ${displayName} went to the target from ${new Date(turnedAt).toISOString()} on; what came there stays there.`,
    );
    const kept = result.kept.map(
      ({ dn, message }) => `Left as it is, changed since by somebody else: ${dn}: ${message}`,
    );
    return {
      json: result,
      text: [
        `${formatCount(result.moved)} members of "${result.batch}" are ${done}.`,
        ...stayed,
        ...turned,
        ...kept,
      ].join('\n'),
      exitStatus: result.moved === 0 && result.stayed.length > 0 ? ExitStatus.findings : ExitStatus.done,
    };
  });
}
