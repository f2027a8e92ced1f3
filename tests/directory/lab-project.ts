import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../cli/context.ts';
import { consoleKeys } from '../../core/api/machine.ts';
import { appRouter } from '../../core/api/router.ts';
import { createCallerFactory } from '../../core/api/trpc.ts';
import { newMachineKey } from '../../core/store/machine-key.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { type Lab, startLab } from '../../lab/start.ts';

const command = join(import.meta.dirname, '..', '..', 'cli', 'transplant.js');

/** A project on a lab's two directories: read and matched, nothing written yet. */
export class LabProject {
  readonly folder: string;
  readonly url: string;
  readonly lab: Lab;
  readonly store: Store;
  readonly api: Api;
  readonly #children = new Set<ChildProcess>();

  private constructor(folder: string, url: string, lab: Lab, store: Store, api: Api) {
    this.folder = folder;
    this.url = url;
    this.lab = lab;
    this.store = store;
    this.api = api;
  }

  /** @param before what happens in the directories before they are read */
  static async open(users: number, before: (lab: Lab) => Promise<void> = async () => {}): Promise<LabProject> {
    const folder = mkdtempSync(join(tmpdir(), 'transplant-directory-lab-'));
    const lab = await startLab({ dir: join(folder, 'lab'), users, items: 0, folders: 1, seed: 5 });
    const url = `sqlite:${join(folder, 'project.db')}`;
    const store = await openStore(url, { create: true });
    const { key } = newMachineKey();
    const api = createCallerFactory(appRouter)({
      store,
      actor: { user: 'tester', host: hostname() },
      correlation: 'the-test',
      ...consoleKeys(store, 'tester', async () => key),
    });
    const project = new LabProject(folder, url, lab, store, api);
    for (const { name, ldapUrl, smtpDomain, caFile, serviceAccount } of lab.organisations) {
      const config = { ldapUrl, smtpDomains: [smtpDomain], caPem: readFileSync(caFile, 'utf8') };
      await api.forests.add({ name, role: name, config });
      await api.forests.setAccount({ forest: name, purpose: 'directory', ...serviceAccount });
    }
    await before(lab);
    await project.readAgain();
    return project;
  }

  async readAgain(): Promise<void> {
    for (const forest of ['source', 'target']) await this.api.discover.run({ forest });
    await this.api.match.run({});
  }

  organisation(name: 'source' | 'target'): Lab['organisations'][number] {
    const found = this.lab.organisations.find((o) => o.name === name);
    if (!found) throw new Error(name);
    return found;
  }

  /** A process of ours; it ends with the project at the latest. */
  start(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, TRANSPLANT_DB: this.url, TRANSPLANT_HOME: join(this.folder, 'home') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** A real worker, approved. */
  async startWorker(name: string): Promise<ChildProcess> {
    const child = this.start([command, 'worker', 'run', '--name', name]);
    await this.approve(name);
    return child;
  }

  async approve(name: string): Promise<void> {
    await until(async () => {
      const machine = (await this.api.workers.list({ kind: 'worker' })).find((one) => one.name === name);
      if (machine?.state === 'waiting') await this.api.workers.approve({ name });
      return machine !== undefined && machine.state !== 'waiting';
    });
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    await this.store.close();
    await this.lab.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Waits for a condition. @throws Error when it does not come true in time */
export async function until(condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not come true in time');
    await sleep(50);
  }
}
