import { sql } from 'kysely';
import { including } from '../../directory/writer.ts';
import { x500Key } from '../../domain/addresses.ts';
import { first } from '../../domain/recipient.ts';
import { listChanges } from '../../store/directory-changes.ts';
import { listForests } from '../../store/forests.ts';
import { matchedPairs } from '../../store/matches.ts';
import { getRecipients, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { unlike, type WriterFactory, Writers } from './apply.ts';
import { MAILBOX_KINDS } from './constants.ts';

export interface DirectoryFinding {
  check: 'x500' | 'duplicate' | 'as-planned' | 'split';
  /** The object's DN, or the address that stands twice. */
  object: string;
  finding: string;
}

const IDS_AT_ONCE = 1000;

/**
 * What bounces mail, looked for in what was read last: X500 addresses missing on either side of a match, addresses that
 * stand twice in a forest, and second mailboxes of one person.
 */
export async function checkDirectories(store: Store): Promise<DirectoryFinding[]> {
  return [...(await missingX500(store)), ...(await duplicates(store)), ...(await splitMailboxes(store))];
}

async function* pairsInPages(store: Store): AsyncGenerator<[StoredRecipient, StoredRecipient]> {
  const pairs = [...(await matchedPairs(store))];
  for (let at = 0; at < pairs.length; at += IDS_AT_ONCE) {
    const page = pairs.slice(at, at + IDS_AT_ONCE);
    const objects = await getRecipients(store, page.flat());
    for (const [s, t] of page) {
      const [source, target] = [objects.get(s), objects.get(t)];
      if (source && target && !source.deleted && !target.deleted) yield [source, target];
    }
  }
}

/** Outlook answers old mail by the legacyExchangeDN it was sent from: both sides must know the other's. */
async function missingX500(store: Store): Promise<DirectoryFinding[]> {
  const found: DirectoryFinding[] = [];
  const has = (r: StoredRecipient, legacyDn: string) =>
    r.addresses.some((a) => a.kind === 'x500' && a.key === x500Key(legacyDn));
  for await (const [source, target] of pairsInPages(store)) {
    if (source.legacyDn && !has(target, source.legacyDn)) {
      found.push({ check: 'x500', object: target.dn, finding: `X500:${source.legacyDn} of ${source.dn} is missing` });
    }
    if (target.legacyDn && !has(source, target.legacyDn)) {
      found.push({ check: 'x500', object: source.dn, finding: `X500:${target.legacyDn} of ${target.dn} is missing` });
    }
  }
  return found;
}

/** An address at two objects of one forest: mail for it bounces, or reaches the wrong one. */
async function duplicates(store: Store): Promise<DirectoryFinding[]> {
  const found: DirectoryFinding[] = [];
  for (const forest of await listForests(store)) {
    const rows = await store.db
      .selectFrom('recipient_address')
      .select(['kind', 'address_key'])
      .where('forest_id', '=', forest.id)
      .where('kind', 'in', ['smtp', 'x500'])
      .groupBy(['kind', 'address_key'])
      .having(sql<number>`count(*)`, '>', 1)
      .execute();
    for (const row of rows) {
      const holders = await store.db
        .selectFrom('recipient_address')
        .innerJoin('recipient', 'recipient.id', 'recipient_address.recipient_id')
        .select('recipient.dn as dn')
        .where('recipient_address.forest_id', '=', forest.id)
        .where('recipient_address.kind', '=', row.kind)
        .where('recipient_address.address_key', '=', row.address_key)
        .limit(10)
        .execute();
      const finding = `stands at ${holders.length} objects of forest ${forest.name}: ${holders.map((h) => h.dn).join('; ')}`;
      found.push({ check: 'duplicate', object: `${row.kind}:${row.address_key}`, finding });
    }
  }
  return found;
}

/**
 * A person with a mailbox in both forests whose GUIDs differ has a second one, usually empty, made by accident: new mail
 * arrives there while the old one is being moved. A mailbox that we prepared has the source's GUID.
 */
async function splitMailboxes(store: Store): Promise<DirectoryFinding[]> {
  const found: DirectoryFinding[] = [];
  for await (const [source, target] of pairsInPages(store)) {
    if (!MAILBOX_KINDS.has(source.kind) || !MAILBOX_KINDS.has(target.kind)) continue;
    const [a, b] = [first(source.attributes, 'msExchMailboxGuid'), first(target.attributes, 'msExchMailboxGuid')];
    if (a !== undefined && a === b) continue;
    const finding = `${source.dn} still has its mailbox, and this is a second one (${b ?? 'no GUID'})`;
    found.push({ check: 'split', object: target.dn, finding });
  }
  return found;
}

/** Reads every object that a plan has written, and says where it is not what the plan said. */
export async function checkAsPlanned(
  store: Store,
  planId: number,
  openWriter: WriterFactory,
): Promise<DirectoryFinding[]> {
  const writers = new Writers(openWriter);
  const found: DirectoryFinding[] = [];
  try {
    let after: number | undefined;
    for (;;) {
      const page = await listChanges(store, planId, { states: ['applied'], limit: 200, after });
      const last = page.at(-1);
      if (!last) return found;
      after = last.seq;
      for (const change of page) {
        const writer = await writers.get(change.forestId);
        const there = await writer.read({ dn: change.dn, guid: change.guid }, including(Object.keys(change.after)));
        if (change.kind === 'delete') {
          if (there)
            found.push({ check: 'as-planned', object: change.dn, finding: 'it was to be removed and is there' });
        } else if (!there) {
          found.push({ check: 'as-planned', object: change.dn, finding: 'it is gone' });
        } else {
          const names = unlike(there.attributes, change.after);
          if (names.length > 0) {
            found.push({ check: 'as-planned', object: change.dn, finding: `not as planned: ${names.join(', ')}` });
          }
        }
      }
    }
  } finally {
    await writers.close();
  }
}
