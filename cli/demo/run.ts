import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECK_OUTCOMES } from '../../core/domain/checks.ts';
import { ExitStatus, TransplantError, UsageError } from '../../core/domain/errors.ts';
import { formatCount } from '../../core/domain/format.ts';
import type { State } from '../../core/domain/words.ts';
import { type Api, withApi } from '../context.ts';
import { type LabReady, type LabSize, type OwnProcess, startLab, Workers } from './processes.ts';
import { DemoProgress } from './progress.ts';
import { type DemoResult, describeResult, findingLines } from './result.ts';

export interface DemoOptions {
  /** Written when the demo ends. */
  json?: string;
  /** Another database than one in the demo's own folder. */
  db?: string;
  workers: number;
  /** Where the report goes. */
  report: string;
  /** The folder stays, with lab and database. */
  keep: boolean;
  size: LabSize;
  signal: AbortSignal;
}

/** The demo itself could not go on. */
export class DemoError extends TransplantError {}

const BATCH = 'Demo';
const POLL_MS = 300;
const PREFLIGHT_GROUPS = ['tls', 'accounts', 'exchange'] as const;

/**
 * A whole migration on this machine: a lab with two organisations, then step by step what a consultant would do, over
 * the same router as console and command line.
 */
export async function runDemo(options: DemoOptions): Promise<ExitStatus> {
  if (options.json !== undefined) await makeRoomFor(options.json);
  const folder = mkdtempSync(join(tmpdir(), 'transplant-demo-'));
  const started = performance.now();
  const progress = new DemoProgress();
  // A database of one's own keeps its key where the person's other keys are: it is still there after the demo.
  const url = options.db ?? `sqlite:${join(folder, 'transplant.db')}`;
  if (options.db === undefined) process.env.TRANSPLANT_HOME = join(folder, 'home');
  const env = { ...process.env, TRANSPLANT_DB: url };
  let lab: OwnProcess | undefined;
  let workers: Workers | undefined;
  try {
    progress.step('Starting the lab: two Exchange organisations on this machine');
    const made = await startLab(folder, options.size, env, options.signal);
    lab = made.lab;
    workers = new Workers(env, (name) => progress.step(`${name} ended; it is started again`));
    const running = { workers, lab: made.lab };
    const result = await withApi({ db: url }, (api) => new Demo(api, progress, options, made.ready, running).run(), {
      create: true,
    });
    result.seconds = Math.round((performance.now() - started) / 100) / 10;
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
    progress.clear();
    process.stdout.write(`\n${describeResult(result)}\n`);
    return result.verified ? ExitStatus.done : ExitStatus.findings;
  } finally {
    progress.clear();
    await workers?.stop();
    await lab?.stop();
    if (options.keep) process.stderr.write(`Kept: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes the folder of the result before a minute of work depends on it. @throws UsageError when it cannot be written */
async function makeRoomFor(file: string): Promise<void> {
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeFile(file, '');
  } catch (error) {
    throw new UsageError(
      {
        tried: `write the result to ${file}`,
        happened: `It cannot be written (${error instanceof Error && 'code' in error ? error.code : 'unknown'}).`,
        next: 'Name a file in a folder that you may write to.',
      },
      { cause: error },
    );
  }
}

class Demo {
  readonly #api: Api;
  readonly #progress: DemoProgress;
  readonly #options: DemoOptions;
  readonly #ready: LabReady;
  readonly #processes: { workers: Workers; lab: OwnProcess };
  #objects: DemoResult['objects'] = { source: 0, target: 0, matched: 0, created: 0, conflicts: 0, unmatched: 0 };

  constructor(
    api: Api,
    progress: DemoProgress,
    options: DemoOptions,
    ready: LabReady,
    processes: { workers: Workers; lab: OwnProcess },
  ) {
    this.#api = api;
    this.#progress = progress;
    this.#options = options;
    this.#ready = ready;
    this.#processes = processes;
  }

  async run(): Promise<DemoResult> {
    await this.#addForests();
    await this.#startWorkers();
    await this.#discover();
    await this.#match();
    await this.#preflight();
    await this.#prepare();
    await this.#copy();
    await this.#cutover();
    await this.#verify();
    return await this.#report();
  }

  async #addForests(): Promise<void> {
    if ((await this.#api.forests.list()).length > 0) {
      throw new UsageError({
        tried: 'run the demo in this database',
        happened: 'There is a project in it already.',
        next: 'Name an empty database with --db, or leave --db out.',
      });
    }
    this.#progress.step('Adding both forests with their accounts');
    for (const organisation of this.#ready.organisations) {
      await this.#api.forests.add({
        name: organisation.name,
        role: organisation.name,
        config: {
          ldapUrl: organisation.ldapUrl,
          ...(organisation.globalCatalogUrl && { gcUrl: organisation.globalCatalogUrl }),
          ewsUrl: organisation.ewsUrl,
          smtp: { host: organisation.smtp.host, port: organisation.smtp.port },
          caPem: await readFile(organisation.caFile, 'utf8'),
          smtpDomains: [organisation.smtpDomain],
        },
      });
      for (const purpose of ['directory', 'exchange', 'public-folders'] as const) {
        await this.#api.forests.setAccount({ forest: organisation.name, purpose, ...organisation.serviceAccount });
      }
    }
  }

  async #startWorkers(): Promise<void> {
    const names = this.#processes.workers.start(this.#options.workers);
    this.#progress.step(`Starting ${names.length} worker processes and approving them`);
    const waiting = new Set(names);
    while (waiting.size > 0) {
      await this.#pause();
      for (const machine of await this.#api.workers.list({ kind: 'worker' })) {
        if (machine.state !== 'waiting' || !waiting.has(machine.name)) continue;
        await this.#api.workers.approve({ name: machine.name });
        waiting.delete(machine.name);
      }
    }
  }

  async #discover(): Promise<void> {
    for (const forest of ['source', 'target'] as const) {
      const read = await this.#api.discover.run({ forest });
      this.#objects[forest] = read.total;
    }
    const { source, target } = this.#objects;
    this.#progress.step(
      `Discovered ${formatCount(source)} objects in the source, ${formatCount(target)} in the target`,
    );
  }

  async #match(): Promise<void> {
    const { counts } = await this.#api.match.run({});
    this.#objects.matched = counts.matched;
    this.#objects.conflicts = counts.conflict + counts.review;
    this.#objects.unmatched = counts.unmatched;
    this.#progress.step(
      `Matched ${formatCount(counts.matched)}, to create ${formatCount(counts.create)}, ` +
        `for a person to decide ${formatCount(this.#objects.conflicts)}`,
    );
  }

  async #preflight(): Promise<void> {
    const { results, counts } = await this.#api.preflight.run({ groups: [...PREFLIGHT_GROUPS] });
    const failed = results.filter((result) => result.finding.outcome === 'failed');
    this.#progress.step(
      `Preflight: ${counts.passed} checks passed, ${counts.warning} warnings, ${failed.length} failed`,
    );
    for (const { title, object, finding } of failed) {
      this.#progress.step(
        `  ${CHECK_OUTCOMES[finding.outcome].sign} ${title}, ${object}: ${'evidence' in finding ? finding.evidence.join('; ') : ''}`,
      );
    }
  }

  /** The lab makes a mailbox from its attributes, as Exchange's own cmdlet would: so mailboxes are prepared whole. */
  async #prepare(): Promise<void> {
    const { plan, counts: changes } = await this.#api.prepare.plan({ options: { mode: 'mailbox' } });
    const applied = await this.#api.prepare.applyPlan({ planId: plan.id });
    await this.#api.discover.run({ forest: 'target' });
    await this.#api.discover.run({ forest: 'source' });
    const { counts } = await this.#api.match.run({});
    this.#objects.created = changes.filter(({ kind }) => kind === 'add').reduce((sum, one) => sum + one.count, 0);
    this.#objects.matched = counts.matched;
    this.#objects.conflicts = counts.conflict + counts.review;
    this.#objects.unmatched = counts.unmatched;
    this.#progress.step(
      `Prepared the target: ${formatCount(applied.applied)} directory changes written, ${formatCount(this.#objects.created)} of them new objects`,
    );
    for (const { dn, message } of [...applied.stopped, ...applied.failed]) this.#progress.step(`  ✕ ${dn}: ${message}`);
  }

  async #copy(): Promise<void> {
    const made = await this.#api.batches.create({ name: BATCH, choice: { kind: 'all' }, publicFolders: ['/'] });
    this.#progress.step(
      `Copying ${formatCount(made.mailboxes)} mailboxes and the public folders on ${this.#options.workers} workers`,
    );
    await this.#api.batches.act({ batch: BATCH, action: 'start' });
    await this.#watch(['waiting', 'syncing']);
  }

  async #cutover(): Promise<void> {
    const { totals } = await this.#api.batches.show({ batch: BATCH });
    this.#progress.step(
      `In sync: ${formatCount(totals.byState.inSync ?? 0)} of ${formatCount(totals.workloads)}; cutting over`,
    );
    await this.#api.batches.act({ batch: BATCH, action: 'cutover' });
    await this.#watch(['cuttingOver']);
  }

  /** Waits until no member is in one of these states, with bars meanwhile. */
  async #watch(states: readonly State[]): Promise<void> {
    for (;;) {
      const { totals } = await this.#api.batches.show({ batch: BATCH });
      const left = states.reduce((sum, state) => sum + (totals.byState[state] ?? 0), 0);
      this.#progress.show([
        { name: 'Members', total: totals.workloads, done: totals.workloads - left },
        { name: 'Items', total: totals.itemsTotal, done: totals.itemsDone + totals.itemsBad },
      ]);
      if (left === 0) break;
      await this.#pause();
    }
    this.#progress.clear();
  }

  async #verify(): Promise<void> {
    this.#progress.step('Verifying: reading both sides again, item by item');
    const { taskIds } = await this.#api.batches.verify({ batch: BATCH, deep: true });
    for (;;) {
      const state = await this.#api.batches.tasks({ ids: taskIds });
      this.#progress.show([{ name: 'Compared', total: state.total, done: state.over }]);
      if (state.over === state.total) break;
      await this.#pause();
    }
    this.#progress.clear();
  }

  async #report(): Promise<DemoResult> {
    const report = this.#options.report;
    await this.#api.reports.write({ batch: BATCH, dir: report });
    const verdict = await this.#api.batches.verdict({ batch: BATCH });
    const { totals } = await this.#api.batches.show({ batch: BATCH });
    const mailboxes = verdict.workloads.filter((workload) => workload.kind === 'mailbox');
    const folders = verdict.workloads.filter((workload) => workload.kind === 'publicFolders');
    const unread = this.#ready.corpus?.unparsable ?? [];
    const unfinished = verdict.workloads
      .filter((workload) => workload.state !== 'done')
      .map(
        (workload) =>
          `not cut over: ${workload.displayName}, ${workload.state}${workload.reason ? `: ${workload.reason}` : ''}`,
      );
    return {
      verified: verdict.verified && unfinished.length === 0,
      seconds: 0,
      workers: this.#options.workers,
      objects: this.#objects,
      mailboxes: { planned: mailboxes.length, verified: mailboxes.filter((w) => w.whole && w.state === 'done').length },
      publicFolders: {
        planned: folders.reduce((sum, w) => sum + (w.folders?.source ?? 0), 0),
        verified: folders.reduce((sum, w) => sum + (w.folders?.verified ?? 0), 0),
      },
      items: {
        source: verdict.items.source,
        copied: totals.itemsDone,
        verified: verdict.items.verified,
        different: verdict.items.different,
        missing: verdict.items.missing,
        extra: verdict.items.extra,
        bad: verdict.items.bad,
      },
      bytes: verdict.bytes,
      report,
      findings: [
        ...unread.map((one) => `not parsable, left out of the lab: ${one.file} (${one.why})`),
        ...findingLines(verdict),
        ...unfinished,
      ],
    };
  }

  async #pause(): Promise<void> {
    this.#options.signal.throwIfAborted();
    this.#processes.workers.check();
    if (this.#processes.lab.ended) throw this.#processes.lab.problem();
    await sleep(POLL_MS);
  }
}
