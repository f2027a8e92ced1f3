import { MailServers } from '../core/api/adapters.ts';
import { AuthenticationFailed } from '../core/exchange/errors.ts';
import { runTask } from '../core/migrate/run-task.ts';
import { taskBegan, taskEnded } from '../core/plan/batches/follow.ts';
import type { Lease } from './lease.ts';
import type { Execute } from './loop.ts';
import type { WorkerParts } from './run.ts';

/** How a worker does the work of one task: the engine runs it, then its workload moves on. */
export function makeExecute({ store, keyring, log }: WorkerParts): Execute {
  const servers = new MailServers({ store, keyring: async () => keyring });
  return async ({ claim, signal, guard }: Lease) => {
    await taskBegan(store, claim);
    try {
      const outcome = await runTask({ store, claim, openMailStore: servers.open, signal, guard, log });
      await taskEnded(store, claim, outcome);
    } catch (error) {
      if (error instanceof AuthenticationFailed) servers.forget();
      throw error;
    }
  };
}
