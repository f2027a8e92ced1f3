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
const ITEMS = GIGABYTES * 4_000;
const LARGE = 150_000_000;
/** s of copying from the simulated mailbox before the worker is stopped; `MEMORY_SECONDS=whole` copies all of it. */
const SECONDS = process.env.MEMORY_SECONDS ?? '150';
/** The same for as many items in as many folders, but small. */
const COUNT_SECONDS = process.env.MEMORY_COUNT_SECONDS ?? '120';
/** Parts to run, joined by commas. */
const PARTS = (process.env.MEMORY_PARTS ?? 'item,bytes,count').split(',');

interface Run {
  ms: number;
  peakRssMb: number;
  stopped: boolean;
  samples: { seconds: number; rssMb: number }[];
  results: { kind: string; copied?: number; bytes?: number; verified?: number; grade?: string }[];
}
type Figures = Record<string, number>;
interface Part {
  figures: Figures;
  ratios?: Figures;
  skipped?: string[];
}

/**
 * The memory of one worker: on an item of 150 MB that is copied and compared whole, and on a mailbox of 100 GB that the lab
 * makes as it is read, of which it copies as much as the time allows. What grows with bytes and what grows with the number
 * of items are looked at apart: `bytes` copies items of their true size, `count` as many items as 100 GB are, of 2.5 KB.
 */
export const run: BenchRun = async ({ progress }) => {
  const parts: Record<string, () => Promise<Part>> = {
    item: () => item(progress),
    bytes: () => simulated(progress, { name: 'Of100GbMailbox', suffix: '', bytes: GIGABYTES * 1e9, seconds: SECONDS }),
    count: () => simulated(progress, { name: 'Of400000Items', suffix: 'ByCount', bytes: 1e9, seconds: COUNT_SECONDS }),
  };
  const done: Part[] = [];
  for (const name of PARTS) {
    const part = parts[name];
    if (!part) throw new Error(`MEMORY_PARTS knows ${Object.keys(parts).join(', ')}, not ${name}`);
    done.push(await part());
  }
  return {
    name: 'memory',
    figures: Object.assign({}, ...done.map((part) => part.figures)) as Figures,
    ratios: Object.assign({}, ...done.map((part) => part.ratios ?? {})) as Figures,
    aims: {
      peakRssMbWith150MbItem: 400,
      peakRssMbOf100GbMailbox: 400,
      peakRssMbOf400000Items: 400,
      lastToFirstHalf: 1.15,
      lastToFirstHalfByCount: 1.15,
    },
    skipped: [...PARTS_LEFT_OUT, ...done.flatMap((part) => part.skipped ?? [])],
  };
};
const PARTS_LEFT_OUT = ['item', 'bytes', 'count'].filter((name) => !PARTS.includes(name));

async function item(progress: (text: string) => void): Promise<Part> {
  const world = await World.start({
    users: 2,
    separate: true,
    lab: { users: 1, items: 0, largeItems: [LARGE], ews: { maxRequestBytes: 256 * MB } },
  });
  try {
    const first = world.lab.organisations[0]?.mailboxes[0]?.user ?? '';
    await world.batchFor(first, world.users[1] ?? '', { settings: false });
    progress('one item of 150 MB: copied and compared');
    const single = [await task(world, 'hierarchy'), await task(world, 'sync'), await task(world, 'verify')];
    const verdict = single.at(-1)?.results.at(-1);
    progress(`the item: ${Math.round(peakOf(single))} MB, ${verdict?.grade}`);
    return {
      figures: {
        peakRssMbWith150MbItem: Math.round(peakOf(single)),
        verified150MbItem: verdict?.verified ?? 0,
      },
    };
  } finally {
    await world.close();
  }
}

/** A mailbox with the number of items and folders that 100 GB have, of so many bytes. */
async function simulated(
  progress: (text: string) => void,
  { name, suffix, bytes, seconds }: { name: string; suffix: string; bytes: number; seconds: string },
): Promise<Part> {
  const lab = { users: 1, items: 0, virtual: { items: ITEMS, bytes } };
  const world = await World.start({ users: 1, separate: true, lab });
  try {
    await world.batchFor(VIRTUAL_ADDRESS, world.users[0] ?? '', { settings: false });
    await task(world, 'hierarchy');
    progress(`${ITEMS} items of ${Math.round(bytes / 1e9)} GB simulated: ${seconds} s of copying`);
    const run = await task(world, 'sync', seconds === 'whole' ? undefined : Number(seconds));
    const done = await world.store.db
      .selectFrom('workload')
      .select((eb) => [eb.fn.max('bytes_done').as('bytes'), eb.fn.max('items_done').as('items')])
      .executeTakeFirstOrThrow();
    const gigabytes = Number((Number(done.bytes) / 1e9).toPrecision(3));
    progress(`${done.items} items, ${gigabytes} GB in ${Math.round(run.ms / 1000)} s: ${Math.round(run.peakRssMb)} MB`);
    return {
      figures: {
        [`peakRssMb${name}`]: Math.round(run.peakRssMb),
        [`gigabytesCopied${suffix}`]: gigabytes,
        [`itemsCopied${suffix}`]: Number(done.items),
        ...points(run.samples, suffix),
      },
      ratios: { [`lastToFirstHalf${suffix}`]: growth(run.samples) },
      skipped: run.stopped ? [`the rest of the ${ITEMS} items of ${Math.round(bytes / 1e9)} GB`] : [],
    };
  } finally {
    await world.close();
  }
}

const peakOf = (runs: Run[]): number => Math.max(...runs.map((one) => one.peakRssMb));

/** Resident memory at a quarter, half, three quarters and the end of the time. */
function points(samples: Run['samples'], suffix: string): Figures {
  const at = (part: number): number => samples[Math.floor((samples.length - 1) * part)]?.rssMb ?? 0;
  return Object.fromEntries(
    [0.25, 0.5, 0.75, 1].map((part) => [`rssMbAt${part * 100}Percent${suffix}`, Math.round(at(part))]),
  );
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
