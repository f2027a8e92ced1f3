import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../core/domain/log.ts';
import { StoreUnavailableError } from '../core/store/errors.ts';
import { openKeyring } from '../core/store/keyring.ts';
import { newMachineKey } from '../core/store/machine-key.ts';
import { openStore } from '../core/store/open.ts';
import { claim, complete, enqueue, FencedError } from '../core/store/queue.ts';
import { cancelTasks } from '../core/store/queue-order.ts';
import type { Store } from '../core/store/store.ts';
import { Lease } from './lease.ts';
import { type Execute, Loop, type LoopOptions, nextPause } from './loop.ts';

/** Waits for a value; the deadline is far off, because a busy machine is no fault of the loop. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

let folder: string;
let store: Store;
let machineId: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-loop-'));
  store = await openStore(`sqlite:${join(folder, 'x.db')}`, { create: true });
  const { machine } = await openKeyring(store, newMachineKey().key, {
    name: 'one',
    kind: 'console',
    version: '1',
    facts: {},
  });
  machineId = machine.id;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const tasks = (count: number) =>
  enqueue(
    store,
    Array.from({ length: count }, (_, n) => ({ kind: 'sync' as const, payload: { n } })),
  );
const states = async () =>
  (await store.db.selectFrom('task').select('state').orderBy('id').execute()).map((row) => row.state);
const outcomes = async () =>
  (await store.db.selectFrom('task_attempt').select('outcome').orderBy('id').execute()).map((row) => row.outcome);

/** A loop over the store that ends when nothing is open, or by `stop`. */
function start(execute: Execute, more: Partial<LoopOptions> = {}) {
  const stop = new AbortController();
  const loop = new Loop({
    store,
    machineId,
    concurrency: 4,
    leaseMs: 600,
    execute,
    signal: stop.signal,
    log: silentLog,
    pollMs: 60,
    untilIdle: async () => {
      const open = await store.db.selectFrom('task').select('id').where('state', 'in', ['ready', 'leased']).execute();
      return open.length === 0;
    },
    ...more,
  });
  return { stop, done: loop.run(), loop };
}

