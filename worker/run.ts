import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClosableLog, openLog } from '../core/api/log.ts';
import { keyFile } from '../core/api/machine.ts';
import { dataFolder } from '../core/api/paths.ts';
import { programVersion } from '../core/api/version.ts';
import type { Log } from '../core/domain/log.ts';
import { failStranded, taskGaveUp, taskPaused } from '../core/plan/batches/follow.ts';
import { runningInClosedTimes } from '../core/store/closed-times.ts';
import { type Keyring, openKeyring } from '../core/store/keyring.ts';
import { loadMachineKey } from '../core/store/machine-key.ts';
import { findMachine, type Machine, MachineRemovedError, touchMachine } from '../core/store/machines.ts';
import { openStore } from '../core/store/open.ts';
import { handBackEarlier } from '../core/store/queue-recover.ts';
import type { Store } from '../core/store/store.ts';
import { makeExecute } from './execute.ts';
import { Facts } from './facts.ts';
import { type Execute, Loop } from './loop.ts';
import { keepHeapSmall, pressureOf, STORE_CACHE_BYTES, usualMemoryLimit } from './memory.ts';
import { isOutage, nameOf, throughOutage } from './outage.ts';
import { keepSchedules } from './schedules.ts';
import { LogShipper } from './ship.ts';

export interface WorkerSettings {
  url: string;
  /** Unique in the project; the key file carries it too. */
  name: string;
  concurrency: number;
  /** Ends when no task is open. */
  untilIdle: boolean;
  /** Bytes of resident memory it allows itself. */
  memoryLimit?: number;
  /** A graceful stop: running tasks are handed back. */
  signal: AbortSignal;
  /** Lines for the person who started it. */
  say: (text: string) => void;
  /** ms a task is ours without a sign of life. */
  leaseMs?: number;
  /** Another way to do the work of a task; for tests of the loop. */
  execute?: (worker: WorkerParts) => Execute;
}

/** What the work of a task needs of its worker. */
export interface WorkerParts {
  /** The machine's name, for the audit log. */
  name: string;
  store: Store;
  keyring: Keyring;
  machineId: number;
  log: Log;
  facts: Facts;
}

export interface WorkerEnd {
  name: string;
  tasks: number;
  failed: number;
  /** It stopped because its memory limit was passed; a service starts it again. */
  outOfMemory: boolean;
}

const LEASE_MS = 30_000;
const BEAT_MS = 3_000;
const MINUTE = 60_000;
const APPROVAL_POLL_MS = 1_000;

/**
 * A worker's whole life: enrol, wait for approval, work until told to stop. It needs the database's URL and its own key
 * file, no administrator, and outbound connections only.
 * @throws StoreNewerError, StoreOutdatedError where program and database are of different versions; MachineRemovedError;
 *   MachineKeyError
 */
export async function runWorker(settings: WorkerSettings): Promise<WorkerEnd> {
  keepHeapSmall();
  const { signal, say } = settings;
  const folder = dataFolder();
  let shipper: LogShipper | undefined;
  const log = openLog({ folder: join(folder, 'logs'), program: 'worker', ship: (line) => shipper?.add(line) });
  try {
    const store = await throughOutage(() => openStore(settings.url, { cacheBytes: STORE_CACHE_BYTES }), {
      signal,
      log,
    });
    shipper = new LogShipper(store);
    try {
      return await work(store, settings, log, shipper, new Facts(folder));
    } finally {
      await store.close();
    }
  } catch (error) {
    if (signal.aborted) return { name: settings.name, tasks: 0, failed: 0, outOfMemory: false };
    log.error('the worker ends', { error: nameOf(error) });
    say(`Worker ${settings.name} ends.`);
    throw error;
  } finally {
    await log.close();
  }
}

async function work(
  store: Store,
  settings: WorkerSettings,
  log: ClosableLog,
  shipper: LogShipper,
  facts: Facts,
): Promise<WorkerEnd> {
  const { signal, say } = settings;
  const key = await loadMachineKey(keyFile(`worker-${settings.name}`), say);
  const enrolment = { name: settings.name, kind: 'worker', version: programVersion(), facts: facts.read(0) } as const;
  const { keyring, machine } = await throughOutage(() => openKeyring(store, key, enrolment), { signal, log });
  say(`Worker ${machine.name} on ${hostname()}, fingerprint of its key:\n  ${machine.fingerprint}`);
  if (!(await approved(store, machine, settings, log))) {
    return { name: machine.name, tasks: 0, failed: 0, outOfMemory: false };
  }
  const earlier = await throughOutage(() => handBackEarlier(store, machine.id), { signal, log });
  if (earlier > 0) log.warn('tasks of an earlier life of this worker were handed back', { tasks: earlier });
  log.info('works', { worker: machine.name, machine: machine.id, version: programVersion() });
  say('Approved; working.');
  return await workOn({ name: machine.name, store, keyring, machineId: machine.id, log, facts }, settings, shipper);
}

