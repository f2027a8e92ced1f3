import { hostname } from 'node:os';
import { MailServers, openDirectoryWriter } from '../core/api/adapters.ts';
import { dataFolder } from '../core/api/paths.ts';
import { preflightLogin } from '../core/api/preflight-login.ts';
import { currentCorrelation } from '../core/domain/correlation.ts';
import { unreachable } from '../core/domain/errors.ts';
import { AuthenticationFailed } from '../core/exchange/errors.ts';
import type { TaskOutcome } from '../core/migrate/context.ts';
import { runTask } from '../core/migrate/run-task.ts';
import { taskBegan, taskEnded } from '../core/plan/batches/follow.ts';
import { runStatisticsTask } from '../core/plan/collect/task.ts';
import { switchOver } from '../core/plan/cutover/switch.ts';
import { runPreflightTask } from '../core/preflight/task.ts';
import { listForests } from '../core/store/forests.ts';
import { workloadById } from '../core/store/workloads.ts';
import type { Lease } from './lease.ts';
import type { Execute } from './loop.ts';
import type { WorkerParts } from './run.ts';

/** How a worker does the work of one task: the room it belongs to runs it, then its workload moves on. */
export function makeExecute({ store, keyring, log, name }: WorkerParts): Execute {
  const ctx = { store, keyring: async () => keyring };
  const servers = new MailServers(ctx);
  const turnOver = async ({ claim, signal }: Lease): Promise<void> => {
    const { workloadId, batchId } = claim;
    if (workloadId === undefined || batchId === undefined) return;
    const workload = await workloadById(store, workloadId);
    if (!workload || workload.kind === 'publicFolders') return;
    const open = async (forestId: number) => {
      const forest = (await listForests(store)).find((one) => one.id === forestId);
      if (!forest) throw new Error(`the forest ${forestId} was removed`);
      return await openDirectoryWriter(ctx, forest);
    };
    await switchOver(store, workload, open, {
      who: `worker ${name}`,
      host: hostname(),
      correlation: currentCorrelation() ?? `task-${claim.id}`,
      signal,
    });
  };
  const work = async (lease: Lease): Promise<unknown> => {
    const { claim, signal, guard } = lease;
    switch (claim.kind) {
      case 'hierarchy':
      case 'sync':
      case 'finalSync':
      case 'verify':
        return await runTask({ store, claim, openMailStore: servers.open, signal, guard, log });
      case 'cutover': {
        const compared = await runTask({ store, claim, openMailStore: servers.open, signal, guard, log });
        guard();
        if (isWholeOutcome(compared)) await turnOver(lease);
        return compared;
      }
      case 'preflight':
        return await runPreflightTask({
          store,
          claim,
          signal,
          login: preflightLogin(ctx),
          dataFolder: dataFolder(),
        });
      case 'statistics':
        return await runStatisticsTask({ store, claim, openMailStore: servers.open, signal, guard });
      case 'provision':
        throw new Error(`no room does tasks of kind ${claim.kind} yet`);
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

/** A mailbox is switched only when everything of it is in the target; otherwise a person decides first. */
function isWholeOutcome({ result, openBadItems }: TaskOutcome): boolean {
  return result.kind === 'verify' && openBadItems === 0 && result.different === 0 && result.missing === 0;
}
