import { parse } from 'csv-parse/sync';
import type { z } from 'zod';
import type { batchOptionsSchema } from '../../domain/batch-options.ts';
import { UsageError } from '../../domain/errors.ts';
import { nameKey } from '../../domain/name-key.ts';
import { type Batch, createBatch } from '../../store/batches.ts';
import { listForests } from '../../store/forests.ts';
import type { Store } from '../../store/store.ts';
import {
  type Candidate,
  mailboxCandidates,
  parseFilter,
  publicFolderWorkload,
  workloadsFrom,
} from '../../store/workload-candidates.ts';

/** Which mailboxes go in: those of a list, those a filter lets through, or every matched one. */
export type Choice =
  | { kind: 'list'; addresses: string[] }
  | { kind: 'filter'; expression: string }
  /** Source objects by number, as lists of the console choose them; those without a match stay out. */
  | { kind: 'sources'; ids: number[] }
  | { kind: 'all' }
  | { kind: 'none' };

export interface NewBatch {
  name: string;
  choice: Choice;
  /** Paths of public-folder subtrees; `/` is the whole tree. */
  publicFolders: string[];
  options?: z.input<typeof batchOptionsSchema>;
}

export interface CreatedBatch {
  batch: Batch;
  mailboxes: number;
  publicFolders: number;
  /** Chosen mailboxes that another batch holds already; they stay there. */
  elsewhere: { address: string; batch: string }[];
}

/**
 * Makes a batch from matched mailboxes and public-folder subtrees.
 * @throws UsageError when the list names somebody who is not a matched mailbox, or nothing is left to move.
 */
export async function planBatch(store: Store, plan: NewBatch): Promise<CreatedBatch> {
  const tried = `create batch "${plan.name}"`;
  const chosen = plan.choice.kind === 'none' ? [] : choose(await candidates(store), plan.choice, tried);
  const elsewhere = chosen.flatMap((c) => (c.batch === null ? [] : [{ address: c.sourceAddress, batch: c.batch }]));
  const free = chosen.filter((c) => c.batch === null);
  const trees = [...new Set(plan.publicFolders.map(treePath))];
  if (free.length === 0 && trees.length === 0) {
    throw new UsageError({
      tried,
      happened:
        elsewhere.length > 0
          ? `All ${elsewhere.length} chosen mailboxes are in other batches already.`
          : 'No matched mailbox was chosen.',
      next: 'Look at the matches with: transplant match list --state matched',
    });
  }
  const batch = await createBatch(store, {
    name: plan.name,
    options: plan.options ?? {},
    workloads: [...workloadsFrom(free), ...trees.map(publicFolderWorkload)],
  });
  return { batch, mailboxes: free.length, publicFolders: trees.length, elsewhere };
}

/** Every mailbox that could go into a batch, with the batch that has it already. */
export async function candidates(store: Store): Promise<Candidate[]> {
  const forests = await listForests(store);
  const domains = (role: 'source' | 'target') =>
    forests.filter((forest) => forest.role === role).flatMap((forest) => forest.config.smtpDomains);
  return await mailboxCandidates(store, { source: domains('source'), target: domains('target') });
}

function choose(all: Candidate[], choice: Exclude<Choice, { kind: 'none' }>, tried: string): Candidate[] {
  if (choice.kind === 'all') return all;
  if (choice.kind === 'sources') {
    const wanted = new Set(choice.ids);
    return all.filter(({ sourceId }) => wanted.has(sourceId));
  }
  if (choice.kind === 'filter') return all.filter(parseFilter(choice.expression));
  const byAddress = new Map<string, Candidate>();
  for (const candidate of all) {
    for (const address of [...candidate.addresses, candidate.sourceAddress]) {
      byAddress.set(nameKey(address), candidate);
    }
  }
  const found = new Map<number, Candidate>();
  const unknown: string[] = [];
  for (const address of choice.addresses) {
    const candidate = byAddress.get(nameKey(address));
    if (candidate) found.set(candidate.sourceId, candidate);
    else unknown.push(address);
  }
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 5).join(', ');
    throw new UsageError({
      tried,
      happened: `${unknown.length} of ${choice.addresses.length} addresses are no matched mailbox of the source: ${shown}${unknown.length > 5 ? ', …' : ''}.`,
      next: 'Match them first (transplant match list --state unmatched), or take them off the list.',
    });
  }
  return [...found.values()];
}

/** `\Sales\EMEA`, `/Sales/EMEA/` and `Sales/EMEA` are one path; `\`, `/` and nothing are the whole tree. */
export function treePath(path: string): string {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '');
  return `/${parts.join('/')}`;
}

const ADDRESS_COLUMN = /^(mail|e-?mail|e-?mail ?address|primarysmtpaddress|address|source)$/i;

/**
 * The addresses of a list: one a line, or a CSV whose column is named for an address (otherwise its first column). Empty
 * lines and lines that begin with `#` are left out.
 * @throws UsageError when the text is no such list.
 */
export function addressesOf(text: string): string[] {
  const rows = readCsv(text);
  const [head = []] = rows;
  const column = head.findIndex((cell) => ADDRESS_COLUMN.test(cell));
  const hasHead = column >= 0 || !head.some((cell) => cell.includes('@'));
  return (hasHead ? rows.slice(1) : rows).map((row) => row[Math.max(column, 0)] ?? '').filter((cell) => cell !== '');
}

function readCsv(text: string): string[][] {
  try {
    return parse(text, {
      bom: true,
      delimiter: [',', ';', '\t'],
      record_delimiter: ['\r\n', '\n', '\r'],
      comment: '#',
      comment_no_infix: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch (error) {
    throw new UsageError(
      {
        tried: 'read the list of mailboxes',
        happened: `It is no list of addresses: ${error instanceof Error ? error.message : 'it cannot be read'}.`,
        next: 'Give a text file with one address a line, or a CSV with a column named mail.',
      },
      { cause: error },
    );
  }
}
