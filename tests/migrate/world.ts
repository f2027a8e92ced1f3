import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { batchOptionsSchema } from '../../core/domain/batch-options.ts';
import { silentLog } from '../../core/domain/log.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import type { TaskKind, WorkloadKind } from '../../core/domain/words.ts';
import { EwsServer } from '../../core/exchange/ews/ews-store.ts';
import type { ItemInfo, MailStore } from '../../core/exchange/mail-store.ts';
import type {
  HierarchyResult,
  SyncResult,
  TaskContext,
  TaskOutcome,
  VerifySummary,
} from '../../core/migrate/context.ts';
import { runTask } from '../../core/migrate/run-task.ts';
import { createBatch } from '../../core/store/batches.ts';
import { enrolMachine } from '../../core/store/machines.ts';
import { openStore } from '../../core/store/open.ts';
import { type ClaimedTask, claim, complete, enqueue, release } from '../../core/store/queue.ts';
import type { Store } from '../../core/store/store.ts';
import { type Workload, workloadsOf } from '../../core/store/workloads.ts';
import type { FaultPlanInput } from '../../lab/faults.ts';
import { type Lab, type LabOptions, type LabOrganisation, startLab } from '../../lab/start.ts';
import { putMessages } from './messages.ts';
import { makeMailboxes, matchPeople, spawnLab, targetAddress } from './organisations.ts';

type Side = 'source' | 'target';

export interface WorldOptions {
  users?: number;
  faults?: FaultPlanInput;
  lab?: Partial<LabOptions>;
  database?: string;
  /** Everybody has an archive. */
  archives?: boolean;
  /** Runs the lab in a process of its own, so that what is measured or killed is not the lab. */
  separate?: boolean;
}

/** Two organisations of the lab, a store, and a batch of their mailboxes: what the engine's tests stand on. */
export class World {
  readonly dir: string;
  readonly lab: Lab;
  readonly store: Store;
  readonly servers: Record<Side, EwsServer>;
  readonly machineId: number;
  readonly users: string[];
  workloads: Workload[] = [];
  guard: () => void = () => undefined;
  /** Stands between the engine and a store: for crashes on order. */
  wrap: (store: MailStore, role: Side) => MailStore = (store) => store;
  signal: AbortSignal = new AbortController().signal;

