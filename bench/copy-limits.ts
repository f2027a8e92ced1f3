import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { enqueue } from '../core/store/queue.ts';
import type { FaultPlanInput } from '../lab/faults.ts';
import { mail } from '../tests/migrate/messages.ts';
import { World } from '../tests/migrate/world.ts';
import { median } from './bench.ts';

const run_ = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the server of the first part allows: calls at a time, ms before each answer, bytes a second on each connection. */
const CONNECTIONS = 27;
const LATENCY_MS = 50;
const BYTES_A_SECOND = 200_000;
const LIMITED_ITEMS = Number(process.env.COPY_LIMITED_ITEMS ?? 6_000);
const LIMITED_BYTES = 30_000;
/**
 * What the server of the second part allows each mailbox. Four workers together ask for 1.2 MB a second of small items
 * then, some 150 items a second: a fraction of what two cores can do, so that it is the server that limits.
 */
const SCALED_CONNECTIONS = 3;
const SCALED_BYTES_A_SECOND = 100_000;
const SCALED_ITEMS = Number(process.env.COPY_SCALED_ITEMS ?? 900);
const SCALED_BYTES = 2_000;
const COUNTS = [1, 2, 4] as const;
const ROUNDS = 2;

/**
 * How near the copy comes to what a server allows (27 connections, 50 ms, so many bytes a second on each), against a relay
 * that knows these limits beforehand and does nothing but copy.
 */
export async function limits(progress: (text: string) => void): Promise<Record<string, number>> {
  const slow = { kind: 'slow' as const, bytesPerSecond: BYTES_A_SECOND };
  const faults: FaultPlanInput = {
    seed: 1,
    rules: [
      { fault: { kind: 'latency', ms: LATENCY_MS } },
      { organisation: 'source', operation: 'ExportItems', fault: slow },
    ],
  };
  const world = await World.start({ users: 1 + 2 * ROUNDS, separate: true, faults });
  try {
    const [source = '', ...targets] = world.users;
    await fill(world, source, LIMITED_ITEMS, LIMITED_BYTES);
    const relays: number[] = [];
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const [relayed = '', ours = ''] = targets.splice(0, 2);
      await world.prepareFolders(source, relayed);
      relays.push(await relay(world, source, relayed));
      await world.batchFor(source, ours, { settings: false, permissions: false });
      times.push(await alone(world));
      progress(`limits, round ${round}: ours ${secondsOf(times)} s, a relay that knows them ${secondsOf(relays)} s`);
    }
    return { toLimits: median(times.map((ms, round) => (relays[round] ?? Number.NaN) / ms)) };
  } finally {
    await world.close();
  }
}

const secondsOf = (all: number[]): string => ((all.at(-1) ?? Number.NaN) / 1_000).toFixed(1);

/** How several workers, each at a mailbox of its own, share servers that are the limit. */
export async function scaling(progress: (text: string) => void): Promise<Record<string, number>> {
  const slow = { kind: 'slow' as const, bytesPerSecond: SCALED_BYTES_A_SECOND };
  const faults: FaultPlanInput = {
    seed: 1,
    rules: [
      { fault: { kind: 'latency', ms: LATENCY_MS } },
      { organisation: 'source', operation: 'ExportItems', fault: slow },
    ],
  };
  const world = await World.start({ users: Math.max(...COUNTS), separate: true, faults });
  try {
    for (const source of world.users) await fill(world, source, SCALED_ITEMS, SCALED_BYTES);
    const took: number[] = [];
    for (const count of COUNTS) {
      for (const user of world.users) await empty(world, user);
      took.push(await together(world, world.users.slice(0, count)));
      progress(`${count} workers: ${secondsOf(took)} s for ${count} mailboxes of ${SCALED_ITEMS} items`);
    }
    const [one = Number.NaN, two = Number.NaN, four = Number.NaN] = took;
    return { scalingOf2Workers: one / two, scalingOf4Workers: one / four };
  } finally {
    await world.close();
  }
}

async function fill(world: World, user: string, count: number, bytes: number): Promise<void> {
  const box = world.box('source', user);
  const inbox = await world.inbox(box);
  const folders = [inbox, await world.folder(box, inbox, 'One'), await world.folder(box, inbox, 'Two')];
  for (let at = 0; at < count; at += 100)
    await world.put(
      box,
      folders[(at / 100) % folders.length] ?? inbox,
      Array.from({ length: Math.min(100, count - at) }, (_, i) =>
        mail(`Item ${at + i}`, bytes / 2 + ((i * 7919) % bytes)),
      ),
    );
}

/** Takes the items out of a target mailbox, for the next round. */
async function empty(world: World, user: string): Promise<void> {
  const box = world.box('target', user);
  for (const items of (await world.content(box)).values())
    for (let at = 0; at < items.length; at += 500)
      await box.deleteItems(items.slice(at, at + 500).map((item) => item.id));
}

async function relay(world: World, source: string, target: string): Promise<number> {
  const args = [here('copy-relay.ts'), world.readyFile, source, world.targetAddress(target), String(CONNECTIONS)];
  const { stdout } = await run_(process.execPath, args, { maxBuffer: 1 << 24 });
  return (JSON.parse(stdout) as { ms: number }).ms;
}

/** Hierarchies first, then all syncs at once, one process each; ms until the last one is through. */
async function together(world: World, users: string[]): Promise<number> {
  const workloads = [];
  for (const user of users) {
    await world.batchFor(user, user, { settings: false, permissions: false });
    const [workload] = world.workloads;
    if (!workload) throw new Error('no workload');
    await world.run('hierarchy', workload);
    workloads.push(workload);
  }
  const tasks = workloads.map(({ id, batchId }) => ({ kind: 'sync' as const, payload: {}, batchId, workloadId: id }));
  await enqueue(world.store, tasks);
  return await processes(world, users.length, SCALED_CONNECTIONS);
}

async function alone(world: World): Promise<number> {
  const [workload] = world.workloads;
  if (!workload) throw new Error('no workload');
  await world.run('hierarchy', workload);
  await enqueue(world.store, [{ kind: 'sync', payload: {}, batchId: workload.batchId, workloadId: workload.id }]);
  return await processes(world, 1, CONNECTIONS);
}

/** Worker processes side by side, with one task each. */
async function processes(world: World, count: number, connections: number): Promise<number> {
  const one = async (): Promise<number> => {
    const { stdout } = await run_(
      process.execPath,
      [
        '--max-semi-space-size=4',
        here('copy-worker.ts'),
        world.store.url,
        world.readyFile,
        String(world.machineId),
        'sync',
      ],
      { maxBuffer: 1 << 24, env: { ...process.env, COPY_CONNECTIONS: String(connections), COPY_TASKS: '1' } },
    );
    return (JSON.parse(stdout) as { ms: number }).ms;
  };
  return Math.max(...(await Promise.all(Array.from({ length: count }, one))));
}
