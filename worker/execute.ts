import { hostname } from 'node:os';
import { MailServers, writerOfForest } from '../core/api/adapters.ts';
import { dataFolder } from '../core/api/paths.ts';
import { preflightGraph } from '../core/api/preflight-graph.ts';
import { preflightExchange, preflightLogin } from '../core/api/preflight-login.ts';
import { unreachable } from '../core/domain/errors.ts';
import { AuthenticationFailed } from '../core/exchange/errors.ts';
import { runTask } from '../core/migrate/run-task.ts';
import { taskBegan, taskEnded } from '../core/plan/batches/follow.ts';
import { runStatisticsTask } from '../core/plan/collect/task.ts';
import { runProvisionTask } from '../core/plan/prepare/provision.ts';
import { runPreflightTask } from '../core/preflight/task.ts';
import { cutoverTask, notifyTask } from './cutover.ts';
import type { Lease } from './lease.ts';
import type { Execute } from './loop.ts';
import type { WorkerParts } from './run.ts';

/** How a worker does the work of one task: the room it belongs to runs it, then its workload moves on. */
export function makeExecute({ store, keyring, log, name }: WorkerParts): Execute {
  const ctx = { store, keyring: async () => keyring };
  const servers = new MailServers(ctx);
  const worker = { ctx, servers, name, log };
  const work = async (lease: Lease): Promise<unknown> => {
    const { claim, signal, guard } = lease;
    switch (claim.kind) {
      case 'hierarchy':
      case 'sync':
      case 'finalSync':
      case 'verify':
        return await runTask({ store, claim, openMailStore: servers.open, signal, guard, log });
      case 'cutover':
        return await cutoverTask(worker, lease);
      case 'notify':
        return await notifyTask(worker, lease);
      case 'preflight':
        return await runPreflightTask({
          store,
          claim,
          signal,
          login: preflightLogin(ctx),
          exchange: preflightExchange(ctx),
          graph: preflightGraph(ctx),
          dataFolder: dataFolder(),
        });
      case 'statistics':
        return await runStatisticsTask({ store, claim, openMailStore: servers.open, signal, guard });
      case 'provision':
        return await runProvisionTask({
          store,
          claim,
          signal,
          guard,
          host: hostname(),
          openWriter: (forestId) => writerOfForest(ctx, forestId),
        });
      default:
        return unreachable(claim.kind);
    }
  };
  return async (lease: Lease) => {
    await taskBegan(store, lease.claim);
    try {
      await taskEnded(store, lease.claim, await work(lease));
    } catch (error) {
      if (error instanceof AuthenticationFailed) servers.refused(error);
      throw error;
    }
  };
}
