import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsOf } from '../../core/domain/cutover.ts';
import { CutoverWorld } from './world.ts';

/** The cutover as a whole, against the lab's directories, mail flow and mailboxes. */
const DONE = [{ state: 'done', reason: null }];
let world: CutoverWorld;
beforeAll(async () => {
  world = await CutoverWorld.start({ users: 8, items: 12, folders: 3 });
}, 120_000);
afterAll(async () => {
  await world?.close();
});

const targetOf = async (batch: string, address: string) => {
  const { batchId } = await world.api.batches.verify({ batch }).catch(() => ({ batchId: 0 }));
  const { lines } = await world.api.batches.lines({ batchId: batchId || (await world.api.batches.show({ batch })).id });
  return lines.find((line) => line.sourceAddress === address)?.targetAddress ?? '';
};

const member = async (batch: string) => {
  const [first] = (await world.api.cutover.show({ batch })).members;
  if (!first) throw new Error('no member');
  return first;
};
const statesOf = async (batch: string) =>
  Object.fromEntries((await member(batch)).steps.map(({ step, state }) => [step, state]));

describe('a cutover', { timeout: 120_000 }, () => {
  it('fetches mail that reached the source after the last delta, and ends with a signature', async () => {
    const { api } = world;
    const [address = ''] = await world.batchInSync('Late', 1);
    const target = await targetOf('Late', address);
    // The last delta is through, the comparison not yet: mail that comes now is in no delta.
    await api.batches.act({ batch: 'Late', action: 'cutover' });
    await world.work(async () => (await statesOf('Late')).finalDelta === 'done');
    await world.clients.source.mail(address, 'came late');
    await world.store.db.updateTable('task').set({ run_after: 0 }).where('state', '=', 'ready').execute();
    await world.work();
    expect(await world.states('Late')).toEqual(DONE);
    expect(await world.clients.target.inbox(target)).toContain('came late');
    expect(await world.clients.source.inbox(address)).toBe('ErrorNonExistentMailbox');
    await world.clients.source.mail(address, 'by way of the source');
    expect(await world.clients.target.inbox(target)).toContain('by way of the source');
    // The source mailbox is disconnected: the comparison after the switch stands, and that is said.
    expect((await api.batches.verify({ batch: 'Late', deep: true })).taskIds).toEqual([]);
    expect((await api.batches.verdict({ batch: 'Late' })).workloads).toMatchObject([{ stands: true, whole: true }]);
    const { steps, signOff } = await member('Late');
    expect(steps.filter(({ state }) => state !== 'done' && state !== 'skipped').map(({ step }) => step)).toEqual([
      'signOff',
    ]);
    expect(signOff).toEqual({ ok: true });
    await expect(api.cutover.signOff({ batch: 'Late', note: ' ' })).rejects.toThrow();
    expect(await api.cutover.signOff({ batch: 'Late', note: 'Anna has tried it.' })).toEqual({ signed: 1, already: 0 });
    expect((await api.cutover.show({ batch: 'Late' })).signedOff).toMatchObject({
      who: 'consultant',
      note: 'Anna has tried it.',
    });
    const undo = await api.batches.act({ batch: 'Late', action: 'undo' });
    expect(undo).toMatchObject({ moved: 0, stayed: [{ why: 'it is signed off', count: 1 }] });
    const audit = await world.store.db
      .selectFrom('audit')
      .select('action')
      .where('action', '=', 'batch.signOff')
      .execute();
    expect(audit).toHaveLength(1);
  });

  it('can be broken off until mail flow turns, and then only undone', async () => {
    const { api } = world;
    const [address = ''] = await world.batchInSync('Abort', 1);
    await expect(api.batches.act({ batch: 'Abort', action: 'abort' })).resolves.toMatchObject({
      moved: 0,
      stayed: [{ why: 'no cutover of it is under way' }],
    });
    await api.batches.act({ batch: 'Abort', action: 'cutover' });
    await world.work(async () => (await statesOf('Abort')).finalDelta === 'done');
    expect(await api.batches.act({ batch: 'Abort', action: 'abort' })).toMatchObject({
      moved: 1,
      state: 'inSync',
      kept: [],
    });
    await world.clients.source.mail(address, 'still at home');
    expect(await world.clients.source.inbox(address)).toContain('still at home');
    await api.batches.act({ batch: 'Abort', action: 'start' });
    await world.work();
    await api.batches.act({ batch: 'Abort', action: 'cutover' });
    await world.work();
    expect(await world.states('Abort')).toEqual(DONE);
    expect(await api.batches.act({ batch: 'Abort', action: 'abort' })).toMatchObject({ moved: 0 });
    await expect(api.cutover.setOptions({ batch: 'Abort', forwarding: 'deliverAndForward' })).rejects.toThrow(/turned/);
    const undone = await api.batches.act({ batch: 'Abort', action: 'undo' });
    expect(undone).toMatchObject({
      moved: 1,
      state: 'undone',
      kept: [],
      turned: [{ displayName: expect.any(String) }],
    });
    await world.clients.source.mail(address, 'home again');
    expect(await world.clients.source.inbox(address)).toContain('home again');
    await expect(api.cutover.signOff({ batch: 'Abort', note: 'no' })).rejects.toThrow(/members|not be/);
  });

  it('delivers and forwards until the signature, and doubles nothing', async () => {
    const { api } = world;
    const [address = ''] = await world.batchInSync('Both', 1, { forwarding: 'deliverAndForward' });
    const target = await targetOf('Both', address);
    await api.batches.act({ batch: 'Both', action: 'cutover' });
    await world.work();
    expect(await world.states('Both')).toEqual(DONE);
    expect(await statesOf('Both')).toMatchObject({ forwarding: 'done', disconnect: 'skipped', notify: 'skipped' });
    await world.clients.source.mail(address, 'in both');
    expect(await world.clients.source.inbox(address)).toContain('in both');
    const there = await world.clients.target.inbox(target);
    expect(Array.isArray(there) && there.filter((subject) => subject === 'in both')).toHaveLength(1);
    // Both sides are still there, and people ask once more: what came to them since is no difference.
    const before = (await api.batches.verdict({ batch: 'Both' })).workloads[0]?.at ?? 0;
    expect((await api.batches.verify({ batch: 'Both', deep: true })).taskIds).toHaveLength(1);
    await world.work();
    const [verdict] = (await api.batches.verdict({ batch: 'Both' })).workloads;
    expect(verdict).toMatchObject({ stands: false, whole: true, state: 'done' });
    expect(verdict?.at).toBeGreaterThan(before);
    await api.cutover.signOff({ batch: 'Both', note: 'fine' });
    expect(await statesOf('Both')).toMatchObject({ disconnect: 'done', signOff: 'done' });
    await world.clients.source.mail(address, 'only there');
    expect(await world.clients.source.inbox(address)).toBe('ErrorNonExistentMailbox');
    expect(await world.clients.target.inbox(target)).toContain('only there');
  });

  it('survives the death of its worker at any point: every step is done once, nothing is lost or doubled', async () => {
    const { api } = world;
    const [address = ''] = await world.batchInSync('Mortal', 1);
    const target = await targetOf('Mortal', address);
    const before = await world.clients.source.inbox(address);
    await api.batches.act({ batch: 'Mortal', action: 'cutover' });
    let deaths = 0;
    for (let deathAt = 3; ; deathAt += 6) {
      const { killed } = await world.life(deathAt);
      if (!killed) break;
      deaths++;
      // A task that kills its worker again and again is given up; here it is not the task's fault.
      await world.store.db.updateTable('task').set({ attempts: 0 }).where('state', 'in', ['ready', 'leased']).execute();
      if (deaths > 40) throw new Error('it never came to an end');
    }
    expect(deaths).toBeGreaterThan(2);
    expect(await world.states('Mortal')).toEqual(DONE);
    const states = await statesOf('Mortal');
    for (const step of stepsOf('mailbox').filter((one) => one !== 'signOff'))
      expect(['done', 'skipped']).toContain(states[step]);
    expect(await world.clients.target.inbox(target)).toEqual(before);
    const plans = await world.store.db
      .selectFrom('directory_change')
      .select(['dn', 'after_values'])
      .where('reason', 'like', 'forwards to%')
      .where('state', '=', 'applied')
      .execute();
    expect(new Set(plans.map(({ dn }) => dn)).size).toBe(plans.length);
  });

  it('locks public folders before their last delta, and an undo gives everybody their rights back', async () => {
    const { api } = world;
    await api.batches.create({
      name: 'Folders',
      choice: { kind: 'none' },
      publicFolders: ['/'],
      options: { lockPublicFolders: true },
    });
    await api.batches.act({ batch: 'Folders', action: 'start' });
    await world.work();
    await api.batches.act({ batch: 'Folders', action: 'cutover' });
    await world.work();
    expect(await world.states('Folders')).toEqual(DONE);
    expect(await statesOf('Folders')).toEqual({ lock: 'done', finalDelta: 'done', check: 'done', signOff: 'pending' });
    const locks = async () => (await api.publicFolders.locks({ batch: 'Folders' })).locks.map(({ state }) => state);
    const locked = await locks();
    expect(locked.length).toBeGreaterThan(2);
    expect(new Set(locked)).toEqual(new Set(['locked']));
    // The target has the lists from before the lock: compared again, nothing differs.
    const verdict = await api.batches.verdict({ batch: 'Folders' });
    expect(verdict.workloads[0]).toMatchObject({ whole: true, folders: { source: expect.any(Number) } });
    expect(verdict.workloads[0]?.folders?.verified).toBe(verdict.workloads[0]?.folders?.source);
    // So it is when somebody asks later, while they are still locked.
    await api.batches.verify({ batch: 'Folders', deep: false });
    await world.work();
    const [later] = (await api.batches.verdict({ batch: 'Folders' })).workloads;
    expect(later?.at).toBeGreaterThan(verdict.workloads[0]?.at ?? 0);
    expect(later?.folders?.verified).toBe(later?.folders?.source);
    await api.batches.act({ batch: 'Folders', action: 'undo' });
    expect(new Set(await locks())).toEqual(new Set(['released']));
    expect(await statesOf('Folders').catch(() => 'undone')).toBe('undone');
  });
});
