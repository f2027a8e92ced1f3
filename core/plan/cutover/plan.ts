import { daclEntries, withoutEntries } from '../../directory/security-descriptor.ts';
import { sameValues } from '../../directory/writer.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Attributes, first, values } from '../../domain/recipient.ts';
import { createPlan, type NewChange, type PlanNotes } from '../../store/directory-changes.ts';
import { listForests } from '../../store/forests.ts';
import { matchedPairs } from '../../store/matches.ts';
import { getRecipients, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { MAIL_USER_TYPE, MAILBOX_KINDS, mailUserDisplayType } from '../prepare/constants.ts';
import { primaryOf } from '../prepare/shape.ts';

export interface CutoverRequest {
  createdBy: string;
  /** Only these members of the batch. */
  workloadIds?: readonly number[] | undefined;
  /** The plan sets no other one aside: mailboxes are cut over one by one. */
  beside?: boolean;
  /** For addresses of the target; default: the target forest's SMTP domains. */
  targetDomains?: readonly string[] | undefined;
}

/**
 * Works out what cutting over a batch changes in the directories. The source becomes a mail user that forwards to the
 * target, its mailbox disconnected (homeMDB taken away) and never deleted; the target stops forwarding to the source;
 * permission entries of the source's domain are listed and taken off the new mailbox. Nothing is written yet.
 */
export async function planCutover(
  store: Store,
  batchId: number,
  request: CutoverRequest,
): Promise<{ planId: number; changes: number; notes: PlanNotes }> {
  const members = await batchMembers(store, batchId, request.workloadIds);
  const pairs = await matchedPairs(store);
  const objects = await getRecipients(store, [...members, ...members.flatMap((id) => pairs.get(id) ?? [])]);
  const domains = request.targetDomains ?? (await targetDomains(store));
  const notes: PlanNotes = { problems: [], notes: [] };
  const target: NewChange[] = [];
  const source: NewChange[] = [];
  for (const id of members) {
    const from = objects.get(id);
    const to = objects.get(pairs.get(id) ?? 0);
    if (!from) continue;
    const problem = whyNot(from, to);
    if (problem !== undefined || !to) {
      notes.problems.push({ object: from.dn, reason: problem ?? 'it has no counterpart' });
      continue;
    }
    const address = addressInTarget(to, domains);
    if (address === undefined) {
      notes.problems.push({ object: from.dn, reason: `${to.dn} has no address in ${domains.join(', ')}` });
      continue;
    }
    source.push(...change(from, becomesMailUser(from, address), `forwards to ${address}`));
    target.push(...change(to, becomesHome(from, to, notes), 'is where the mailbox lives now'));
  }
  const changes = [...target, ...source];
  const planId = await createPlan(
    store,
    { batchId, purpose: 'cutover', createdBy: request.createdBy, notes, beside: request.beside === true },
    changes,
  );
  return { planId, changes: changes.length, notes };
}

async function batchMembers(store: Store, batchId: number, workloadIds?: readonly number[]): Promise<number[]> {
  let query = store.db
    .selectFrom('workload')
    .select('source_id')
    .distinct()
    .where('batch_id', '=', batchId)
    .where('kind', 'in', ['mailbox', 'archive']);
  if (workloadIds) query = query.where('id', 'in', workloadIds.length ? [...workloadIds] : [0]);
  const rows = await query.execute();
  return rows.flatMap((row) => (row.source_id === null ? [] : [row.source_id]));
}

async function targetDomains(store: Store): Promise<string[]> {
  const domains = (await listForests(store)).filter((f) => f.role === 'target').flatMap((f) => f.config.smtpDomains);
  if (domains.length > 0) return domains;
  throw new UsageError({
    tried: 'plan the cutover',
    happened: 'No SMTP domain of the target is known, so nothing says where the source shall forward to.',
    next: 'Give it with: transplant forest add NAME --role target --smtp-domain DOMAIN',
  });
}

function whyNot(from: StoredRecipient, to: StoredRecipient | undefined): string | undefined {
  if (!to) return 'it has no counterpart in the target';
  if (!MAILBOX_KINDS.has(from.kind)) return `it is no mailbox but a ${from.kind}: it may have been cut over already`;
  if (first(to.attributes, 'homeMDB') === undefined) return `${to.dn} has no mailbox yet`;
  return undefined;
}

/** The address mail is forwarded to: it must be in a domain that the source does not hold itself. */
function addressInTarget(to: StoredRecipient, domains: readonly string[]): string | undefined {
  const own = to.addresses.filter(
    (a) => a.kind === 'smtp' && domains.some((d) => a.key.endsWith(`@${d.toLowerCase()}`)),
  );
  return (own.find((a) => a.primary) ?? own[0])?.address;
}

function becomesMailUser(from: StoredRecipient, address: string): Attributes {
  return {
    targetAddress: [`SMTP:${address}`],
    msExchRecipientTypeDetails: [MAIL_USER_TYPE],
    msExchRecipientDisplayType: [mailUserDisplayType(from.kind)],
    // Taking the database away disconnects the mailbox; its GUID stays, by which it is found again.
    homeMDB: [],
    homeMTA: [],
    msExchHomeServerName: [],
  };
}

function becomesHome(from: StoredRecipient, to: StoredRecipient, notes: PlanNotes): Attributes {
  const wanted: Attributes = {};
  const forward = first(to.attributes, 'targetAddress');
  if (forward !== undefined && pointsTo(forward, from)) wanted.targetAddress = [];
  else if (forward !== undefined) notes.notes.push({ object: to.dn, note: `still forwards to ${forward}` });
  const domain = domainSid(first(from.attributes, 'objectSid'));
  const text = first(to.attributes, 'msExchMailboxSecurityDescriptor');
  if (domain === undefined || text === undefined) return wanted;
  const descriptor = Buffer.from(text, 'base64');
  const foreign = (daclEntries(descriptor) ?? []).filter((e) => e.sid.startsWith(`${domain}-`));
  for (const entry of foreign) {
    notes.notes.push({ object: to.dn, note: `the permission entry of ${entry.sid} (source domain) is taken off` });
  }
  const cleaned = withoutEntries(descriptor, (e) => e.sid.startsWith(`${domain}-`));
  if (cleaned) wanted.msExchMailboxSecurityDescriptor = [cleaned.toString('base64')];
  return wanted;
}

function pointsTo(forward: string, from: StoredRecipient): boolean {
  const address = forward.replace(/^smtp:/i, '').toLowerCase();
  return (
    address === primaryOf(from)?.toLowerCase() || from.addresses.some((a) => a.kind === 'smtp' && a.key === address)
  );
}

/** `S-1-5-21-a-b-c` of an account's SID. */
function domainSid(sid: string | undefined): string | undefined {
  return /^(S-1-5-21-\d+-\d+-\d+)-\d+$/.exec(sid ?? '')?.[1];
}

function change(object: StoredRecipient, wanted: Attributes, reason: string): NewChange[] {
  const before: Attributes = {};
  const after: Attributes = {};
  for (const [name, list] of Object.entries(wanted)) {
    const have = [...values(object.attributes, name)];
    if (sameValues(name, have, list)) continue;
    before[name] = have;
    after[name] = list;
  }
  if (Object.keys(after).length === 0) return [];
  const { forestId, dn, guid, id } = object;
  return [{ forestId, kind: 'modify', dn, guid, sourceId: id, reason, before, after }];
}
