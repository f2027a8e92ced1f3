import type { GranteeForm } from '../../domain/mailbox-access.ts';
import { values } from '../../domain/recipient.ts';
import { getRecipients } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';

/** Somebody an access list names: an object of the source, by number. */
interface Known {
  id: number;
  group: boolean;
  name: string;
}

/** A group that so many open something together is no reason to move them together. */
export const WIDEST_GROUP = 50;
const IDS_IN_A_STATEMENT = 1000;

export interface Grantees {
  /** The objects that a grantee stands for: itself, or a group's members, nested ones too, with the group's name. */
  resolve(form: GranteeForm, grantee: string): Resolved | undefined;
}

export interface Resolved {
  ids: readonly number[];
  via: string | null;
}

/** Finds whom the given grantees mean. Memory: one entry an object of the source. */
export async function loadGrantees(
  store: Store,
  forestIds: readonly number[],
  wanted: readonly { granteeForm: GranteeForm; grantee: string }[],
): Promise<Grantees> {
  const byDn = await loadNames(store, forestIds);
  const of = (form: GranteeForm) => new Set(wanted.flatMap((w) => (w.granteeForm === form ? [w.grantee] : [])));
  const byId = new Map([...byDn.values()].map((known) => [known.id, known]));
  const byKey = {
    dn: byDn,
    smtp: await loadAddresses(store, forestIds, [...of('smtp')], byId),
    sid: await loadSids(store, forestIds, of('sid'), byId),
  };
  const asked = wanted.flatMap((w) => byKey[w.granteeForm].get(w.grantee) ?? []);
  const members = await loadMembers(store, new Set(asked.filter((k) => k.group).map((k) => k.id)), byDn);
  const nameOf = (id: number) => byId.get(id)?.name ?? null;
  return {
    resolve(form, grantee) {
      const known = byKey[form].get(grantee);
      if (!known) return undefined;
      if (!known.group) return { ids: [known.id], via: null };
      return { ids: flatMembers(known.id, members), via: nameOf(known.id) };
    },
  };
}

async function loadNames(store: Store, forestIds: readonly number[]): Promise<Map<string, Known>> {
  const found = new Map<string, Known>();
  for (const forestId of forestIds) {
    for (let after = 0; ; ) {
      const rows = await store.db
        .selectFrom('recipient')
        .select(['id', 'dn', 'kind', 'display_name'])
        .where('forest_id', '=', forestId)
        .where('deleted', '=', 0)
        .where('id', '>', after)
        .orderBy('id')
        .limit(10_000)
        .execute();
      for (const row of rows) {
        found.set(row.dn.toLowerCase(), { id: row.id, group: row.kind === 'group', name: row.display_name });
      }
      const last = rows.at(-1);
      if (!last) break;
      after = last.id;
    }
  }
  return found;
}

async function loadAddresses(
  store: Store,
  forestIds: readonly number[],
  keys: readonly string[],
  byId: ReadonlyMap<number, Known>,
): Promise<Map<string, Known>> {
  const found = new Map<string, Known>();
  for (let at = 0; at < keys.length; at += IDS_IN_A_STATEMENT) {
    const rows = await store.db
      .selectFrom('recipient_address')
      .select(['recipient_id', 'address_key'])
      .where('forest_id', 'in', [...forestIds])
      .where('kind', '=', 'smtp')
      .where('address_key', 'in', keys.slice(at, at + IDS_IN_A_STATEMENT))
      .execute();
    for (const row of rows) {
      const known = byId.get(row.recipient_id);
      if (known) found.set(row.address_key, known);
    }
  }
  return found;
}

/** The SIDs stand in the attributes alone, so they are looked for in their text: parsing it all would take ten times as long. */
const SIDS = /"(?:objectSid|msExchMasterAccountSid)":\["(S-1-[0-9-]+)"/g;

async function loadSids(
  store: Store,
  forestIds: readonly number[],
  wanted: ReadonlySet<string>,
  byId: ReadonlyMap<number, Known>,
): Promise<Map<string, Known>> {
  const found = new Map<string, Known>();
  if (wanted.size === 0) return found;
  for (const forestId of forestIds) {
    for (let after = 0; ; ) {
      const rows = await store.db
        .selectFrom('recipient')
        .select(['id', 'attributes'])
        .where('forest_id', '=', forestId)
        .where('deleted', '=', 0)
        .where('id', '>', after)
        .orderBy('id')
        .limit(2000)
        .execute();
      for (const row of rows) {
        const known = byId.get(row.id);
        for (const [, sid = ''] of row.attributes.matchAll(SIDS)) if (known && wanted.has(sid)) found.set(sid, known);
      }
      const last = rows.at(-1);
      if (!last) break;
      after = last.id;
    }
  }
  return found;
}

/** Members of groups and of the groups in them; each group is read once, so that circles end. */
async function loadMembers(
  store: Store,
  groups: ReadonlySet<number>,
  byDn: ReadonlyMap<string, Known>,
): Promise<Map<number, Known[]>> {
  const found = new Map<number, Known[]>();
  for (let open = [...groups]; open.length > 0; ) {
    const read = await getRecipients(store, open);
    for (const [id, group] of read) {
      found.set(
        id,
        values(group.attributes, 'member').flatMap((dn) => byDn.get(dn.toLowerCase()) ?? []),
      );
    }
    const nested = [...read.keys()].flatMap((id) => found.get(id) ?? []).filter((m) => m.group && !found.has(m.id));
    open = [...new Set(nested.map((m) => m.id))];
  }
  return found;
}

function flatMembers(group: number, members: ReadonlyMap<number, Known[]>): number[] {
  const people = new Set<number>();
  const seen = new Set([group]);
  const open = [group];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const member of members.get(at) ?? []) {
      if (!member.group) people.add(member.id);
      else if (!seen.has(member.id)) {
        seen.add(member.id);
        open.push(member.id);
      }
    }
  }
  return [...people];
}
