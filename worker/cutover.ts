import { hostname } from 'node:os';
import { type AdapterContext, type MailServers, openDirectoryWriter, openMailer } from '../core/api/adapters.ts';
import { lockingAccount } from '../core/api/folder-locks.ts';
import type { Log } from '../core/domain/log.ts';
import type { TaskOutcome } from '../core/migrate/context.ts';
import { openAfterSwitch, openBeforeSwitch, openForSweep } from '../core/migrate/cutover/arrived.ts';
import { lockFolders, openUnlocked } from '../core/migrate/public-folders/lock.ts';
import { runTask } from '../core/migrate/run-task.ts';
import { type Compared, runCutover } from '../core/plan/cutover/run.ts';
import { planMail } from '../core/plan/notify/plan.ts';
import { type MailOutcome, sendMail } from '../core/plan/notify/send.ts';
import type { Mailer } from '../core/plan/notify/smtp.ts';
import { batchById } from '../core/store/batches.ts';
import { listForests } from '../core/store/forests.ts';
import { readNotifications } from '../core/store/notifications.ts';
import { fenced } from '../core/store/queue.ts';
import { workloadById } from '../core/store/workloads.ts';
import type { Lease } from './lease.ts';

export interface CutoverWorker {
  ctx: AdapterContext;
  servers: MailServers;
  name: string;
  log: Log;
}

/** Does what is left of the cutover that a task is about. @returns what its last comparison said */
export async function cutoverTask(worker: CutoverWorker, lease: Lease): Promise<Compared> {
  const { ctx, servers, name, log } = worker;
  const { store } = ctx;
  const { claim, signal, guard } = lease;
  const workload = claim.workloadId === undefined ? undefined : await workloadById(store, claim.workloadId);
  const batch = workload && (await batchById(store, workload.batchId));
  if (!workload || !batch) throw new Error('the workload of the task was removed');
  const { forwarding, deepAtCutover } = batch.options;
  // What the lock took away is no change for the last delta, and no difference.
  const open = openUnlocked(store, workload.id, servers.open);
  const content = (kind: 'verify' | 'finalSync', payload: unknown, openMailStore = open): Promise<TaskOutcome> =>
    runTask({ store, claim: { ...claim, kind, payload }, openMailStore, signal, guard, log });
  return await runCutover({
    store,
    claim,
    workload,
    deep: deepAtCutover,
    forwarding,
    guard,
    lock: async () => {
      if (workload.kind !== 'publicFolders') return 'Only public folders are locked.';
      if (!batch.options.lockPublicFolders) return 'The batch does not lock public folders.';
      await lockFolders({
        store,
        source: await servers.open('source', '', 'publicFolders'),
        workload,
        account: await lockingAccount(store),
        signal,
        guard,
        write: (work) => fenced(store, claim, work),
      });
      return undefined;
    },
    compare: async ({ deep, deltaAt, turnedAt }) => {
      const opened =
        turnedAt !== undefined
          ? await openAfterSwitch(store, workload.id, open, { turnedAt, forwarding })
          : deltaAt !== undefined
            ? await openBeforeSwitch(store, workload.id, open, deltaAt)
            : open;
      return comparedOf(await content('verify', { deep }, opened));
    },
    sweep: async ({ turnedAt }) => {
      const both = turnedAt !== undefined && forwarding === 'deliverAndForward';
      const opened = both ? openForSweep(open, { turnedAt, targetAddress: workload.targetAddress }) : open;
      const { result } = await content('finalSync', {}, opened);
      if (result.kind !== 'sync') throw new Error('a delta ended as something else');
      return { fetched: result.copied + result.adopted, changes: result.listed };
    },
    notify: () => planMail(store, claim, workload.id, 'after'),
    openWriter: async (forestId) => {
      const forest = (await listForests(store)).find((one) => one.id === forestId);
      if (!forest) throw new Error(`the forest ${forestId} was removed`);
      const writer = await openDirectoryWriter(ctx, forest);
      // Somebody may have taken the cutover back while the server was being reached.
      const modify: typeof writer.modify = async (dn, edits) => {
        guard();
        await fenced(store, claim, async () => undefined);
        await writer.modify(dn, edits);
      };
      return { ...bound(writer), modify };
    },
    directory: {
      who: `worker ${name}`,
      host: hostname(),
      correlation: claim.correlation ?? `task-${claim.id}`,
      signal,
    },
  });
}

/** A writer's methods, free of the object they belong to. */
function bound<T extends Awaited<ReturnType<typeof openDirectoryWriter>>>(writer: T) {
  return {
    read: writer.read.bind(writer),
    add: writer.add.bind(writer),
    modify: writer.modify.bind(writer),
    remove: writer.remove.bind(writer),
    facts: writer.facts.bind(writer),
    close: writer.close.bind(writer),
  };
}

function comparedOf({ openBadItems, result }: TaskOutcome): Compared {
  if (result.kind !== 'verify') throw new Error('a comparison ended as something else');
  return { openBadItems, result: { different: result.different, missing: result.missing } };
}

/** A worker keeps one connection to the mail server for a while, for as long as its settings stay. */
let kept: { key: string; mailer: Promise<Mailer> } | undefined;

/** Sends the mail that a task is about. */
export async function notifyTask({ ctx }: CutoverWorker, { claim, guard }: Lease): Promise<MailOutcome> {
  const open = async (): Promise<Mailer> => {
    const { via, security } = await readNotifications(ctx.store);
    const key = `${ctx.store.url} ${via} ${security}`;
    if (kept?.key !== key) kept = { key, mailer: openMailer(ctx, via, security) };
    return await kept.mailer;
  };
  try {
    return await sendMail(ctx.store, claim, open, guard);
  } catch (error) {
    // A corrected password, address or pin shall count at the next try.
    kept = undefined;
    throw error;
  }
}
