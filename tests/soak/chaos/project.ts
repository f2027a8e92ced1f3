import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, withApi } from '../../../cli/context.ts';
import { type LabReady, type OwnProcess, startLab } from '../../../cli/demo/processes.ts';
import { openStore } from '../../../core/store/open.ts';
import { lastVerifications } from '../../../core/store/verifications.ts';
import type { FaultPlanInput } from '../../../lab/faults.ts';
import type { Moved } from '../truth.ts';

export interface ProjectSize {
  seed: number;
  users: number;
  items: number;
  /** Public folders; a mailbox brings about twenty of its own. */
  folders: number;
}

const BATCH = 'Chaos';
const POLL_MS = 500;

/**
 * A project as a consultant sets it up, on a lab in a process of its own: forests, accounts, matches, prepared mailboxes
 * and one batch of everything.
 */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'transplant-chaos-'));
  readonly url = `sqlite:${join(this.folder, 'transplant.db')}`;
  readonly env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;
  #lab: OwnProcess | undefined;
  #ready: LabReady | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    process.env.TRANSPLANT_HOME = join(this.folder, 'home');
    this.env = { ...process.env, TRANSPLANT_DB: this.url };
  }

  get labFolder(): string {
    return join(this.folder, 'lab');
  }
  get ready(): LabReady {
    if (!this.#ready) throw new Error('the lab has not been started');
    return this.#ready;
  }

  /** Fills a lab and prepares the target without any trouble. */
  async prepare({ seed, users, items, folders }: ProjectSize): Promise<void> {
    await this.#startLab({ seed: `${seed}`, users: `${users}`, items: `${items}`, folders: `${folders}` });
    await this.api(
      async (api) => {
        for (const organisation of this.ready.organisations) {
          const { name, ldapUrl, ewsUrl, caFile, smtpDomain, serviceAccount } = organisation;
          const caPem = readFileSync(caFile, 'utf8');
          await api.forests.add({ name, role: name, config: { ldapUrl, ewsUrl, caPem, smtpDomains: [smtpDomain] } });
          for (const purpose of ['directory', 'exchange', 'public-folders'] as const)
            await api.forests.setAccount({ forest: name, purpose, ...serviceAccount });
        }
        for (const forest of ['source', 'target']) await api.discover.run({ forest });
        await api.match.run({});
        const { plan } = await api.prepare.plan({ options: { mode: 'mailbox' } });
        await api.prepare.applyPlan({ planId: plan.id });
        for (const forest of ['target', 'source']) await api.discover.run({ forest });
        await api.match.run({});
        await api.preflight.run({ groups: ['accounts', 'exchange'] });
        const addresses = await this.#mailboxes();
        await api.batches.create({ name: BATCH, choice: { kind: 'list', addresses }, publicFolders: ['/'] });
      },
      { create: true },
    );
  }

  /** Addresses of source mailboxes whose counterpart is a mailbox: some people are contacts in the target. */
  async #mailboxes(): Promise<string[]> {
    const store = await openStore(this.url);
    try {
      const rows = await store.db
        .selectFrom('match')
        .innerJoin('recipient as source', 'source.id', 'match.source_id')
        .innerJoin('recipient as target', 'target.id', 'match.target_id')
        .select('source.mail')
        .where('match.state', '=', 'matched')
        .where('source.kind', '=', 'mailbox')
        .where('target.kind', '=', 'mailbox')
        .execute();
      return rows.flatMap((row) => row.mail ?? []);
    } finally {
      await store.close();
    }
  }

  /** Items that are in the target by the batch's own count. */
  async done(): Promise<number> {
    return this.api(async (api) => (await api.batches.show({ batch: BATCH })).totals.itemsDone);
  }

  /** The same lab again, now with trouble. */
  async restartLab(faults: FaultPlanInput | undefined): Promise<void> {
    await this.#lab?.stop();
    rmSync(join(this.folder, 'ready.json'), { force: true });
    const file = join(this.folder, 'faults.json');
    if (faults) writeFileSync(file, JSON.stringify(faults));
    await this.#startLab(faults ? { faults: file } : {});
  }

  async #startLab(size: Parameters<typeof startLab>[1]): Promise<void> {
    const { lab, ready } = await startLab(this.folder, size, this.env, this.#signal);
    this.#lab = lab;
    this.#ready = ready;
  }

  api<T>(work: (api: Api) => Promise<T>, options: { create?: boolean } = {}): Promise<T> {
    return withApi({ db: this.url }, work, options);
  }

  async approve(names: string[]): Promise<void> {
    const waiting = new Set(names);
    await this.api(async (api) => {
      while (waiting.size > 0) {
        for (const { name, state } of await api.workers.list({ kind: 'worker' })) {
          if (state === 'waiting' && waiting.has(name)) await api.workers.approve({ name });
          else if (state === 'approved') waiting.delete(name);
        }
        await sleep(POLL_MS, undefined, { signal: this.#signal });
      }
    });
  }

  /**
   * Starts the batch and waits until every member is in sync. Members that were given up, because worker after worker died
   * on them, are started again, as a person does. @returns how often; @throws when it takes too long
   */
  async sync(progress: (text: string) => void, within: number): Promise<number> {
    return this.api(async (api) => {
      await api.batches.act({ batch: BATCH, action: 'start' });
      let restarts = 0;
      const startedAt = Date.now();
      let all = 0;
      for (const deadline = startedAt + within; ; ) {
        const { totals } = await api.batches.show({ batch: BATCH });
        const { waiting = 0, syncing = 0, failed = 0, decision = 0 } = totals.byState;
        if (waiting + syncing + failed === 0 && decision === 0) return restarts;
        if (decision > 0) throw new Error(`members wait for a person: ${JSON.stringify(totals.byState)}`);
        if (failed > 0) {
          restarts += failed;
          for (const reason of await this.#reasons()) progress(`started again: ${reason}`);
          await api.batches.act({ batch: BATCH, action: 'start' });
        }
        const open = waiting + syncing;
        all = Math.max(all, open);
        const left = all > open ? Math.round((((Date.now() - startedAt) / 1_000) * open) / (all - open)) : undefined;
        progress(
          `${open} of ${all} members to go, ${totals.itemsDone} items${left === undefined ? '' : `, ${left} s left`}`,
        );
        if (Date.now() > deadline) throw new Error(`not in sync in time: ${JSON.stringify(totals.byState)}`);
        await sleep(POLL_MS, undefined, { signal: this.#signal });
      }
    });
  }

  async #reasons(): Promise<string[]> {
    const store = await openStore(this.url);
    try {
      const failed = store.db.selectFrom('workload').select(['display_name', 'reason']).where('state', '=', 'failed');
      return (await failed.execute()).map((row) => `${row.display_name}: ${row.reason}`);
    } finally {
      await store.close();
    }
  }

  /** The product's own comparison: grades by name, for beside the judgement from outside. */
  async verify(within: number): Promise<Record<string, number>> {
    return this.api(async (api) => {
      const { taskIds } = await api.batches.verify({ batch: BATCH, deep: true });
      for (const deadline = Date.now() + within; Date.now() < deadline; await sleep(POLL_MS)) {
        const state = await api.batches.tasks({ ids: taskIds });
        if (state.over < state.total) continue;
        const { items } = await api.batches.verdict({ batch: BATCH });
        return {
          verified: items.verified,
          different: items.different,
          missing: items.missing,
          extra: items.extra,
          bad: items.bad,
        };
      }
      throw new Error('not verified in time');
    });
  }

  /** What the last comparisons found, a line each: folder, class and what differs, never content. */
  async findings(): Promise<string[]> {
    const store = await openStore(this.url);
    try {
      const workloads = await store.db.selectFrom('workload').select(['id', 'batch_id', 'display_name']).execute();
      const last = await lastVerifications(store, Number(workloads[0]?.batch_id));
      return workloads.flatMap(({ id, display_name }) =>
        (last.get(Number(id))?.result.findings ?? []).map(
          (one) =>
            `verify, ${display_name}: ${one.kind} in ${one.folder}, ${one.itemClass}, ${one.sourceId ?? one.targetId}: ${one.details.join('; ')}`,
        ),
      );
    } finally {
      await store.close();
    }
  }

  async moves(): Promise<Moved[]> {
    const store = await openStore(this.url);
    try {
      const rows = await store.db.selectFrom('workload').select(['kind', 'source_address', 'target_address']).execute();
      return rows.map((row) =>
        row.kind === 'publicFolders'
          ? { source: '', target: '' }
          : { source: row.source_address, target: row.target_address },
      );
    } finally {
      await store.close();
    }
  }

  async stopLab(): Promise<void> {
    await this.#lab?.stop();
    this.#lab = undefined;
  }

  async close(): Promise<void> {
    await this.stopLab();
    if (process.env.CHAOS_KEEP) process.stderr.write(`kept: ${this.folder}\n`);
    else rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
