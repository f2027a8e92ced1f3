import type { ForwardingMode } from '../../domain/cutover.ts';
import type { ChangePage, ItemChange, ItemInfo, MailStore, OpenMailStore } from '../../exchange/mail-store.ts';
import { override } from '../../exchange/override.ts';
import type { Store } from '../../store/store.ts';

/** Servers' clocks may differ from the database's by so much, ms. */
const SKEW_MS = 5 * 60_000;

/** What this program wrote into the target, or read from the source, around the time mail flow turned. */
interface Ours {
  /** Items of a later date did not come meanwhile: some clocks are years ahead. */
  until: number;
  ids: ReadonlySet<string>;
  searchKeys: ReadonlySet<string>;
}

const timeOf = (item: ItemInfo): number => item.received ?? item.created ?? 0;

/**
 * Opens both sides for the comparison after the switch. What reached the target by itself since mail flow turned has no
 * counterpart in the source and is left out, and so is, where the source delivers and forwards, its copy there.
 */
export async function openAfterSwitch(
  store: Store,
  workloadId: number,
  open: OpenMailStore,
  how: { turnedAt: number; forwarding: ForwardingMode },
): Promise<OpenMailStore> {
  const since = how.turnedAt - SKEW_MS;
  const ours = await oursSince(store, workloadId, since - SKEW_MS);
  return async (role, address, kind) => {
    const opened = await open(role, address, kind);
    return role === 'target' || how.forwarding === 'deliverAndForward' ? withoutArrived(opened, since, ours) : opened;
  };
}

async function oursSince(store: Store, workloadId: number, since: number): Promise<Ours> {
  const rows = await store.db
    .selectFrom('ledger')
    .select(['source_id', 'target_id', 'search_key'])
    .where('workload_id', '=', workloadId)
    .where('updated_at', '>=', since)
    .where('state', '!=', 'skipped')
    .execute();
  return {
    until: (await store.now()) + SKEW_MS,
    ids: new Set(rows.flatMap((row) => [row.source_id, ...(row.target_id === null ? [] : [row.target_id])])),
    searchKeys: new Set(rows.flatMap((row) => (row.search_key ? [Buffer.from(row.search_key).toString('hex')] : []))),
  };
}

/** The store without items that are younger than `since` and not on record as ours. */
function withoutArrived(store: MailStore, since: number, ours: Ours): MailStore {
  const stays = (item: ItemInfo): boolean =>
    timeOf(item) < since ||
    timeOf(item) > ours.until ||
    ours.ids.has(item.id) ||
    (item.searchKey !== null && ours.searchKeys.has(item.searchKey.toLowerCase()));
  return override(store, {
    async listSmall(folderIds, options) {
      const found = await store.listSmall(folderIds, options);
      return new Map([...found].map(([id, items]) => [id, items.filter(stays)]));
    },
    async *list(folderId, options) {
      for await (const page of store.list(folderId, options)) yield page.filter(stays);
    },
  });
}

/** Opens both sides for the comparison before the switch: mail that came since the last delta began is the sweep's. */
export async function openBeforeSwitch(
  store: Store,
  workloadId: number,
  open: OpenMailStore,
  deltaAt: number,
): Promise<OpenMailStore> {
  const since = deltaAt - SKEW_MS;
  const ours = await oursSince(store, workloadId, since - SKEW_MS);
  return async (role, address, kind) => {
    const opened = await open(role, address, kind);
    return role === 'source' ? withoutArrived(opened, since, ours) : opened;
  };
}

/**
 * Opens both sides for the sweep where the source delivers and forwards: a mail that reached the source around the time
 * mail flow turned may have been forwarded already, and would be doubled. Those whose message id the target has are left.
 */
export function openForSweep(open: OpenMailStore, how: { turnedAt: number; targetAddress: string }): OpenMailStore {
  const { turnedAt, targetAddress } = how;
  return async (role, address, kind) => {
    const opened = await open(role, address, kind);
    if (role !== 'source') return opened;
    let there: Promise<ReadonlySet<string>> | undefined;
    const isForwarded = async (change: ItemChange): Promise<boolean> => {
      if (change.kind !== 'create' || timeOf(change.item) < turnedAt - SKEW_MS) return false;
      if (timeOf(change.item) > turnedAt + SKEW_MS) return true;
      there ??= open('target', targetAddress, kind).then((target) => messageIdsSince(target, turnedAt - SKEW_MS));
      return change.item.messageId !== null && (await there).has(change.item.messageId);
    };
    return override(opened, {
      async changes(folderId, state, options): Promise<ChangePage> {
        const page = await opened.changes(folderId, state, options);
        const forwarded = await Promise.all(page.changes.map(isForwarded));
        return { ...page, changes: page.changes.filter((_, index) => !forwarded[index]) };
      },
    });
  };
}

async function messageIdsSince(store: MailStore, since: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const folder of store.folders('mailbox')) {
    if (folder.itemCount === 0 || folder.search) continue;
    for await (const page of store.list(folder.id))
      for (const item of page) if (item.messageId !== null && timeOf(item) >= since) found.add(item.messageId);
  }
  return found;
}
