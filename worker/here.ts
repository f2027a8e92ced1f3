import { dataFolder } from '../core/api/paths.ts';
import { silentLog } from '../core/domain/log.ts';
import type { TaskKind } from '../core/domain/words.ts';
import { taskGaveUp } from '../core/plan/batches/follow.ts';
import type { Keyring } from '../core/store/keyring.ts';
import { listMachines } from '../core/store/machines.ts';
import type { Store } from '../core/store/store.ts';
import { makeExecute } from './execute.ts';
import { Facts } from './facts.ts';
import { Loop } from './loop.ts';

/** A worker that was not heard of for so long (ms) is not counted on. */
const AWAY_AFTER = 30_000;

/** Whether some approved worker is alive that will take up tasks. */
export async function workerIsAlive(store: Store): Promise<boolean> {
  const now = await store.now();
  const workers = await listMachines(store, 'worker');
  return workers.some((worker) => worker.state === 'approved' && now - worker.lastSeen < AWAY_AFTER);
}

/**
 * Does tasks of one kind in this process, for a command that waits for them where no worker runs.
 * @param until true when there is nothing left to wait for
 */
export async function workHere(
  store: Store,
  keyring: Keyring,
  kinds: readonly TaskKind[],
  until: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const parts = {
    name: 'console',
    store,
    keyring,
    machineId: keyring.machineId,
    log: silentLog,
    facts: new Facts(dataFolder()),
  };
  await new Loop({
    store,
    machineId: keyring.machineId,
    concurrency: 4,
    leaseMs: 30_000,
    kinds,
    execute: makeExecute(parts),
    gaveUp: (claim, failure) => taskGaveUp(store, claim, failure),
    signal,
    untilIdle: until,
    log: silentLog,
    pollMs: 500,
  }).run();
}
