import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../cli/context.ts';
import { osUser } from '../../cli/frame.ts';
import { consoleKeys } from '../../core/api/machine.ts';
import { appRouter } from '../../core/api/router.ts';
import { createCallerFactory } from '../../core/api/trpc.ts';
import { loadMachineKey } from '../../core/store/machine-key.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { type Lab, type LabOptions, startLab } from '../../lab/start.ts';

const command = join(import.meta.dirname, '..', '..', 'cli', 'transplant.js');
const ownProcess = join(import.meta.dirname, 'worker-process.ts');
const BATCH = 'Wave';

export interface MigrationOptions {
  /** The project's database; a file of its own unless given. */
  url?: string;
  /** The database as the workers reach it. */
  workerUrl?: string;
  size: Pick<LabOptions, 'users' | 'items' | 'folders' | 'seed' | 'faults' | 'corpus'>;
  /** The EWS address that the project knows an organisation by, for example one on another network. */
  ewsUrl?: (of: Lab['organisations'][number]) => Promise<string>;
  /** What stands before the command line of a worker, for example `ip netns exec …`. */
  launcher?: (worker: string) => readonly string[];
  /** ms a task of a worker stays its own without a sign of life; the program's usual time unless given. */
  leaseMs?: number;
}

/** A whole migration in a lab: the project is driven by the router, the copying is done by real worker processes. */
export class Migration {
  readonly folder = mkdtempSync(join(tmpdir(), 'transplant-migration-'));
  readonly home = join(this.folder, 'home');
  readonly #options: MigrationOptions;
  readonly #workers = new Map<string, ChildProcess>();
  #lab: Lab | undefined;
  #store: Store | undefined;
  #api: Api | undefined;
  /** Everything the workers have said. */
  said = '';

  constructor(options: MigrationOptions) {
    this.#options = options;
  }

  get lab(): Lab {
    return given(this.#lab);
  }

  get store(): Store {
    return given(this.#store);
  }

  get api(): Api {
    return given(this.#api);
  }

  get url(): string {
    return this.#options.url ?? `sqlite:${join(this.folder, 'project.db')}`;
  }

  /** Starts the lab, makes the project and its batch, and starts the workers; nothing is copied yet. */
  async prepare(workers: number): Promise<void> {
    this.#lab = await startLab({ dir: join(this.folder, 'lab'), ...this.#options.size });
    this.#store = await openStore(this.url, { create: true });
    // The command line finds the same key there, so it is the same console.
    const key = () => loadMachineKey(join(this.home, 'keys', 'console.pem'), () => undefined);
    this.#api = createCallerFactory(appRouter)({
      store: this.#store,
      actor: { user: osUser(), host: hostname() },
      correlation: 'the-test',
      ...consoleKeys(this.#store, osUser(), key),
    });
    for (const organisation of this.#lab.organisations) await this.#addForest(organisation);
    for (let i = 1; i <= workers; i++) await this.startWorker(`w${i}`);
    for (const forest of ['source', 'target'] as const) await this.api.discover.run({ forest });
    await this.api.match.run({});
    const { plan } = await this.api.prepare.plan({ options: { mode: 'mailbox' } });
    await this.api.prepare.applyPlan({ planId: plan.id });
    await this.api.discover.run({ forest: 'target' });
    await this.api.match.run({});
    await this.api.batches.create({ name: BATCH, choice: { kind: 'all' }, publicFolders: ['/'] });
  }

  async #addForest(organisation: Lab['organisations'][number]): Promise<void> {
    const { name, ldapUrl, smtpDomain, serviceAccount, caFile, certificateSha256 } = organisation;
    const ewsUrl = (await this.#options.ewsUrl?.(organisation)) ?? organisation.ewsUrl;
    const config = {
      ldapUrl,
      ewsUrl,
      smtpDomains: [smtpDomain],
      caPem: readFileSync(caFile, 'utf8'),
      // An address of the test's own making stands in no certificate.
      ...(ewsUrl !== organisation.ewsUrl && { pins: [certificateSha256] }),
    };
    await this.api.forests.add({ name, role: name, config });
    for (const purpose of ['directory', 'exchange', 'public-folders'] as const) {
      await this.api.forests.setAccount({ forest: name, purpose, ...serviceAccount });
    }
  }

  /** Starts a worker process and approves it once it is heard of. */
  async startWorker(name: string): Promise<ChildProcess> {
    const { leaseMs, workerUrl, launcher } = this.#options;
    const worker =
      leaseMs === undefined ? [command, 'worker', 'run', '--name', name] : [ownProcess, name, String(leaseMs)];
    const [program = process.execPath, ...args] = [...(launcher?.(name) ?? []), process.execPath, ...worker];
    const child = spawn(program, args, {
      env: { ...process.env, TRANSPLANT_DB: workerUrl ?? this.url, TRANSPLANT_HOME: this.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#workers.set(name, child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
    await this.until(async () => {
      const machine = (await this.api.workers.list({ kind: 'worker' })).find((one) => one.name === name);
      if (machine?.state === 'waiting') await this.api.workers.approve({ name });
      return machine !== undefined && machine.state !== 'waiting';
    });
    return child;
  }

  async start(): Promise<void> {
    await this.api.batches.act({ batch: BATCH, action: 'start' });
  }

  /** Items that the ledger has as copied. */
  async copied(): Promise<number> {
    return (await this.api.batches.show({ batch: BATCH })).totals.itemsDone;
  }

  async items(): Promise<number> {
    return (await this.api.batches.show({ batch: BATCH })).totals.itemsTotal;
  }

  async inSync(): Promise<boolean> {
    const { totals } = await this.api.batches.show({ batch: BATCH });
    return (totals.byState.waiting ?? 0) + (totals.byState.syncing ?? 0) === 0;
  }

  /** Compares both sides item by item, without the ledger; what is not whole is named. */
  async verdict() {
    const { taskIds } = await this.api.batches.verify({ batch: BATCH, deep: true });
    await this.until(async () => {
      const { over, total } = await this.api.batches.tasks({ ids: taskIds });
      return over === total;
    });
    const { verified, items } = await this.api.batches.verdict({ batch: BATCH });
    return { verified, items };
  }

  /** Waits for a condition. @throws Error with what the workers said when it does not come true in time */
  async until(condition: () => Promise<boolean>, timeoutMs = 180_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await condition())) {
      const ended = [...this.#workers.values()].some((child) => child.exitCode !== null);
      if (ended) throw new Error(`a worker ended by itself: ${this.said.slice(-2_000)}`);
      if (performance.now() > deadline) throw new Error(`it did not come so far in time: ${this.said.slice(-2_000)}`);
      await sleep(100);
    }
  }

  /** The exit status of a worker that ends by itself. */
  async exited(name: string): Promise<number | null> {
    const child = this.#workers.get(name);
    if (!child) throw new Error(`${name} does not run`);
    this.#workers.delete(name);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  /** Ends a worker; its exit status, or the signal it died of. */
  async end(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    const child = this.#workers.get(name);
    if (!child) return null;
    this.#workers.delete(name);
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code, by] = (await exit) as [number | null, NodeJS.Signals | null];
    return code ?? by;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.keys()].map((name) => this.end(name, 'SIGKILL')));
    await this.#store?.close();
    await this.#lab?.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('prepare() comes first');
  return value;
}
