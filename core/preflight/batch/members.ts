import type { MatchState } from '../../domain/words.ts';
import type { Batch } from '../../store/batches.ts';
import { getRecipients, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { type Workload, workloadsOf } from '../../store/workloads.ts';

/** A mailbox of a batch with both of its objects, as the store knows them. */
export interface Member {
  workload: Workload;
  source: StoredRecipient | undefined;
  target: StoredRecipient | undefined;
  match: MatchState | undefined;
}

export interface BatchMembers {
  batch: Batch;
  mailboxes: Member[];
  folders: Workload[];
}

const IDS_IN_A_STATEMENT = 1000;

/** Everything of a batch that its checks look at, in few statements however many members it has. */
export async function readMembers(store: Store, batch: Batch): Promise<BatchMembers> {
  const workloads = await workloadsOf(store, batch.id);
  const mailboxes = workloads.filter(({ kind }) => kind !== 'publicFolders');
  const sourceIds = mailboxes.flatMap(({ sourceId }) => sourceId ?? []);
  const matches = await matchesOf(store, sourceIds);
  const recipients = await getRecipients(store, [
    ...sourceIds,
    ...[...matches.values()].flatMap(({ targetId }) => targetId ?? []),
  ]);
  return {
    batch,
    mailboxes: mailboxes.map((workload) => {
      const match = workload.sourceId === null ? undefined : matches.get(workload.sourceId);
      return {
        workload,
        source: workload.sourceId === null ? undefined : recipients.get(workload.sourceId),
        target: match?.targetId == null ? undefined : recipients.get(match.targetId),
        match: match?.state,
      };
    }),
    folders: workloads.filter(({ kind }) => kind === 'publicFolders'),
  };
}

async function matchesOf(
  store: Store,
  sourceIds: readonly number[],
): Promise<Map<number, { targetId: number | null; state: MatchState }>> {
  const found = new Map<number, { targetId: number | null; state: MatchState }>();
  for (let at = 0; at < sourceIds.length; at += IDS_IN_A_STATEMENT) {
    const rows = await store.db
      .selectFrom('match')
      .select(['source_id', 'target_id', 'state'])
      .where('source_id', 'in', sourceIds.slice(at, at + IDS_IN_A_STATEMENT))
      .execute();
    for (const row of rows) found.set(row.source_id, { targetId: row.target_id, state: row.state as MatchState });
  }
  return found;
}

/** An address of a source object that another object of the target forest holds than the one it is matched with. */
export interface AddressClash {
  member: Member;
  address: string;
  holder: string;
}

export async function addressClashes(store: Store, members: readonly Member[]): Promise<AddressClash[]> {
  const wanted = new Map<string, Member>();
  const targetForest = members.find(({ target }) => target)?.target?.forestId;
  if (targetForest === undefined) return [];
  for (const member of members) {
    for (const { kind, key } of member.source?.addresses ?? []) {
      if (kind === 'smtp' || kind === 'x500') wanted.set(`${kind} ${key}`, member);
    }
  }
  const keys = [...new Set([...wanted.keys()].map((text) => text.slice(text.indexOf(' ') + 1)))];
  const clashes: AddressClash[] = [];
  for (let at = 0; at < keys.length; at += IDS_IN_A_STATEMENT) {
    const rows = await store.db
      .selectFrom('recipient_address as a')
      .innerJoin('recipient as r', 'r.id', 'a.recipient_id')
      .select(['a.kind', 'a.address_key', 'a.address', 'r.id', 'r.display_name', 'r.dn'])
      .where('a.forest_id', '=', targetForest)
      .where('r.deleted', '=', 0)
      .where('a.address_key', 'in', keys.slice(at, at + IDS_IN_A_STATEMENT))
      .execute();
    for (const row of rows) {
      const member = wanted.get(`${row.kind} ${row.address_key}`);
      if (member?.target && member.target.id !== row.id) {
        clashes.push({ member, address: row.address, holder: `${row.display_name} (${row.dn})` });
      }
    }
  }
  return clashes;
}

export interface OutsideDelegate {
  member: Member;
  delegate: string;
}

/** Delegates and shared-mailbox users of members that are mailboxes of the source and move neither with nor before them. */
export async function delegatesOutside(store: Store, members: readonly Member[]): Promise<OutsideDelegate[]> {
  const pairs = members.flatMap((member) =>
    ['publicDelegates', 'msExchDelegateListLink'].flatMap((name) =>
      (member.source?.attributes[name] ?? []).map((dn) => ({ member, dn })),
    ),
  );
  const forest = members.find(({ source }) => source)?.source?.forestId;
  if (pairs.length === 0 || forest === undefined) return [];
  const moving = new Set(members.flatMap(({ source }) => source?.dn.toLowerCase() ?? []));
  const dns = [...new Set(pairs.map(({ dn }) => dn))].filter((dn) => !moving.has(dn.toLowerCase()));
  const names = new Map<string, string>();
  for (let at = 0; at < dns.length; at += IDS_IN_A_STATEMENT) {
    const rows = await store.db
      .selectFrom('recipient as r')
      .select(['r.dn', 'r.display_name'])
      .where('r.forest_id', '=', forest)
      .where('r.deleted', '=', 0)
      .where('r.kind', 'in', ['mailbox', 'sharedMailbox', 'roomMailbox', 'equipmentMailbox', 'linkedMailbox'])
      .where('r.dn', 'in', dns.slice(at, at + IDS_IN_A_STATEMENT))
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('workload as w').select('w.id').whereRef('w.source_id', '=', 'r.id'))),
      )
      .execute();
    for (const row of rows) names.set(row.dn.toLowerCase(), row.display_name);
  }
  return pairs.flatMap(({ member, dn }) => {
    const delegate = names.get(dn.toLowerCase());
    return delegate === undefined ? [] : [{ member, delegate }];
  });
}
