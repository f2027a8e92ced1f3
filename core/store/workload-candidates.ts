import { UsageError } from '../domain/errors.ts';
import { nameKey } from '../domain/name-key.ts';
import type { RecipientKind } from '../domain/words.ts';
import type { Store } from './store.ts';
import type { NewWorkload } from './workloads.ts';

/** A matched source mailbox that could go into a batch. */
export interface Candidate {
  sourceId: number;
  targetId: number;
  kind: RecipientKind;
  displayName: string;
  department: string | null;
  mail: string | null;
  sourceAddress: string;
  targetAddress: string;
  /** Every SMTP address of the source, lower case: a list of mailboxes may name any of them. */
  addresses: string[];
  /** The batch that already holds it, if any. */
  batch: string | null;
}

const MAILBOX_KINDS = ['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox'];

interface Address {
  address: string;
  primary: boolean;
}

/** The address a mailbox is opened by: a primary one in the forest's own domains, then any in them, then the primary. */
export function addressIn(domains: string[], addresses: Address[], fallback: string | null): string {
  const own = domains.map((d) => `@${d.toLowerCase()}`);
  const inside = addresses.filter((a) => own.some((d) => a.address.toLowerCase().endsWith(d)));
  const found =
    inside.find((a) => a.primary) ?? inside[0] ?? addresses.find((a) => a.primary) ?? addresses[0] ?? undefined;
  return found?.address ?? fallback ?? '';
}

/**
 * Every matched source mailbox with the addresses by which both sides are opened, by name. `domains` are the SMTP
 * domains of the two forests.
 */
export async function mailboxCandidates(
  store: Store,
  domains: { source: string[]; target: string[] },
): Promise<Candidate[]> {
  const rows = await store.db
    .selectFrom('match')
    .innerJoin('recipient as s', 's.id', 'match.source_id')
    .innerJoin('recipient as t', 't.id', 'match.target_id')
    .select([
      's.id as source_id',
      't.id as target_id',
      's.kind as kind',
      's.display_name as display_name',
      's.department as department',
      's.mail as mail',
      't.mail as target_mail',
    ])
    .where('match.state', '=', 'matched')
    .where('s.deleted', '=', 0)
    .where('s.kind', 'in', MAILBOX_KINDS as never)
    .orderBy('s.name_key')
    .orderBy('s.id')
    .execute();
  const addresses = await smtpAddresses(store);
  const taken = await batchesBySource(store);
  return rows.map((row) => {
    const sourceId = Number(row.source_id);
    const targetId = Number(row.target_id);
    const own = addresses.get(sourceId) ?? [];
    return {
      sourceId,
      targetId,
      kind: row.kind as RecipientKind,
      displayName: String(row.display_name),
      department: row.department,
      mail: row.mail,
      sourceAddress: addressIn(domains.source, own, row.mail),
      targetAddress: addressIn(domains.target, addresses.get(targetId) ?? [], row.target_mail),
      addresses: own.map((a) => a.address.toLowerCase()),
      batch: taken.get(sourceId) ?? null,
    };
  });
}

async function smtpAddresses(store: Store): Promise<Map<number, Address[]>> {
  const rows = await store.db
    .selectFrom('recipient_address')
    .select(['recipient_id', 'address', 'is_primary'])
    .where('kind', '=', 'smtp')
    .execute();
  const byRecipient = new Map<number, Address[]>();
  for (const row of rows) {
    const list = byRecipient.get(Number(row.recipient_id)) ?? [];
    list.push({ address: row.address, primary: Number(row.is_primary) === 1 });
    byRecipient.set(Number(row.recipient_id), list);
  }
  return byRecipient;
}

async function batchesBySource(store: Store): Promise<Map<number, string>> {
  const rows = await store.db
    .selectFrom('workload')
    .innerJoin('batch', 'batch.id', 'workload.batch_id')
    .select(['workload.source_id as source_id', 'batch.name as name'])
    .where('workload.source_id', 'is not', null)
    .where('batch.state', '!=', 'undone')
    .execute();
  return new Map(rows.map((row) => [Number(row.source_id), row.name]));
}

/**
 * A filter as people write it: terms `field=value` or `field!=value` joined by ` and `; `*` stands for any text. Fields:
 * name, mail, department, kind.
 * @throws UsageError when a term cannot be read.
 */
export function parseFilter(expression: string): (candidate: Candidate) => boolean {
  const terms = expression.split(/\s+and\s+/iu).map((text) => parseTerm(text.trim(), expression));
  return (candidate) => terms.every((term) => term(candidate));
}

function parseTerm(text: string, expression: string): (candidate: Candidate) => boolean {
  const found = /^(name|mail|department|kind)\s*(!?=)\s*(.*)$/iu.exec(text);
  if (!found)
    throw new UsageError({
      tried: `read the filter "${expression}"`,
      happened: `"${text}" is not of the form field=value.`,
      next: 'Write for example: department=Sales and mail!=*@old.example (fields: name, mail, department, kind).',
    });
  const [, field = '', operator = '=', value = ''] = found;
  const pattern = wildcard(value);
  return (candidate) => {
    const matches = fieldValues(candidate, field.toLowerCase()).some((v) => pattern.test(nameKey(v)));
    return operator === '=' ? matches : !matches;
  };
}

function wildcard(value: string): RegExp {
  const parts = nameKey(value)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/gu, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'su');
}

function fieldValues(candidate: Candidate, field: string): string[] {
  switch (field) {
    case 'name':
      return [candidate.displayName];
    case 'mail':
      return candidate.addresses.length > 0 ? candidate.addresses : [candidate.mail ?? ''];
    case 'department':
      return [candidate.department ?? ''];
    default:
      return [candidate.kind];
  }
}

/** Turns chosen candidates into workloads of a new batch. */
export function workloadsFrom(candidates: Candidate[]): NewWorkload[] {
  return candidates.map((c) => ({
    kind: 'mailbox',
    sourceId: c.sourceId,
    sourceAddress: c.sourceAddress,
    targetAddress: c.targetAddress,
    displayName: c.displayName,
    root: '',
  }));
}

/** The workload of a public-folder subtree; `root` `/` means the whole tree. */
export function publicFolderWorkload(root: string): NewWorkload {
  return {
    kind: 'publicFolders',
    sourceId: null,
    sourceAddress: '',
    targetAddress: '',
    displayName: root === '/' || root === '' ? 'Public folders' : `Public folders ${root}`,
    root: root === '' ? '/' : root,
  };
}