  private constructor(parts: Pick<World, 'dir' | 'lab' | 'store' | 'servers' | 'machineId' | 'users'>) {
    this.dir = parts.dir;
    this.lab = parts.lab;
    this.store = parts.store;
    this.servers = parts.servers;
    this.machineId = parts.machineId;
    this.users = parts.users;
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const dir = mkdtempSync(join(tmpdir(), 'transplant-world-'));
    const faults = join(dir, 'faults.json');
    if (options.faults) writeFileSync(faults, JSON.stringify(options.faults));
    const settings: LabOptions = {
      dir: join(dir, 'lab'),
      users: 1,
      items: 0,
      folders: 1,
      ...(options.faults ? { faults } : {}),
      ...options.lab,
    };
    const lab = options.separate ? await spawnLab(settings) : await startLab(settings);
    const store = await openStore(options.database ?? `sqlite:${join(dir, 'store.db')}`, { create: true });
    const { publicKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const machine = await enrolMachine(store, { name: 'tester', kind: 'worker', publicKey, version: '1', facts: {} });
    await store.db.updateTable('machine').set({ state: 'approved' }).execute();
    const [source, target] = lab.organisations;
    if (!source || !target) throw new Error('the lab has no two organisations');
    const world = new World({
      dir,
      lab,
      store,
      servers: { source: open(source), target: open(target) },
      machineId: machine.id,
      users: Array.from({ length: options.users ?? 2 }, (_, index) => `tester${index}@source.test`),
    });
    for (const organisation of [source, target])
      await makeMailboxes(organisation, world.users, options.archives === true);
    await matchPeople(store, { source, target }, world.users);
    return world;
  }

  async close(): Promise<void> {
    this.servers.source.close();
    this.servers.target.close();
    await this.store.close();
    await this.lab.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Address of a source user in the target. */
  targetAddress(user: string): string {
    return targetAddress(user);
  }

  box(side: Side, user: string): MailStore {
    const address = side === 'source' ? user : this.targetAddress(user);
    return this.servers[side].mailbox({ address });
  }

  publicFolders(side: Side): MailStore {
    return this.servers[side].mailbox({ address: '', publicFolders: true });
  }

  /** A batch of the given users' mailboxes, or of public folders. */
  async batch(
    options: z.input<typeof batchOptionsSchema> = {},
    users: string[] = this.users,
    publicRoot?: string,
  ): Promise<void> {
    const mailbox = (user: string) => ({
      kind: 'mailbox' as WorkloadKind,
      sourceId: null,
      sourceAddress: user,
      targetAddress: this.targetAddress(user),
      displayName: user,
      root: '',
    });
    const tree =
      publicRoot === undefined
        ? []
        : [
            {
              kind: 'publicFolders' as WorkloadKind,
              sourceId: null,
              sourceAddress: '',
              targetAddress: '',
              displayName: 'Public folders',
              root: publicRoot,
            },
          ];
    const batch = await createBatch(this.store, {
      name: `Batch ${Math.random()}`,
      options,
      workloads: [...users.map(mailbox), ...tree],
    });
    this.workloads = await workloadsOf(this.store, batch.id);
  }

  /** The lab's ready file, for other processes. */
  get readyFile(): string {
    return join(this.dir, 'ready.json');
  }

  /** A batch of one mailbox that goes into the target mailbox of another user. */
  async batchFor(source: string, target: string, options: z.input<typeof batchOptionsSchema> = {}): Promise<void> {
    const batch = await createBatch(this.store, {
      name: `Batch ${Math.random()}`,
      options,
      workloads: [
        {
          kind: 'mailbox',
          sourceId: null,
          sourceAddress: source,
          targetAddress: this.targetAddress(target),
          displayName: source,
          root: '',
        },
      ],
    });
    this.workloads = await workloadsOf(this.store, batch.id);
  }

  /** Makes the folders of a source mailbox in a target mailbox, for peers that copy items alone. */
  async prepareFolders(source: string, target: string): Promise<void> {
    await this.batchFor(source, target);
    await this.hierarchy();
  }

  /** Enqueues, claims, runs and completes one task of a workload, as a worker does. */
  async run(kind: TaskKind, workload = this.workloads[0], payload: unknown = {}): Promise<TaskOutcome> {
    const { store, machineId } = this;
    if (!workload) throw new Error('no workload');
    await enqueue(store, [{ kind, payload, batchId: workload.batchId, workloadId: workload.id }]);
    const [task] = await claim(store, { machineId, max: 1, leaseMs: 600_000, kinds: [kind] });
    if (!task) throw new Error('nothing to claim');
    const outcome = await this.#runClaimed(task);
    await complete(store, task, outcome.result);
    return outcome;
  }

  /** A task that ends badly is given back, as after a crash when its lease runs out: the next claim has a new fence. */
  async #runClaimed(task: ClaimedTask): Promise<TaskOutcome> {
    const { store } = this;
    const parts: TaskContext = {
      store,
      claim: task,
      openMailStore: async (role, address, workloadKind) =>
        this.wrap(
          workloadKind === 'publicFolders'
            ? this.servers[role].mailbox({ address: '', publicFolders: true })
            : this.servers[role].mailbox({ address }),
          role,
        ),
      signal: this.signal,
      guard: () => this.guard(),
      log: silentLog,
    };
    try {
      return await runTask(parts);
    } catch (error) {
      await release(store, task).catch(() => undefined);
      await store.db.updateTable('task').set({ state: 'cancelled' }).where('id', '=', task.id).execute();
      throw error;
    }
  }

  async hierarchy(workload?: Workload): Promise<HierarchyResult> {
    return (await this.run('hierarchy', workload)).result as HierarchyResult;
  }
  /** Hierarchy and sync, as a start of the batch does. */
  async sync(workload?: Workload): Promise<SyncResult> {
    await this.run('hierarchy', workload);
    return (await this.run('sync', workload)).result as SyncResult;
  }
  async finalSync(workload?: Workload): Promise<SyncResult> {
    return (await this.run('finalSync', workload)).result as SyncResult;
  }
  async verify(workload?: Workload): Promise<VerifySummary> {
    return (await this.run('verify', workload, { deep: true })).result as VerifySummary;
  }

  /** Puts messages into a folder; their infos come back. */
  put(box: MailStore, folderId: string, messages: MapiMessage[], associated = false): Promise<ItemInfo[]> {
    return putMessages(box, folderId, messages, associated);
  }

  async folder(box: MailStore, parentId: string, name: string, folderClass = 'IPF.Note'): Promise<string> {
    const [made] = await box.createFolders(parentId, [{ name, folderClass }]);
    if (!made?.ok) throw made?.error;
    return made.value;
  }

  async inbox(box: MailStore): Promise<string> {
    return (await box.distinguished('inbox'))?.id ?? '';
  }

  /** Every folder with its items, by path: search keys, sorted; what both sides are compared by in tests. */
  async content(box: MailStore, root: 'mailbox' | 'publicFolders' = 'mailbox'): Promise<Map<string, ItemInfo[]>> {
    const paths = new Map<string, string>();
    const found = new Map<string, ItemInfo[]>();
    for await (const folder of box.folders(root)) {
      const path =
        folder.parentId === null ? '' : `${paths.get(folder.parentId)}/${folder.distinguished ?? folder.name}`;
      paths.set(folder.id, path);
      const items: ItemInfo[] = [];
      for (const associated of [false, true])
        for await (const page of box.list(folder.id, { associated })) items.push(...page);
      found.set(path || '/', items);
    }
    return found;
  }
}

function open(organisation: LabOrganisation): EwsServer {
  return new EwsServer({
    url: organisation.ewsUrl,
    ca: readFileSync(organisation.caFile, 'utf8'),
    auth: { kind: 'password', ...organisation.serviceAccount, scheme: 'basic' },
    restMs: 5,
  });
}