/** Stands until the lease ends, as work does that waits for a server. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

it('pauses for longer while a server is away, and anew for one that let the task get on', () => {
  const away = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].reduce<number[]>(
    (pauses) => [...pauses, nextPause(pauses.at(-1) ?? 0, 500)],
    [],
  );
  expect(away).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000));
  expect(nextPause(32_000, 33_000)).toBe(2_000);
});

describe('the loop of a worker', () => {
  it('does every task once, no more at a time than it may', async () => {
    await tasks(30);
    let running = 0;
    let most = 0;
    const seen: unknown[] = [];
    const { done } = start(async ({ claim: one }) => {
      most = Math.max(most, ++running);
      await sleep(2);
      seen.push(one.payload);
      running--;
      await complete(store, one);
    });
    await done;
    expect(new Set(seen.map((payload) => JSON.stringify(payload))).size).toBe(30);
    expect(seen).toHaveLength(30);
    expect(most).toBe(4);
  });

  it('keeps a task for as long as it takes, by heartbeats', async () => {
    await tasks(1);
    let fences = 0;
    const { done } = start(async ({ claim: one, guard }) => {
      fences++;
      const end = performance.now() + 2_000;
      while (performance.now() < end) {
        guard();
        await sleep(20);
      }
      await complete(store, one);
    });
    await done;
    expect(fences).toBe(1);
    expect(await states()).toEqual(['done']);
  });

  it('hands back what runs when it is told to stop, without counting the try', async () => {
    await tasks(2);
    const { stop, done, loop } = start(({ signal }) => untilAborted(signal));
    await eventually(() => loop.running).toBe(2);
    stop.abort();
    await done;
    expect(await states()).toEqual(['ready', 'ready']);
    expect(await outcomes()).toEqual(['released', 'released']);
    const rows = await store.db.selectFrom('task').select('attempts').execute();
    expect(rows.map((row) => row.attempts)).toEqual([0, 0]);
  });

  it('stops work whose task was called back, and may not send any more', async () => {
    await store.db
      .insertInto('batch')
      .values({ name: 'b', name_key: 'b', state: 'syncing', options: '{}', created_at: 0 })
      .execute();
    await enqueue(store, [{ kind: 'sync', payload: {}, batchId: 1 }]);
    let lease: Lease | undefined;
    const { done } = start(async (one) => {
      lease = one;
      await untilAborted(one.signal);
    });
    await eventually(() => lease).toBeDefined();
    await cancelTasks(store, { batchId: 1 });
    await done;
    expect(() => lease?.guard()).toThrow(FencedError);
    expect(await states()).toEqual(['cancelled']);
  });

  it('tries again after a failure, and tells when a task is given up', async () => {
    await enqueue(store, [{ kind: 'sync', payload: {}, maxAttempts: 2 }]);
    const given: string[] = [];
    const refused = Object.assign(new Error('secret subject line'), { name: 'ServerBusy', backOffMs: 30 });
    const { done } = start(
      async () => {
        throw refused;
      },
      { gaveUp: async (_claim, failure) => void given.push(failure.message) },
    );
    await done;
    expect(await outcomes()).toEqual(['failed', 'failed']);
    expect(given).toHaveLength(1);
    const history = JSON.stringify(await store.db.selectFrom('task_attempt').selectAll().execute());
    expect(history).toContain('ServerBusy');
    expect(history).not.toContain('secret subject');
  });

  it('goes on by itself when the database comes back, long after its leases ran out', async () => {
    await tasks(3);
    let away = false;
    const flaky = outages(store, () => away);
    let tries = 0;
    const { done } = start(
      async ({ claim: one }) => {
        tries++;
        if (tries === 1) away = true;
        await complete(flaky, one);
      },
      { store: flaky, concurrency: 1 },
    );
    await eventually(() => tries).toBe(1);
    // Three times the lease: the claim is dead by the database's clock when it returns.
    await sleep(1_800);
    away = false;
    await done;
    expect(await states()).toEqual(['done', 'done', 'done']);
    // Nobody else took the task meanwhile, so the same worker took it again and no try was lost.
    const rows = await store.db.selectFrom('task').select(['attempts']).execute();
    expect(rows.map((row) => row.attempts)).toEqual([1, 1, 1]);
  });

  it('ends with the error when its machine was removed', async () => {
    await tasks(1);
    const { done } = start(async () => undefined, { machineId: 999 });
    await expect(done).rejects.toThrow('somebody removed it');
  });
});

describe('a lease', () => {
  it('allows nothing once it may have run out, though no word came from the database', async () => {
    await tasks(1);
    const [one] = await claim(store, { machineId, max: 1, leaseMs: 200 });
    if (!one) throw new Error('nothing was claimed');
    const lease = new Lease(one, performance.now());
    lease.guard();
    await eventually(() => {
      try {
        lease.guard();
        return 'allowed';
      } catch (error) {
        return error instanceof FencedError ? 'fenced' : 'other';
      }
    }).toBe('fenced');
    lease.renewed(performance.now());
    lease.guard();
  });
});

/** The same store, but every statement fails while the database is away. */
function outages(real: Store, away: () => boolean): Store {
  const refuse = () => {
    if (away()) throw new StoreUnavailableError({ tried: 'use the database', happened: 'It is away.', next: 'Wait.' });
  };
  return {
    ...real,
    now: async (...args) => {
      refuse();
      return await real.now(...args);
    },
    db: new Proxy(real.db, {
      get(target, name) {
        refuse();
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  };
}

it('shares of a tree go to both workers, also to the one whose task did not share it out', async () => {
  const { machine: other } = await openKeyring(store, newMachineKey().key, {
    name: 'two',
    kind: 'worker',
    version: '1',
    facts: {},
  });
  await store.db.updateTable('machine').set({ state: 'approved' }).execute();
  const began: number[] = [];
  const over = Promise.withResolvers<void>();
  const execute: Execute = async ({ claim: task }) => {
    if (task.kind === 'sync') {
      began.push(task.machineId);
      if (began.length === 2) over.resolve();
      await over.promise;
    } else {
      // The worker that shares a tree out asks for work in the same moment.
      const shares = [1, 2].map((folder) => ({ kind: 'sync' as const, workloadId: 7, payload: { folders: [folder] } }));
      await enqueue(store, shares);
    }
    await complete(store, task);
  };
  await enqueue(store, [{ kind: 'hierarchy', workloadId: 7, payload: {}, forMachine: machineId }]);
  const loops = [start(execute), start(execute, { machineId: other.id, untilIdle: async () => false })];
  await eventually(() => began.length).toBe(2);
  for (const { stop } of loops) stop.abort();
  await Promise.all(loops.map(({ done }) => done));
  expect(began.sort()).toEqual([machineId, other.id].sort());
});
