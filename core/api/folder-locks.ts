import { releaseFolders } from '../migrate/public-folders/lock.ts';
import { listAccounts } from '../store/accounts.ts';
import { locksOf } from '../store/folder-locks.ts';
import type { Store } from '../store/store.ts';
import { workloadById } from '../store/workloads.ts';
import { forestFor, MailServers } from './adapters.ts';
import type { ApiContext } from './context.ts';

/** User name of the account that opens the source's public folders, and so locks them. */
export async function lockingAccount(store: Store): Promise<string> {
  const accounts = await listAccounts(store, (await forestFor(store, 'source')).id);
  const found = ['public-folders', 'exchange'].flatMap((purpose) => accounts.filter((one) => one.purpose === purpose));
  return found[0]?.userName ?? '';
}

/**
 * Releases the public folders that cutovers of these workloads have locked.
 * @returns folders released
 * @throws FoldersBlocked naming those that are still locked
 */
export async function releaseLocks(ctx: ApiContext, workloadIds: readonly number[]): Promise<number> {
  const { store } = ctx;
  const servers = new MailServers(ctx);
  let released = 0;
  try {
    for (const id of workloadIds) {
      const held = (await locksOf(store.db, id)).some(({ state }) => state !== 'released');
      const workload = held ? await workloadById(store, id) : undefined;
      if (!workload) continue;
      released += await releaseFolders({
        store,
        source: await servers.open('source', '', 'publicFolders'),
        workload,
        account: await lockingAccount(store),
        signal: new AbortController().signal,
        guard: () => undefined,
        write: (work) => store.db.transaction().execute(work),
      });
    }
    return released;
  } finally {
    servers.forget();
  }
}
