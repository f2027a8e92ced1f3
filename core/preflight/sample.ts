import { FilterParser } from 'ldapts';
import { plainEntry } from '../directory/ldap-entry.ts';
import type { PreflightEnvironment, PreflightForest } from './environment.ts';

/** Mailboxes a check is tried on. */
export interface SampleMailbox {
  address: string;
  displayName: string;
}

/** How many mailboxes or folders a right is tried on. */
export const SAMPLE_SIZE = 5;
const MAILBOX_KINDS = ['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox'];

/**
 * Some mailboxes of a forest, spread over the whole: from what discovery stored, else straight from the directory, where
 * the first ones have to do.
 */
export async function sampleMailboxes(
  environment: PreflightEnvironment,
  forest: PreflightForest,
): Promise<SampleMailbox[]> {
  const stored = await environment.store.db
    .selectFrom('recipient')
    .select(['mail', 'display_name'])
    .where('forest_id', '=', forest.forest.id)
    .where('deleted', '=', 0)
    .where('kind', 'in', MAILBOX_KINDS)
    .where('mail', 'is not', null)
    .orderBy('name_key')
    .execute();
  if (stored.length > 0) {
    const step = stored.length / Math.min(SAMPLE_SIZE, stored.length);
    return Array.from({ length: Math.min(SAMPLE_SIZE, stored.length) }, (_, i) => stored[Math.floor(i * step)]).flatMap(
      (row) => (row?.mail ? [{ address: row.mail, displayName: row.display_name }] : []),
    );
  }
  const { connection, facts } = await forest.directory();
  const filter = FilterParser.parseString(
    '(&(objectClass=user)(mail=*)(|(homeMDB=*)(msExchHomeServerName=*)(msExchMailboxGuid=*))(!(msExchRecipientTypeDetails=128)))',
  );
  const page = await connection.page(
    facts.baseDn,
    { scope: 'sub', filter, attributes: ['mail', 'displayName'] },
    { size: SAMPLE_SIZE, cookie: undefined },
  );
  return page.entries.flatMap((entry) => {
    const { attributes } = plainEntry(entry, []);
    const address = attributes.mail?.[0];
    return address ? [{ address, displayName: attributes.displayName?.[0] ?? address }] : [];
  });
}