async function workOn(parts: WorkerParts, settings: WorkerSettings, shipper: LogShipper): Promise<WorkerEnd> {
  const { name, store, machineId, log, facts } = parts;
  const limit = settings.memoryLimit ?? usualMemoryLimit();
  const counts = { tasks: 0, failed: 0 };
  const end = new AbortController();
  const signal = AbortSignal.any([settings.signal, end.signal]);
  let outOfMemory = false;
  // A person who looks at the worker sees each trouble once, not once a mailbox.
  const told = new Set<string>();
  const tell = ({ message }: { message: string }) => {
    if (told.size < 100 && !told.has(message)) settings.say(message);
    told.add(message);
  };
  const made = (settings.execute ?? makeExecute)(parts);
  const loop = new Loop({
    store,
    machineId,
    concurrency: settings.concurrency,
    leaseMs: settings.leaseMs ?? LEASE_MS,
    execute: async (lease) => {
      await made(lease);
      counts.tasks++;
    },
    paused: (claim, failure) => {
      tell(failure);
      return taskPaused(store, claim, failure);
    },
    gaveUp: async (claim, failure) => {
      counts.failed++;
      tell(failure);
      await taskGaveUp(store, claim, failure);
    },
    room: () => (pressureOf(process.memoryUsage.rss(), limit) === 'none' ? settings.concurrency : 0),
    signal,
    log,
    ...(settings.untilIdle && { untilIdle: () => nothingOpen(store, machineId) }),
  });
  let overSince: number | undefined;
  const startMinute = Math.floor((await throughOutage(() => store.now(), { signal, log })) / MINUTE);
  const beat = async () => {
    const used = process.memoryUsage.rss();
    if (pressureOf(used, limit) !== 'over') overSince = undefined;
    else {
      overSince ??= performance.now();
      log.warn('more memory than allowed; a task is handed back', { used, limit });
      if (loop.running > 1) loop.handBack(1);
      // One task alone that stays above the limit for a minute will not get better: a service starts the worker anew.
      else if (performance.now() - overSince > 60_000) {
        outOfMemory = true;
        end.abort();
      }
    }
    const copied = await copiedSince(store, machineId, startMinute);
    facts.copied(copied.items, copied.bytes);
    await touchMachine(store, machineId, facts.read(loop.running));
    await failStranded(store);
    await keepSchedules(store);
    loop.handBackTasks(await runningInClosedTimes(store, machineId));
    await shipper.flush(machineId, log);
  };
  const beats = new AbortController();
  const beating = beatUntil(beat, beats.signal, log);
  try {
    await Promise.race([loop.run(), beating]);
  } finally {
    end.abort();
    beats.abort();
    await beating.catch(() => undefined);
    await shipper.flush(machineId, log).catch(() => undefined);
    log.info('ends', { worker: name, tasks: counts.tasks, failed: counts.failed });
  }
  return { name, ...counts, outOfMemory };
}

/** A sign of life every few seconds. Ends by the signal, or throws when the machine was removed. */
async function beatUntil(beat: () => Promise<void>, stop: AbortSignal, log: Log): Promise<void> {
  while (!stop.aborted) {
    try {
      await beat();
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.debug('a sign of life did not get through', { error: nameOf(error) });
    }
    await sleep(BEAT_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Waits until somebody approves the machine. @returns false when told to stop before */
async function approved(store: Store, machine: Machine, settings: WorkerSettings, log: Log): Promise<boolean> {
  const { signal, say } = settings;
  let told = false;
  while (!signal.aborted) {
    const now = await throughOutage(() => findMachine(store, machine.id), { signal, log }).catch((error: unknown) => {
      if (signal.aborted) return machine;
      throw error;
    });
    if (!now) throw new MachineRemovedError();
    if (now.state !== 'waiting') return true;
    if (!told) say(`Waiting for approval. On a console: transplant worker approve ${machine.name}`);
    told = true;
    await sleep(APPROVAL_POLL_MS, undefined, { signal }).catch(() => undefined);
    await throughOutage(() => touchMachine(store, machine.id), { signal, log }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return false;
}

/** What a machine has copied since a minute, as its tasks wrote it down. */
async function copiedSince(store: Store, machineId: number, minute: number): Promise<{ items: number; bytes: number }> {
  const row = await store.db
    .selectFrom('throughput')
    .select((eb) => [eb.fn.sum<number | null>('items').as('items'), eb.fn.sum<number | null>('bytes').as('bytes')])
    .where('machine_id', '=', machineId)
    .where('minute', '>=', minute)
    .executeTakeFirst();
  return { items: Number(row?.items ?? 0), bytes: Number(row?.bytes ?? 0) };
}

/** Nothing waits, nothing runs, nothing will come back later. */
async function nothingOpen(store: Store, machineId: number): Promise<boolean> {
  const open = await store.db
    .selectFrom('task')
    .select('id')
    .where('state', 'in', ['ready', 'leased'])
    .where((eb) => eb.or([eb('for_machine', 'is', null), eb('for_machine', '=', machineId)]))
    .limit(1)
    .executeTakeFirst();
  return open === undefined;
}
