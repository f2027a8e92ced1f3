import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setProp } from '../core/domain/mapi/bag.ts';
import { AttachMethod, newAttachment } from '../core/domain/mapi/message.ts';
import type { MapiMessage } from '../core/domain/mapi/model.ts';
import { PidTag } from '../core/domain/mapi/tags.ts';
import type { TaskKind } from '../core/domain/words.ts';
import type { SyncResult } from '../core/migrate/context.ts';
import { enqueue } from '../core/store/queue.ts';
import { mail } from '../tests/migrate/messages.ts';
import { World } from '../tests/migrate/world.ts';
import { type BenchResult, type BenchRun, median } from './bench.ts';
import { limits, scaling } from './copy-limits.ts';

const run_ = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = '/usr/bin/python3';
const MB = 1024 * 1024;

const SMALL = 3_000;
const ROUNDS = 3;

interface Worker {
  ms: number;
  cpuMs: number;
  peakRssMb: number;
  results: SyncResult[];
}
interface Peer {
  ms: number;
  items: number;
  cpuMs?: number;
  peakRssMb?: number;
}

/** Parts to run, joined by commas: the rate against peers, what a server allows, and several workers. */
const PARTS = (process.env.COPY_PARTS ?? 'rate,limits,scaling').split(',');

/**
 * The copy path with one worker, ledger and the check of every written item on, against a bare relay and against
 * exchangelib: one lab, one run, each peer into a mailbox of its own.
 */
export const run: BenchRun = async ({ progress }) => {
  const none: Part = { figures: {}, ratios: {}, skipped: [] };
  const ratesPart = PARTS.includes('rate') ? await rates(progress) : none;
  const limited = PARTS.includes('limits') ? await limits(progress) : {};
  const scaled = PARTS.includes('scaling') ? await scaling(progress) : {};
  return {
    name: 'copy',
    figures: rounded(ratesPart.figures),
    ratios: rounded({ ...ratesPart.ratios, ...limited, ...scaled }),
    aims: {
      toRelay: 0.8,
      toExchangelib: 5,
      toLimits: 0.9,
      scalingOf2Workers: 0.9,
      scalingOf4Workers: 0.9,
      callsPerItem: 0.12,
      peakRssMbWith40MbItem: 300,
      unchangedRerun: 0.05,
    },
    skipped: [...ratesPart.skipped, ...['rate', 'limits', 'scaling'].filter((part) => !PARTS.includes(part))],
  };
};

type Part = Pick<BenchResult, 'figures' | 'ratios' | 'skipped'>;

async function rates(progress: (text: string) => void): Promise<Part> {
  const world = await World.start({ users: 2 + ROUNDS * 3, separate: true });
  try {
    progress('filling the source mailbox');
    const [source = '', large = '', ...targets] = world.users;
    const bytes = await fill(world, source, SMALL);
    const largeBox = world.box('source', large);
    await world.put(largeBox, await world.inbox(largeBox), [withAttachment(40 * MB)]);
    const ours: Worker[] = [];
    const again: Worker[] = [];
    const relays: Peer[] = [];
    const theirs: Peer[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [mine = '', relayed = '', python = ''] = targets.splice(0, 3);
      await world.prepareFolders(source, relayed);
      relays.push(await relay(world, source, relayed));
      await world.batchFor(source, mine);
      ours.push(await worker(world, ['hierarchy', 'sync']));
      again.push(await worker(world, ['hierarchy', 'sync']));
      await world.prepareFolders(source, python);
      const peer = await exchangelib(world, source, python);
      if (peer) theirs.push(peer);
      progress(
        `round ${round + 1}: ours ${rate(ours.at(-1)?.ms)}, relay ${rate(relays.at(-1)?.ms)}, exchangelib ${rate(peer?.ms)} items/s; unchanged rerun ${Math.round(again.at(-1)?.ms ?? 0)} ms`,
      );
    }
    await world.batchFor(large, large);
    const big = await worker(world, ['hierarchy', 'sync']);
    const first = ours[0]?.results.find((r) => r.kind === 'sync');
    const rerun = again[0]?.results.find((r) => r.kind === 'sync');
    const ms = median(ours.map((o) => o.ms));
    const against = (peers: Peer[]) => median(ours.map((one, round) => (peers[round]?.ms ?? Number.NaN) / one.ms));
    return {
      figures: {
        items: SMALL,
        megabytes: bytes / MB,
        itemsPerSecond: (SMALL * 1000) / ms,
        megabytesPerSecond: (bytes / MB / ms) * 1000,
        relayItemsPerSecond: (SMALL * 1000) / median(relays.map((r) => r.ms)),
        ...(theirs.length > 0 ? { exchangelibItemsPerSecond: (SMALL * 1000) / median(theirs.map((t) => t.ms)) } : {}),
        workerCpuMs: median(ours.map((o) => o.cpuMs)),
        relayCpuMs: median(relays.map((r) => r.cpuMs ?? 0)),
        callsPerItem: (first?.calls ?? 0) / SMALL,
        callsOfUnchangedSync: rerun?.calls ?? 0,
        peakRssMbSmall: Math.max(...ours.map((o) => o.peakRssMb)),
        peakRssMbWith40MbItem: big.peakRssMb,
      },
      ratios: {
        toRelay: against(relays),
        ...(theirs.length > 0 ? { toExchangelib: against(theirs) } : {}),
        unchangedRerun: median(again.map((one, round) => one.ms / (ours[round]?.ms ?? Number.NaN))),
      },
      skipped: theirs.length === 0 ? ['exchangelib'] : [],
    };
  } finally {
    await world.close();
  }
}

