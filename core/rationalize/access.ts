import type { Transaction } from 'kysely';
import { daclEntries } from '../directory/security-descriptor.ts';
import type { MailboxAccess } from '../domain/mailbox-access.ts';
import { type RecipientRecord, values } from '../domain/recipient.ts';
import { replaceAccess } from '../store/mailbox-access.ts';
import type { Database } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

/** Mailbox rights in msExchMailboxSecurityDescriptor: the first bit is the owner's, which Exchange shows as FullAccess. */
const FULL_ACCESS = 0x1;
const ALLOW = 0;
const ALLOW_OBJECT = 5;
/** SELF, SYSTEM, ANONYMOUS and the like: accounts of the system, nobody who moves. */
const OF_THE_SYSTEM = /^S-1-(?:[0-4]-|5-(?:\d{1,2}|32-\d+)$)/;

/** Who may use a mailbox, as its directory object says: delegates, auto-mapped users, and full access where readable. */
export function directoryAccess({ attributes }: Pick<RecipientRecord, 'attributes'>): MailboxAccess[] {
  const byDn = (origin: 'publicDelegates' | 'delegateListLink', name: string, right: string) =>
    values(attributes, name).map(
      (dn): MailboxAccess => ({ origin, right, granteeForm: 'dn', grantee: dn.toLowerCase(), place: '' }),
    );
  return [
    ...byDn('publicDelegates', 'publicDelegates', 'SendOnBehalf'),
    ...byDn('delegateListLink', 'msExchDelegateListLink', 'FullAccess'),
    ...values(attributes, 'msExchMailboxSecurityDescriptor').flatMap(fullAccess),
  ];
}

function fullAccess(descriptor: string): MailboxAccess[] {
  const sids = new Set<string>();
  for (const entry of daclEntries(Buffer.from(descriptor, 'base64')) ?? []) {
    const allows = (entry.type === ALLOW || entry.type === ALLOW_OBJECT) && (entry.mask & FULL_ACCESS) !== 0;
    if (allows && entry.sid !== '' && !OF_THE_SYSTEM.test(entry.sid)) sids.add(entry.sid);
  }
  return [...sids].map((sid) => ({
    origin: 'securityDescriptor',
    right: 'FullAccess',
    granteeForm: 'sid',
    grantee: sid,
    place: '',
  }));
}

const MAY_HAVE_ACCESS = new Set(['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox']);

/** Keeps what some objects that were just stored say about who may use them. @param ids their numbers, by GUID */
export async function storeDirectoryAccess(
  store: Store,
  trx: Transaction<Database>,
  ids: ReadonlyMap<string, number>,
  recipients: readonly RecipientRecord[],
): Promise<void> {
  const found = new Map<number, MailboxAccess[]>();
  for (const recipient of recipients) {
    const id = ids.get(recipient.guid);
    if (id !== undefined && MAY_HAVE_ACCESS.has(recipient.kind)) found.set(id, directoryAccess(recipient));
  }
  await replaceAccess(store, 'directory', found, trx);
}
