import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../../core/domain/errors.ts';
import { formatBytes, formatCount } from '../../core/domain/format.ts';
import type { BadReason, BadState } from '../../core/store/bad-items.ts';
import { type Api, withApi } from '../context.ts';
import { addCommand, type CommonOptions, type Result } from '../frame.ts';
import { table } from '../table.ts';

interface ListOptions extends CommonOptions {
  reason?: BadReason;
  state?: BadState;
}
interface DecideOptions extends CommonOptions {
  item?: number[];
  reason?: BadReason;
  why: string;
}

const DECISIONS = {
  accept: ['accepted', 'let items stay behind: they are not tried again and do not hold the cutover'],
  retry: ['retry', 'have items tried again by the next run; a conflict is written over'],
  reopen: ['open', 'take a decision back'],
} as const satisfies Record<string, [BadState, string]>;

/** `transplant bad-items`: what could not be brought over, and what people decide about it. */
export function register(program: Command): void {
  const group = program.command('bad-items').description('items that could not be brought over, and decisions on them');
  // Which reasons and states there are, the router says.
  const reason = ['--reason <reason>', 'only items of this reason, such as corrupt or tooLarge'] as const;
  addCommand<ListOptions>(
    group,
    'list <batch>',
    'items by mailbox and folder, with the reason',
    (command) => command.option(...reason).option('--state <state>', 'only in this state: open, accepted or retry'),
    (options, args) => withApi(options, (api) => list(api, args[0] ?? '', options)),
  );
  for (const [name, [state, description]] of Object.entries(DECISIONS))
    addCommand<DecideOptions>(
      group,
      `${name} <batch>`,
      description,
      (command) =>
        command
          .option('--item <number...>', 'items by their numbers in the list', number)
          .option(...reason)
          .option('--why <text>', 'why, for the audit log', ''),
      (options, args) => withApi(options, (api) => decide(api, args[0] ?? '', state, options)),
    );
}

function number(text: string, before: number[] | undefined): number[] {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('A number of the list.');
  return [...(before ?? []), value];
}

async function itemsOf(api: Api, batch: string, filter: Pick<ListOptions, 'reason' | 'state'>) {
  const { id } = await api.batches.show({ batch });
  const items = [];
  for (let after: number | undefined; ; after = items.at(-1)?.id) {
    const page = await api.badItems.list({
      batchId: id,
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
      ...(filter.reason && { reason: filter.reason }),
      ...(filter.state && { state: filter.state }),
    });
    items.push(...page);
    if (page.length < 1_000) return { id, items };
  }
}

async function list(api: Api, batch: string, options: ListOptions): Promise<Result> {
  const { items } = await itemsOf(api, batch, options);
  const lines = table(items, [
    { title: 'No.', cell: (item) => String(item.id), right: true },
    { title: 'Mailbox', cell: (item) => item.mailbox, max: 30 },
    { title: 'Folder', cell: (item) => item.folderPath, max: 40 },
    { title: 'Class', cell: (item) => item.itemClass, max: 24 },
    { title: 'Size', cell: (item) => formatBytes(item.size), right: true },
    { title: 'Reason', cell: (item) => item.reason },
    { title: 'State', cell: (item) => item.state },
  ]);
  return { json: { items }, text: items.length === 0 ? 'No bad items.' : lines };
}

/** Decides on single items of the batch or on all of one reason. @throws UsageError when none is named, or none of the batch */
async function decide(api: Api, batch: string, state: BadState, options: DecideOptions): Promise<Result> {
  const { item, reason, why } = options;
  const tried = `decide on bad items of batch "${batch}"`;
  if ((item === undefined) === (reason === undefined))
    throw new UsageError({
      tried,
      happened: 'Neither items nor a reason are named, or both.',
      next: 'Give --item NUMBER (as often as needed) or --reason REASON; transplant bad-items list shows both.',
    });
  const { id, items } = await itemsOf(api, batch, {});
  const known = new Set(items.map((one) => one.id));
  const strange = (item ?? []).filter((one) => !known.has(one));
  if (strange.length > 0)
    throw new UsageError({
      tried,
      happened: `It has no item ${strange.join(', ')}.`,
      next: `Look at its items with: transplant bad-items list "${batch}"`,
    });
  const which = item ? { ids: item } : { batchId: id, reason: reason ?? 'unknown' };
  const { changed } = await api.badItems.decide({ which, state, why });
  return { json: { changed, state }, text: `${formatCount(changed)} items are ${state} now.` };
}
