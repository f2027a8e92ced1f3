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

const CONNECTIONS = 27;
const LATENCY_MS = 50;
/** Bytes a second on each connection of the server with limits. */
const BYTES_A_SECOND = 300_000;
const LIMITED_ITEMS = 1_600;
/** The server that is the limit when workers are counted: its answers take so long, and it takes so many calls at once. */
const SLOW_MS = 350;
const SLOW_CONNECTIONS = 3;
const SCALED_ITEMS = 700;
const COUNTS = [1, 2, 4] as const;

/**
 * How near the copy comes to what a server allows (27 connections, 50 ms, so many bytes a second on each), against a relay
 * that knows these limits beforehand; and how several workers share a server that is the limit.
 */
export async function limits(
  progress: (text: string) => void,
  items = { limited: LIMITED_ITEMS, scaled: SCALED_ITEMS },
): Promise<Record<string, number>> {
  const world = await World.start({ users: 3 + COUNTS.length + 4, separate: true, faults: faults() });
  try {
    const [limited = '', relayed = '', ours = '', ...scaled] = world.users;
    await fill(world, limited, items.limited, 30_000);
    const relays: number[] = [];
    const times: number[] = [];
    for (const _ of [1, 2]) {
      await world.prepareFolders(limited, relayed);
      relays.push(await relay(world, limited, relayed));
      await world.batchFor(limited, ours, { settings: false, permissions: false });
      times.push(await workers(world, 1, CONNECTIONS));
      await empty(world, relayed);
      await empty(world, ours);
    }
    const toLimits = median(times.map((ms, round) => (relays[round] ?? Number.NaN) / ms));
    progress(`limits: ours ${Math.round(median(times))} ms, a relay that knows them ${Math.round(median(relays))} ms`);
    const sources = scaled.slice(0, Math.max(...COUNTS));
    for (const source of sources) await fill(world, source, items.scaled, 2_000);
    const alone: Record<number, number> = {};
    for (const count of COUNTS) {
      for (const source of sources) await empty(world, source);
      alone[count] = await together(world, sources.slice(0, count));
      progress(`${count} workers: ${Math.round(alone[count] ?? 0)} ms for ${count} mailboxes of ${items.scaled} items`);
    }
    const [first = Number.NaN, second = Number.NaN, fourth = Number.NaN] = COUNTS.map((count) => alone[count]);
    return { toLimits, scalingOf2Workers: first / second, scalingOf4Workers: first / fourth };
  } finally {
    await world.close();
  }
}

/** The first user's mailbox has the limits; the others' server is slow. */
function faults(): FaultPlanInput {
  const slow = ['ExportItems', 'UploadItems', 'GetItem', 'SyncFolderItems'];
  const mailboxes = Array.from({ length: 4 }, (_, index) => `tester${index + 3}@`);
  return {
    seed: 1,
    rules: [
      { fault: { kind: 'latency', ms: LATENCY_MS } },
      {
        organisation: 'source',
        mailbox: 'tester0@source.test',
        operation: 'ExportItems',
        fault: { kind: 'slow', bytesPerSecond: BYTES_A_SECOND },
      },
      ...mailboxes.flatMap((user) =>
        ['source.test', 'target.test'].map((domain) => ({
          mailbox: `${user}${domain}`,
          operation: slow,
          fault: { kind: 'latency' as const, ms: SLOW_MS },
        })),
      ),
    ],
  };
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
  return await processes(world, users.length, SLOW_CONNECTIONS);
}

async function workers(world: World, count: number, connections: number): Promise<number> {
  const [workload] = world.workloads;
  if (!workload) throw new Error('no workload');
  await world.run('hierarchy', workload);
  await enqueue(world.store, [{ kind: 'sync', payload: {}, batchId: workload.batchId, workloadId: workload.id }]);
  return await processes(world, count, connections);
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
