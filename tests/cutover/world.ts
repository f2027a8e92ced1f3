import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../cli/context.ts';
import type { ApiContext } from '../../core/api/context.ts';
import { consoleKeys } from '../../core/api/machine.ts';
import { appRouter } from '../../core/api/router.ts';
import { createCallerFactory } from '../../core/api/trpc.ts';
import type { State } from '../../core/domain/words.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { type Lab, type LabOrganisation, startLab } from '../../lab/start.ts';
import { runWorker } from '../../worker/run.ts';
import { clientsOf } from '../lab/lab-client.ts';

export interface WorldOptions {
  users?: number;
  items?: number;
  folders?: number;
}

/** Two organisations of the lab, discovered, matched and prepared, and a worker that runs when it is told to. */
export class CutoverWorld {
  readonly dir = mkdtempSync(join(tmpdir(), 'transplant-cutover-'));
  readonly url = `sqlite:${join(this.dir, 'store.db')}`;
  lab!: Lab;
  store!: Store;
  api!: Api;
  source!: LabOrganisation;
  target!: LabOrganisation;
  readonly #home = process.env.TRANSPLANT_HOME;

  static async start(options: WorldOptions = {}): Promise<CutoverWorld> {
    const world = new CutoverWorld();
    const { users = 2, items = 6, folders = 2 } = options;
    process.env.TRANSPLANT_HOME = join(world.dir, 'home');
    world.lab = await startLab({ dir: join(world.dir, 'lab'), users, items, folders });
    const [source, target] = world.lab.organisations;
    if (!source || !target) throw new Error('the lab has no two organisations');
    Object.assign(world, { source, target });
    world.store = await openStore(world.url, { create: true });
    const context: ApiContext = {
      store: world.store,
      actor: { user: 'consultant', host: 'test' },
      correlation: randomUUID(),
      ...consoleKeys(world.store, 'consultant'),
    };
    world.api = createCallerFactory(appRouter)(context);
    await world.#forests();
    await world.#prepare();
    return world;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.lab.close();
    if (this.#home === undefined) delete process.env.TRANSPLANT_HOME;
    else process.env.TRANSPLANT_HOME = this.#home;
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  get clients() {
    return { source: clientsOf(this.source), target: clientsOf(this.target) };
  }

  async #forests(): Promise<void> {
    for (const organisation of [this.source, this.target]) {
      const role = organisation.name === 'source' ? 'source' : 'target';
      await this.api.forests.add({
        name: organisation.name,
        role,
        config: {
          ldapUrl: organisation.ldapUrl,
          ewsUrl: organisation.ewsUrl,
          smtp: { host: organisation.smtp.host, port: organisation.smtp.port },
          caPem: readFileSync(organisation.caFile, 'utf8'),
          smtpDomains: [organisation.smtpDomain],
        },
      });
      for (const purpose of ['directory', 'exchange', 'public-folders', 'smtp'] as const) {
        await this.api.forests.setAccount({ forest: organisation.name, purpose, ...organisation.serviceAccount });
      }
    }
  }

  async #prepare(): Promise<void> {
    const { api } = this;
    for (const forest of ['source', 'target']) await api.discover.run({ forest });
    await api.match.run({});
    const { plan } = await api.prepare.plan({ options: { mode: 'mailbox' } });
    await api.prepare.applyPlan({ planId: plan.id });
    for (const forest of ['target', 'source']) await api.discover.run({ forest });
    await api.match.run({});
  }

  /** Runs a worker in this process until no task is open, or `until` says so. */
  async work(until: () => Promise<boolean> = async () => false): Promise<void> {
    const stop = new AbortController();
    const name = 'w1';
    const working = runWorker({
      url: this.url,
      name,
      concurrency: 4,
      untilIdle: true,
      signal: stop.signal,
      say: () => undefined,
    });
    let over = false;
    void working.finally(() => {
      over = true;
    });
    while (!over) {
      const [machine] = await this.api.workers.list({ kind: 'worker' });
      if (machine?.state === 'waiting') await this.api.workers.approve({ name });
      if (await until()) stop.abort();
      await Promise.race([working.catch(() => undefined), sleep(20)]);
    }
    await working;
  }

  /** A batch of the first members in sync; their addresses come back. */
  async batchInSync(name: string, count: number, options: Parameters<Api['batches']['create']>[0]['options'] = {}) {
    const { lines } = await this.api.plan.candidates({});
    // People of the lab whose mailbox is an ordinary one; some others have no address by which mail reaches them.
    const known = new Set(this.source.mailboxes.map(({ user }) => user));
    const free = lines.filter(
      (line) => line.kind === 'mailbox' && line.batch === null && known.has(line.sourceAddress),
    );
    const addresses = free.slice(0, count).map((line) => line.sourceAddress);
    await this.api.batches.create({ name, choice: { kind: 'list', addresses }, options });
    await this.api.batches.act({ batch: name, action: 'start' });
    await this.work();
    return addresses;
  }

  /** States of a batch's members with their reasons, so that a test that fails says why. */
  async states(batch: string): Promise<{ state: State; reason: string | null }[]> {
    const { id } = await this.api.batches.show({ batch });
    const { lines } = await this.api.batches.lines({ batchId: id });
    return lines.map(({ state, reason }) => ({ state, reason }));
  }

  /** A worker in a process of its own that kills itself at its nth look at the database's clock. */
  async life(deathAt: number): Promise<{ killed: boolean }> {
    const child: ChildProcess = spawn(
      process.execPath,
      [join(import.meta.dirname, 'mortal-worker.ts'), this.url, 'w1', String(deathAt)],
      {
        env: process.env,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the worker ended by itself: ${said}`);
    return { killed: signal === 'SIGKILL' };
  }
}
