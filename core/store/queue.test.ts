import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { insertMany } from './bulk.ts';
import { readEvents } from './events.ts';
import { drainMachine, MachineRemovedError, touchMachine } from './machines.ts';
import {
  type ClaimedTask,
  claim,
  complete,
  completeMany,
  enqueue,
  FencedError,
  fail,
  fenced,
  heartbeat,
  reclaim,
  release,
} from './queue.ts';
import { workloadScope } from './queue-choice.ts';
import {
  addMaintenance,
  cancelTasks,
  holdEndpoint,
  holdTasks,
  limitRunning,
  moveWorkload,
  moveWorkloads,
  resumeTasks,
  retryTasks,
} from './queue-order.ts';
import { LEFT_TO_OTHERS_MS } from './queue-shares.ts';
import type { Store } from './store.ts';

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  let clock: number;
  let one: number;
  let two: number;

  beforeEach(async () => {
    clock = 1_700_000_000_000;
    store = await openTestStore(dialect, () => clock);
    one = await approvedMachine('one');
    two = await approvedMachine('two');
  });
  afterEach(() => store?.close());

  async function approvedMachine(name: string): Promise<number> {
    const { id } = await store.db
      .insertInto('machine')
      .values({
        name,
        name_key: name,
        kind: 'worker',
        state: 'approved',
        public_key: '',
        fingerprint: name,
        version: '1',
        facts: '{}',
        enrolled_at: 0,
        last_seen: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  const LEASE = 60_000;
  const claimFor = (machineId: number, max = 10) => claim(store, { machineId, max, leaseMs: LEASE });
  const only = (tasks: ClaimedTask[]): ClaimedTask => {
    const [first] = tasks;
    if (!first || tasks.length !== 1) throw new Error(`expected one task, got ${tasks.length}`);
    return first;
  };
  const payloads = (tasks: ClaimedTask[]) => tasks.map((task) => task.payload);
  const tasks = (n: number, more: object = {}) =>
    Array.from({ length: n }, (_, index) => ({ kind: 'sync' as const, payload: index, ...more }));
  const states = async () =>
    (await store.db.selectFrom('task').select('state').orderBy('id').execute()).map((row) => row.state);

  describe('claiming', () => {
    test('hands each task to one machine, in order, and only what is wanted', async () => {
      await enqueue(store, [
        ...tasks(3),
        { kind: 'verify', payload: 'v' },
        { kind: 'sync', payload: 'now', priority: 1 },
      ]);
      expect(payloads(await claim(store, { machineId: one, max: 3, leaseMs: LEASE, kinds: ['sync'] }))).toEqual([
        'now',
        0,
        1,
      ]);
      expect(payloads(await claimFor(two))).toEqual([2, 'v']);
      expect(await claimFor(two)).toEqual([]);
    });

    describe.each([false, true])('shares of a tree, within limits: %s', (limited) => {
      const share = (n: number, workloadId = 7) => tasks(n, { workloadId });
      beforeEach(async () => {
        if (limited) await limitRunning(store, 'ews:other', 5);
        for (const id of [one, two]) await touchMachine(store, id);
      });

      test('go to idle workers, not to the one that has one', async () => {
        await enqueue(store, [...share(3), { kind: 'sync', payload: 'another', workloadId: 8 }]);
        expect(payloads(await claimFor(one))).toEqual([0, 'another']);
        expect(await claimFor(one)).toEqual([]);
        expect(payloads(await claimFor(two))).toEqual([1]);
        expect(await claimFor(two)).toEqual([]);
      });

      test('go to whoever has room when nobody else took them, or nobody else is there', async () => {
        await enqueue(store, share(3));
        expect(await claimFor(one)).toHaveLength(1);
        clock += LEFT_TO_OTHERS_MS;
        expect(payloads(await claimFor(one))).toEqual([1, 2]);
        clock += 20_000;
        await enqueue(store, share(2, 9));
        expect(await claimFor(two)).toHaveLength(2);
      });
    });

    test('waits for a task whose time has not come', async () => {
      await enqueue(store, tasks(1, { runAfter: clock + 1000 }));
      expect(await claimFor(one)).toEqual([]);
      clock += 1000;
      expect(await claimFor(one)).toHaveLength(1);
    });

    test('leaves a task that is meant for one machine to that machine', async () => {
      await enqueue(store, [...tasks(1, { forMachine: two }), { kind: 'sync', payload: 'any' }]);
      expect(payloads(await claimFor(one))).toEqual(['any']);
      await limitRunning(store, 'ews:a', 5);
      expect(await claimFor(one)).toEqual([]);
      expect(payloads(await claimFor(two))).toEqual([0]);
    });

    test('many claims at once get each task once', async () => {
      await enqueue(store, tasks(60, { sourceEndpoint: 'ews:a' }));
      const all = await Promise.all(Array.from({ length: 6 }, (_, n) => claimFor(n % 2 ? one : two, 5)));
      await limitRunning(store, 'ews:a', 40);
      const limited = await Promise.all(Array.from({ length: 6 }, (_, n) => claimFor(n % 2 ? one : two, 5)));
      const ids = [...all.flat(), ...limited.flat()].map((task) => task.id);
      expect(new Set(ids).size).toBe(ids.length);
      // A server without skip-locked may give a claim fewer than it asked for; never more than the limit in all.
      while ((await claimFor(one)).length > 0);
      expect((await states()).filter((state) => state === 'leased')).toHaveLength(40);
    });

    test('many end together, whatever their results', async () => {
      const results = [undefined, { text: 'x'.repeat(9_000) }, { text: 'O\'Brien \\ "é 漢字 😀"' }, null, 7];
      await enqueue(store, tasks(results.length));
      const claims = await claimFor(one);
      const ends = claims.map((claimed, index) => ({ claim: claimed, result: results[index] }));
      expect((await completeMany(store, ends)).sort()).toEqual(claims.map(({ id }) => id).sort());
      const rows = await store.db.selectFrom('task').select('result').orderBy('id').execute();
      expect(rows.map(({ result }) => JSON.parse(result ?? ''))).toEqual(results.map((result) => result ?? null));
    });

    test('only approved machines get tasks; a draining one finishes what it has', async () => {
      await enqueue(store, tasks(2));
      const task = only(await claimFor(one, 1));
      await drainMachine(store, one);
      expect(await claimFor(one)).toEqual([]);
      expect(await heartbeat(store, [task])).toEqual([task.id]);
      await complete(store, task);
      await expect(claimFor(999)).rejects.toThrow(MachineRemovedError);
    });
  });

  describe('fencing', () => {
    test('past its lease a claim can do nothing, even when nobody else took the task', async () => {
      await enqueue(store, tasks(1));
      const task = only(await claimFor(one));
      clock += LEASE;
      expect(await heartbeat(store, [task])).toEqual([]);
      const write = () =>
        fenced(store, task, (trx) => trx.insertInto('setting').values({ name: 'x', value: '1' }).execute());
      await expect(write()).rejects.toThrow(FencedError);
      await expect(complete(store, task)).rejects.toThrow(FencedError);
      await expect(fail(store, task, { name: 'X', message: 'x' })).rejects.toThrow(FencedError);
      await expect(release(store, task)).rejects.toThrow(FencedError);
      expect(await completeMany(store, [{ claim: task }])).toEqual([]);

      const again = await reclaim(store, task);
      expect(again?.fence).toBe(task.fence + 1);
      await expect(write()).rejects.toThrow(FencedError);
      if (again) await complete(store, again, { items: 3 });
      expect(await states()).toEqual(['done']);
    });

    test('a heartbeat keeps it', async () => {
      await enqueue(store, tasks(1));
      const task = only(await claimFor(one));
      for (let beat = 0; beat < 5; beat++) {
        clock += LEASE - 1;
        expect(await heartbeat(store, [task])).toEqual([task.id]);
        expect(await claimFor(two)).toEqual([]);
      }
      await fenced(store, task, (trx) => complete(store, task, undefined, trx));
      expect(await states()).toEqual(['done']);
    });

    test('the machine that took it over shuts the first one out', async () => {
      await enqueue(store, tasks(1));
      const first = only(await claimFor(one));
      clock += LEASE + 1;
      const second = only(await claimFor(two));
      expect(second).toMatchObject({ id: first.id, fence: first.fence + 1, attempts: 2 });
      expect(await reclaim(store, first)).toBeUndefined();
      expect(await heartbeat(store, [first, second])).toEqual([second.id]);
      await expect(complete(store, first)).rejects.toThrow(FencedError);
      await complete(store, second);
    });

    test('what fenced work wrote is undone when it throws', async () => {
      await enqueue(store, tasks(1));
      const task = only(await claimFor(one));
      await expect(
        fenced(store, task, async (trx) => {
          await trx.insertInto('setting').values({ name: 'x', value: '1' }).execute();
          throw new Error('broken');
        }),
      ).rejects.toThrow('broken');
      expect(await store.db.selectFrom('setting').select('name').where('name', '=', 'x').execute()).toEqual([]);
    });
  });

  describe('failing', () => {
    test('comes back after a growing pause and stops at the last try, with its history', async () => {
      await enqueue(store, tasks(1, { maxAttempts: 3 }));
      const pauses: number[] = [];
      for (let attempt = 1; attempt <= 3; attempt++) {
        const task = only(await claimFor(one));
        const end = await fail(store, task, { name: 'ErrorServerBusy', message: `try ${attempt}` });
        expect(end).toBe(attempt < 3 ? 'retry' : 'failed');
        const row = await store.db.selectFrom('task').select('run_after').executeTakeFirstOrThrow();
        pauses.push(row.run_after - clock);
        expect(await claimFor(one)).toEqual([]);
        clock = row.run_after;
      }
      expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
      expect(await states()).toEqual(['failed']);
      const history = await store.db
        .selectFrom('task_attempt')
        .select(['fence', 'outcome', 'message'])
        .orderBy('id')
        .execute();
      expect(history).toEqual(
        [1, 2, 3].map((n) => ({ fence: n, outcome: 'failed', message: `ErrorServerBusy: try ${n}` })),
      );
      const { events } = await readEvents(store, { after: 0 });
      expect(events.map((event) => event.kind)).toEqual(['task.failed']);
      expect(await retryTasks(store, { workloadId: 1 })).toBe(0);
    });

    test('a task that kills its worker every time is given up too', async () => {
      await enqueue(store, tasks(1, { maxAttempts: 2, workloadId: 5, batchId: 3 }));
      for (let attempt = 0; attempt < 2; attempt++) {
        only(await claimFor(one));
        clock += LEASE + 1;
      }
      expect(await claimFor(one)).toEqual([]);
      expect(await states()).toEqual(['failed']);
      const history = await store.db.selectFrom('task_attempt').select('outcome').execute();
      expect(history).toEqual([{ outcome: 'expired' }, { outcome: 'expired' }]);
      expect((await readEvents(store, { after: 0, workloadId: 5 })).events).toMatchObject([
        { kind: 'task.failed', batchId: 3, workloadId: 5 },
      ]);
      expect(await retryTasks(store, { workloadId: 5 })).toBe(1);
      expect(await claimFor(one)).toHaveLength(1);
    });

    test('a pause that the server asked for is kept, and handing back costs no try', async () => {
      await enqueue(store, tasks(1));
      await fail(store, only(await claimFor(one)), { name: 'ErrorServerBusy', message: '' }, { retryAfterMs: 12_345 });
      clock += 12_344;
      expect(await claimFor(one)).toEqual([]);
      clock += 1;
      const task = only(await claimFor(one));
      await release(store, task);
      expect(only(await claimFor(two))).toMatchObject({ attempts: task.attempts, fence: task.fence + 1 });
    });
  });

  describe('limits', () => {
    test('an endpoint runs no more than its limit on all machines together', async () => {
      await limitRunning(store, 'ews:a', 3);
      await enqueue(store, [
        ...tasks(200, { sourceEndpoint: 'ews:a' }),
        ...tasks(2, { sourceEndpoint: 'ews:b', targetEndpoint: 'ews:a' }),
        { kind: 'sync', payload: 'free', sourceEndpoint: 'ews:b' },
      ]);
      const first = await claimFor(one, 2);
      const second = await claimFor(two, 10);
      expect([...payloads(first), ...payloads(second)]).toEqual([0, 1, 2, 'free']);
      expect(await claimFor(two)).toEqual([]);
      await completeMany(
        store,
        first.map((claimed) => ({ claim: claimed })),
      );
      expect(await claimFor(two)).toHaveLength(2);
      await limitRunning(store, 'ews:a', undefined);
      expect(await claimFor(one, 500)).toHaveLength(203 - 4 - 2);
    });

    test('a workload runs no more than its limit', async () => {
      await limitRunning(store, workloadScope(7), 1);
      await enqueue(store, [...tasks(3, { workloadId: 7 }), ...tasks(1, { workloadId: 8 })]);
      expect((await claimFor(one)).map((task) => task.workloadId)).toEqual([7, 8]);
      expect(await claimFor(two)).toEqual([]);
    });

    test('a pause and a maintenance window close what they name, for as long as they last', async () => {
      await enqueue(store, [...tasks(1, { sourceEndpoint: 'ews:a', batchId: 1 }), ...tasks(1, { batchId: 2 })]);
      await holdEndpoint(store, 'ews:a', 10_000, 'ErrorServerBusy');
      await holdEndpoint(store, 'ews:a', 5_000, 'ErrorServerBusy');
      await addMaintenance(store, { scope: 'batch:2', fromAt: clock, toAt: clock + 20_000, reason: 'backup' });
      expect(await claimFor(one)).toEqual([]);
      clock += 9_999;
      expect(await claimFor(one)).toEqual([]);
      clock += 1;
      expect((await claimFor(one)).map((task) => task.batchId)).toEqual([1]);
      clock += 10_000;
      await addMaintenance(store, { scope: '*', fromAt: clock, toAt: clock + 5, reason: 'patching' });
      expect(await claimFor(one)).toEqual([]);
      clock += 5;
      expect((await claimFor(one)).map((task) => task.batchId)).toEqual([2]);
    });
  });

  describe('order and holding', () => {
    async function workloads(n: number, batchId: number): Promise<number[]> {
      const batch = {
        id: batchId,
        name: `b${batchId}`,
        name_key: `b${batchId}`,
        state: 'syncing',
        options: '{}',
        created_at: 0,
      };
      await insertMany(store, store.db, 'batch', [batch]);
      const rows = Array.from({ length: n }, (_, index) => ({
        id: batchId * 100 + index,
        batch_id: batchId,
        kind: 'mailbox',
        source_address: '',
        target_address: '',
        display_name: '',
        name_key: '',
        root: '',
        state: 'waiting',
        priority: 1000,
        items_total: 0,
        items_done: 0,
        items_bad: 0,
        bytes_total: 0,
        bytes_done: 0,
        updated_at: 0,
      }));
      await insertMany(store, store.db, 'workload', rows);
      return rows.map((row) => row.id);
    }

    test('several move together and keep their order; at an end they stay, and those that are through do not count', async () => {
      await workloads(5, 1);
      const order = async () =>
        (
          await store.db
            .selectFrom('workload')
            .select('id')
            .where('batch_id', '=', 1)
            .orderBy('priority')
            .orderBy('id')
            .execute()
        ).map(({ id }) => id);
      await moveWorkloads(store, 1, [103, 101], 'up');
      expect(await order()).toEqual([101, 100, 103, 102, 104]);
      await moveWorkloads(store, 1, [101, 100], 'up');
      expect(await order()).toEqual([101, 100, 103, 102, 104]);
      await moveWorkloads(store, 1, [101, 103], 'down');
      expect(await order()).toEqual([100, 101, 102, 103, 104]);
      await moveWorkloads(store, 1, [104, 102], 'top');
      expect(await order()).toEqual([102, 104, 100, 101, 103]);
      await moveWorkloads(store, 1, [102, 100], 'bottom');
      expect(await order()).toEqual([104, 101, 103, 102, 100]);
      await store.db.updateTable('workload').set({ state: 'done' }).where('id', '=', 104).execute();
      expect(await moveWorkloads(store, 1, [104, 200], 'bottom')).toBe(0);
    });

    test('moving a workload moves its waiting tasks, and nothing else changes its place', async () => {
      const ids = [...(await workloads(4, 1)), ...(await workloads(2, 2))];
      await enqueue(
        store,
        ids.map((workloadId) => ({ kind: 'sync', payload: workloadId, workloadId })),
      );
      const order = async () =>
        (await store.db.selectFrom('task').select('payload').orderBy('priority').orderBy('id').execute()).map((row) =>
          Number(row.payload),
        );
      await moveWorkload(store, 102, 'up');
      expect(await order()).toEqual([100, 102, 101, 103, 200, 201]);
      await moveWorkload(store, 102, 'up');
      expect(await order()).toEqual([102, 100, 101, 103, 200, 201]);
      await moveWorkload(store, 102, 'up');
      await moveWorkload(store, 100, 'down');
      expect(await order()).toEqual([102, 101, 100, 103, 200, 201]);
      await moveWorkload(store, 103, 'top');
      expect(await order()).toEqual([103, 102, 101, 100, 200, 201]);
      await moveWorkload(store, 200, 'bottom');
      expect((await order()).slice(-2)).toEqual([201, 200]);
      await expect(moveWorkload(store, 999, 'up')).rejects.toThrow('no such workload');
      await enqueue(store, [{ kind: 'verify', payload: 7, workloadId: 103 }]);
      expect(payloads(await claimFor(one, 2))).toEqual([103, 7]);
    });

    test('held tasks wait, cancelled ones fence their worker off', async () => {
      await enqueue(store, tasks(2, { batchId: 1, workloadId: 3 }));
      const running = only(await claimFor(one, 1));
      expect(await holdTasks(store, { batchId: 1 })).toBe(1);
      expect(await claimFor(one)).toEqual([]);
      expect(await heartbeat(store, [running])).toEqual([running.id]);
      expect(await resumeTasks(store, { batchId: 1 })).toBe(1);
      expect(await cancelTasks(store, { workloadId: 3 })).toBe(2);
      expect(await heartbeat(store, [running])).toEqual([]);
      await expect(complete(store, running)).rejects.toThrow(FencedError);
      expect(await states()).toEqual(['cancelled', 'cancelled']);
    });
  });
});
