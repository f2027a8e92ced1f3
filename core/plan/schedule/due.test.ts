import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestStore, testDialects } from '../../../tests/support/stores.ts';
import { UsageError } from '../../domain/errors.ts';
import type { WindowRule } from '../../domain/schedule.ts';
import { createBatch } from '../../store/batches.ts';
import { runningInClosedTimes } from '../../store/closed-times.ts';
import { enrolMachine } from '../../store/machines.ts';
import { claim, enqueue } from '../../store/queue.ts';
import { scheduleOf } from '../../store/schedules.ts';
import type { Store } from '../../store/store.ts';
import { addTimeWindow, removeTimeWindow, writeSites } from '../../store/time-windows.ts';
import { workloadsOf } from '../../store/workloads.ts';
import { runDue } from './due.ts';
import { setSchedule } from './set.ts';
import { keepSpansAhead, writeSpans } from './windows.ts';

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  let batchId: number;
  let machineId: number;
  beforeEach(async () => {
    store = await openTestStore(dialect);
    const person = (name: string) => ({
      kind: 'mailbox' as const,
      sourceId: null,
      sourceAddress: `${name}@a.test`,
      targetAddress: `${name}@b.test`,
      displayName: name,
      root: '',
    });
    batchId = (await createBatch(store, { name: 'Wave', workloads: [person('anna'), person('kim')] })).id;
    const { publicKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const machine = await enrolMachine(store, { name: 'w', kind: 'worker', publicKey, version: '1', facts: {} });
    machineId = machine.id;
    await store.db.updateTable('machine').set({ state: 'approved' }).execute();
  });
  afterEach(() => store.close());

  const open = async () => undefined;
  /** As if the time had come. */
  const isDue = () => store.db.updateTable('schedule').set({ at: 1 }).execute();
  const states = async () => (await workloadsOf(store, batchId)).map(({ state }) => state);
  const scheduled = async () =>
    Object.fromEntries((await scheduleOf(store.db, batchId)).map(({ kind, state, note }) => [kind, [state, note]]));

  describe('schedules', () => {
    it('say the instant of a wall clock, and refuse one that has passed', async () => {
      const rows = await setSchedule(store, batchId, {
        startAt: '2031-03-30T02:30',
        cutoverAt: '2031-10-26T02:30',
        timeZone: 'Europe/Oslo',
      });
      const at = (kind: string) => new Date(rows.find((row) => row.kind === kind)?.at ?? 0).toISOString();
      expect([at('start'), at('cutover'), at('notice')]).toEqual([
        '2031-03-30T01:00:00.000Z',
        '2031-10-26T00:30:00.000Z',
        '2031-10-24T00:30:00.000Z',
      ]);
      await expect(setSchedule(store, batchId, { startAt: '2020-01-01T00:00', timeZone: 'UTC' })).rejects.toThrow(
        UsageError,
      );
      expect(await scheduleOf(store.db, batchId)).toHaveLength(3);
      await setSchedule(store, batchId, { startAt: null, cutoverAt: null, timeZone: 'UTC' });
      expect(await scheduleOf(store.db, batchId)).toEqual([]);
      await expect(setSchedule(store, batchId, { hold: true, timeZone: 'UTC' })).rejects.toThrow(/No cutover/);
    });

    it('start a batch once, however many machines see that it is time', async () => {
      await setSchedule(store, batchId, { startAt: '2031-01-01T00:00', timeZone: 'UTC' });
      expect(await runDue(store, open)).toBe(0);
      await isDue();
      const settled = await Promise.all([runDue(store, open), runDue(store, open), runDue(store, open)]);
      expect(settled.reduce((a, b) => a + b)).toBe(1);
      expect(await states()).toEqual(['waiting', 'waiting']);
      const tasks = await store.db.selectFrom('task').select('kind').execute();
      expect(tasks).toEqual([{ kind: 'hierarchy' }, { kind: 'hierarchy' }]);
      expect(await scheduled()).toEqual({ start: ['done', null] });
    });

    it('say why a start was missed', async () => {
      await setSchedule(store, batchId, { startAt: '2031-01-01T00:00', timeZone: 'UTC' });
      await isDue();
      await runDue(store, async () => 'A preflight check has failed.');
      expect(await scheduled()).toEqual({ start: ['missed', 'A preflight check has failed.'] });
      expect(await states()).toEqual(['planned', 'planned']);
    });

    it('hold before the cutover; released, those in sync are cut over and the others follow', async () => {
      await setSchedule(store, batchId, { cutoverAt: '2031-01-01T00:00', timeZone: 'UTC', hold: true });
      await isDue();
      const [anna, kim] = await workloadsOf(store, batchId);
      const put = (id: number | undefined, state: string) =>
        store.db
          .updateTable('workload')
          .set({ state })
          .where('id', '=', id ?? 0)
          .execute();
      await put(anna?.id, 'inSync');
      await put(kim?.id, 'syncing');
      await runDue(store, open);
      expect(await states()).toEqual(['inSync', 'syncing']);
      await setSchedule(store, batchId, { hold: false, timeZone: 'UTC' });
      await runDue(store, open);
      expect(await states()).toEqual(['cuttingOver', 'syncing']);
      expect((await scheduled()).cutover).toEqual(['waiting', null]);
      await put(kim?.id, 'inSync');
      await runDue(store, open);
      expect(await states()).toEqual(['cuttingOver', 'cuttingOver']);
      expect((await scheduled()).cutover).toEqual(['done', null]);
      const { length } = await store.db.selectFrom('task').selectAll().where('kind', '=', 'finalSync').execute();
      expect(length).toBe(2);
    });
  });

  describe('windows in the queue', () => {
    const always: WindowRule = { kind: 'weekly', days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' };
    const window = (scope: string, kind: 'open' | 'blackout') =>
      store.db.transaction().execute(async (trx) => {
        const id = await addTimeWindow(store, trx, {
          scope,
          kind,
          zone: 'Europe/Oslo',
          rule: always,
          reason: 'test',
          createdBy: 'test',
        });
        await writeSpans(store, trx);
        return id;
      });
    const claimed = async () => {
      const tasks = await claim(store, { machineId, max: 10, leaseMs: 60_000 });
      return tasks.map(({ payload }) => payload);
    };
    beforeEach(() =>
      enqueue(store, [
        { kind: 'sync', payload: 'oslo', sourceEndpoint: 'server:ex01' },
        { kind: 'sync', payload: 'bergen', sourceEndpoint: 'server:ex02' },
        { kind: 'sync', payload: 'batch', batchId },
      ]),
    );

    it('keep what they close from being claimed: a site by its servers, a batch, everything', async () => {
      await writeSites(store, { Oslo: ['EX01'] });
      const site = await window('site:Oslo', 'blackout');
      await window(`batch:${batchId}`, 'blackout');
      expect(await claimed()).toEqual(['bergen']);
      await store.db.transaction().execute(async (trx) => {
        await removeTimeWindow(trx, site);
        await writeSpans(store, trx);
      });
      expect(await claimed()).toEqual(['oslo']);
    });

    it('that are open let work through', async () => {
      await window('*', 'open');
      expect(await claimed()).toHaveLength(3);
    });

    it('name what runs although its time is over', async () => {
      const [, , own] = await claim(store, { machineId, max: 3, leaseMs: 60_000 });
      expect(await runningInClosedTimes(store, machineId)).toEqual([]);
      await window(`batch:${batchId}`, 'blackout');
      expect(await runningInClosedTimes(store, machineId)).toEqual([own?.id]);
    });

    it('are worked out anew before they run out', async () => {
      await window('*', 'blackout');
      const last = async () =>
        (
          await store.db
            .selectFrom('maintenance')
            .select((eb) => eb.fn.max('to_at').as('to'))
            .executeTakeFirst()
        )?.to ?? 0;
      const before = await last();
      await store.db.updateTable('maintenance').set({ to_at: 5 }).execute();
      await keepSpansAhead(store);
      expect(await last()).toBe(5);
      await store.db.updateTable('setting').set({ value: '0' }).where('name', '=', 'windows.until').execute();
      await keepSpansAhead(store);
      expect(await last()).toBeGreaterThanOrEqual(before);
    });
  });
});
