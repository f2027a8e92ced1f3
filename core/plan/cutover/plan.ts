import { z } from 'zod';
import { daclEntries, withoutEntries } from '../../directory/security-descriptor.ts';
import { sameValues } from '../../directory/writer.ts';
import type { CutoverStep, ForwardingMode } from '../../domain/cutover.ts';
import { UsageError, unreachable } from '../../domain/errors.ts';
import { type Attributes, first, values } from '../../domain/recipient.ts';
import { createPlan, type NewChange, type PlanNotes } from '../../store/directory-changes.ts';
import { listForests } from '../../store/forests.ts';
import { matchedPairs } from '../../store/matches.ts';
import { getRecipients, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { MAIL_USER_TYPE, MAILBOX_KINDS, mailUserDisplayType } from '../prepare/constants.ts';
import { primaryOf } from '../prepare/shape.ts';

/** The steps of a cutover that write to the directories. */
export type DirectoryStep = Extract<CutoverStep, 'directory' | 'forwarding' | 'disconnect'>;

export interface StepRequest {
  workload: { id: number; batchId: number; sourceId: number | null };
  step: DirectoryStep;
  forwarding: ForwardingMode;
  createdBy: string;
}

/** Kept with the plan, so that it is found again after a crash. */
const stepOptionsSchema = z.object({ step: z.string() });

/** The step a cutover plan was made for; undefined for any other plan. */
export function stepOfPlan(notes: PlanNotes): string | undefined {
  const options = stepOptionsSchema.safeParse(notes.options);
  return options.success ? options.data.step : undefined;
}

/**
 * Works out what a step of one mailbox's cutover changes in the directories. Nothing is written yet.
 * - `directory`: permission entries of the source's domain are listed and taken off the new mailbox.
 * - `forwarding`: the target stops forwarding to the source, then the source forwards to the target. It keeps its mailbox,
 *   so that mail that came before can still be fetched.
 * - `disconnect`: the source becomes a mail user; its mailbox is disconnected (homeMDB taken away), never deleted.
 */
export async function planStep(
  store: Store,
  request: StepRequest,
): Promise<{ planId: number; changes: number; notes: PlanNotes }> {
  const { workload, step } = request;
  const notes: PlanNotes = { problems: [], notes: [], options: { step } };
  const changes = await changesOf(store, request, notes);
  const { batchId } = workload;
  const planId = await createPlan(
    store,
    { batchId, purpose: 'cutover', createdBy: request.createdBy, notes, beside: true },
    changes,
  );
  return { planId, changes: changes.length, notes };
}

async function changesOf(
  store: Store,
  { workload, step, forwarding }: StepRequest,
  notes: PlanNotes,
): Promise<NewChange[]> {
  const id = workload.sourceId;
  if (id === null) return [];
  const counterpart = (await matchedPairs(store)).get(id) ?? 0;
  const objects = await getRecipients(store, [id, counterpart]);
  const from = objects.get(id);
  const to = objects.get(counterpart);
  if (!from) return [];
  const problem = whyNot(from, to);
  if (problem !== undefined || !to) {
    notes.problems.push({ object: from.dn, reason: problem ?? 'it has no counterpart' });
    return [];
  }
  const domains = await targetDomains(store);
  const address = addressInTarget(to, domains);
  if (address === undefined) {
    notes.problems.push({ object: from.dn, reason: `${to.dn} has no address in ${domains.join(', ')}` });
    return [];
  }
  switch (step) {
    case 'directory':
      return change(id, to, withoutForeign(from, to, notes), 'is where the mailbox lives now');
    case 'forwarding':
      // The target first: two objects that point at each other would be a loop.
      return [
        ...change(id, to, stopsForwarding(from, to, notes), 'is where mail arrives now'),
        ...change(id, from, forwards(address, forwarding), `forwards to ${address}`),
      ];
    case 'disconnect':
      return change(id, from, becomesMailUser(from, address), `is a mail user for ${address}`);
    default:
      return unreachable(step);
  }
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

/** `deliverAndForward` keeps a copy in the source until somebody signs off; the attributes are those of Set-Mailbox. */
function forwards(address: string, mode: ForwardingMode): Attributes {
  switch (mode) {
    case 'redirect':
      return { targetAddress: [`SMTP:${address}`] };
    case 'deliverAndForward':
      return { msExchGenericForwardingAddress: [`smtp:${address}`], deliverAndRedirect: ['TRUE'] };
    default:
      return unreachable(mode);
  }
}

function becomesMailUser(from: StoredRecipient, address: string): Attributes {
  return {
    targetAddress: [`SMTP:${address}`],
    ...(first(from.attributes, 'msExchGenericForwardingAddress') === undefined
      ? {}
      : { msExchGenericForwardingAddress: [], deliverAndRedirect: [] }),
    msExchRecipientTypeDetails: [MAIL_USER_TYPE],
    msExchRecipientDisplayType: [mailUserDisplayType(from.kind)],
    // Taking the database away disconnects the mailbox; its GUID stays, by which it is found again.
    homeMDB: [],
    homeMTA: [],
    msExchHomeServerName: [],
  };
}

function stopsForwarding(from: StoredRecipient, to: StoredRecipient, notes: PlanNotes): Attributes {
  const forward = first(to.attributes, 'targetAddress');
  if (forward === undefined) return {};
  if (pointsTo(forward, from)) return { targetAddress: [] };
  notes.notes.push({ object: to.dn, note: `still forwards to ${forward}` });
  return {};
}

function withoutForeign(from: StoredRecipient, to: StoredRecipient, notes: PlanNotes): Attributes {
  const domain = domainSid(first(from.attributes, 'objectSid'));
  const text = first(to.attributes, 'msExchMailboxSecurityDescriptor');
  if (domain === undefined || text === undefined) return {};
  const descriptor = Buffer.from(text, 'base64');
  const foreign = (daclEntries(descriptor) ?? []).filter((e) => e.sid.startsWith(`${domain}-`));
  for (const entry of foreign) {
    notes.notes.push({ object: to.dn, note: `the permission entry of ${entry.sid} (source domain) is taken off` });
  }
  const cleaned = withoutEntries(descriptor, (e) => e.sid.startsWith(`${domain}-`));
  return cleaned ? { msExchMailboxSecurityDescriptor: [cleaned.toString('base64')] } : {};
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

/** @param sourceId the source's row, by which a workload's plans are found again */
function change(sourceId: number, object: StoredRecipient, wanted: Attributes, reason: string): NewChange[] {
  const before: Attributes = {};
  const after: Attributes = {};
  for (const [name, list] of Object.entries(wanted)) {
    const have = [...values(object.attributes, name)];
    if (sameValues(name, have, list)) continue;
    before[name] = have;
    after[name] = list;
  }
  if (Object.keys(after).length === 0) return [];
  const { forestId, dn, guid } = object;
  return [{ forestId, kind: 'modify', dn, guid, sourceId, reason, before, after }];
}
