import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { enqueue } from '../core/store/queue.ts';
import { VIRTUAL_ADDRESS } from '../lab/seed/virtual-mailbox.ts';
import { World } from '../tests/migrate/world.ts';
import type { BenchRun } from './bench.ts';

const run_ = promisify(execFile);
const worker = fileURLToPath(new URL('./copy-worker.ts', import.meta.url));
const MB = 1024 * 1024;
const GIGABYTES = 100;
const LARGE = 150_000_000;
/** s of copying from the simulated mailbox before the worker is stopped; `MEMORY_SECONDS=whole` copies all of it. */
const SECONDS = process.env.MEMORY_SECONDS ?? '150';

interface Run {
  ms: number;
  peakRssMb: number;
  stopped: boolean;
  samples: { seconds: number; rssMb: number }[];
  results: { kind: string; copied?: number; bytes?: number; verified?: number; grade?: string }[];
}

/**
 * The memory of one worker: on a mailbox of 100 GB that the lab makes as it is read, of which it copies as much as the
 * time allows, and on an item of 150 MB that is copied and compared whole.
 */
export const run: BenchRun = async ({ progress }) => {
  const world = await World.start({
    users: 2,
    separate: true,
    lab: {
      users: 1,
      items: 0,
      virtual: { items: GIGABYTES * 4_000, bytes: GIGABYTES * 1e9 },
      largeItems: [LARGE],
      ews: { maxRequestBytes: 256 * MB },
    },
  });
  try {
    const [huge = '', large = ''] = world.users;
    const first = world.lab.organisations[0]?.mailboxes[0]?.user ?? '';
    await world.batchFor(first, large, { settings: false });
    progress('one item of 150 MB: copied and compared');
    const single = [await task(world, 'hierarchy'), await task(world, 'sync'), await task(world, 'verify')];
    const verdict = single.at(-1)?.results.at(-1);
    progress(`the item: ${Math.round(peakOf(single))} MB, ${verdict?.grade}`);
    await world.batchFor(VIRTUAL_ADDRESS, huge, { settings: false });
    await task(world, 'hierarchy');
    progress(`${GIGABYTES} GB simulated: ${SECONDS} s of copying`);
    const stream = await task(world, 'sync', SECONDS === 'whole' ? undefined : Number(SECONDS));
    const { done } = await world.store.db
      .selectFrom('workload')
      .select((eb) => eb.fn.max('bytes_done').as('done'))
      .executeTakeFirstOrThrow();
    return {
      name: 'memory',
      figures: {
        peakRssMbWith150MbItem: Math.round(peakOf(single)),
        verified150MbItem: verdict?.verified ?? 0,
        peakRssMbOf100GbMailbox: Math.round(stream.peakRssMb),
        gigabytesCopied: Number((Number(done) / 1e9).toPrecision(3)),
        ...points(stream.samples),
      },
      ratios: { lastToFirstHalf: growth(stream.samples) },
      aims: { peakRssMbWith150MbItem: 400, peakRssMbOf100GbMailbox: 400, lastToFirstHalf: 1.15 },
      skipped: stream.stopped ? [`the rest of the ${GIGABYTES} GB (MEMORY_SECONDS=whole copies all)`] : [],
    };
  } finally {
    await world.close();
  }
};

const peakOf = (runs: Run[]): number => Math.max(...runs.map((one) => one.peakRssMb));

/** Resident memory at a quarter, half, three quarters and the end of the time. */
function points(samples: Run['samples']): Record<string, number> {
  const at = (part: number): number => samples[Math.floor((samples.length - 1) * part)]?.rssMb ?? 0;
  return Object.fromEntries([0.25, 0.5, 0.75, 1].map((part) => [`rssMbAt${part * 100}Percent`, Math.round(at(part))]));
}

/** Mean memory of the second half of the time to that of the first: 1 when it is flat. */
function growth(samples: Run['samples']): number {
  const half = Math.floor(samples.length / 2);
  const mean = (part: Run['samples']): number =>
    part.reduce((sum, one) => sum + one.rssMb, 0) / Math.max(1, part.length);
  return Number((mean(samples.slice(half)) / mean(samples.slice(Math.min(2, half), half))).toPrecision(3));
}

async function task(world: World, kind: 'hierarchy' | 'sync' | 'verify', stopAfter?: number): Promise<Run> {
  const [workload] = world.workloads;
  if (!workload) throw new Error('no workload');
  await enqueue(world.store, [{ kind, payload: {}, batchId: workload.batchId, workloadId: workload.id }]);
  const { stdout } = await run_(
    process.execPath,
    [
      '--max-semi-space-size=4',
      worker,
      world.store.url,
      world.readyFile,
      String(world.machineId),
      kind,
      ...(stopAfter === undefined ? [] : [String(stopAfter)]),
    ],
    { maxBuffer: 16 * MB },
  );
  return JSON.parse(stdout) as Run;
}