const rate = (ms: number | undefined): string => (ms === undefined ? '-' : String(Math.round((SMALL * 1000) / ms)));
const rounded = (values: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toPrecision(4))]));

/** A message with an attachment of so many bytes. */
function withAttachment(bytes: number): MapiMessage {
  return mail('Large', 500, (message) => {
    const attachment = newAttachment(AttachMethod.byValue);
    setProp(attachment, PidTag.AttachLongFilename, 'large.bin');
    setProp(attachment, PidTag.AttachDataBinary, new Uint8Array(Buffer.alloc(bytes, 'transplant')));
    message.attachments.push(attachment);
  });
}

/** Mail of usual sizes: mostly a few KB, one in twenty with some hundred. Returns bytes. */
async function fill(world: World, user: string, count: number): Promise<number> {
  const box = world.box('source', user);
  const inbox = await world.inbox(box);
  const folders = [inbox];
  for (let i = 0; i < 11; i++) folders.push(await world.folder(box, inbox, `Folder ${i}`));
  let bytes = 0;
  for (let at = 0; at < count; at += 100) {
    const part: MapiMessage[] = [];
    for (let i = at; i < Math.min(count, at + 100); i++)
      part.push(mail(`Message ${i}`, i % 20 === 0 ? 300_000 : 2_000 + ((i * 7919) % 12_000)));
    const infos = await world.put(box, folders[(at / 100) % folders.length] ?? inbox, part);
    bytes += infos.reduce((sum, info) => sum + info.size, 0);
  }
  return bytes;
}

async function worker(world: World, kinds: TaskKind[]): Promise<Worker> {
  const [workload] = world.workloads;
  if (!workload) throw new Error('no workload');
  let total: Worker | undefined;
  for (const kind of kinds) {
    await enqueue(world.store, [{ kind, payload: {}, batchId: workload.batchId, workloadId: workload.id }]);
    const { stdout } = await run_(
      process.execPath,
      [
        '--max-semi-space-size=4',
        here('copy-worker.ts'),
        world.store.url,
        world.readyFile,
        String(world.machineId),
        kind,
      ],
      { maxBuffer: 16 * MB },
    );
    const one = JSON.parse(stdout) as Worker;
    total = total
      ? {
          ms: total.ms + one.ms,
          cpuMs: total.cpuMs + one.cpuMs,
          peakRssMb: Math.max(total.peakRssMb, one.peakRssMb),
          results: [...total.results, ...one.results],
        }
      : one;
  }
  if (!total) throw new Error('nothing ran');
  return total;
}

async function relay(world: World, source: string, target: string): Promise<Peer> {
  const { stdout } = await run_(
    process.execPath,
    [here('copy-relay.ts'), world.readyFile, source, world.targetAddress(target)],
    { maxBuffer: 16 * MB },
  );
  return JSON.parse(stdout) as Peer;
}

async function exchangelib(world: World, source: string, target: string): Promise<Peer | undefined> {
  if (!existsSync(PYTHON)) return undefined;
  try {
    await run_(PYTHON, ['-c', 'import exchangelib']);
  } catch {
    return undefined;
  }
  const { stdout } = await run_(PYTHON, [
    here('copy-exchangelib.py'),
    world.readyFile,
    source,
    world.targetAddress(target),
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Peer;
}
