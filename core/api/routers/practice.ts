import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TransplantError, UsageError } from '../../domain/errors.ts';
import { setAccount } from '../../store/accounts.ts';
import { appendAudit } from '../../store/audit.ts';
import { addForest, findForest, listForests, updateForestConfig } from '../../store/forests.ts';
import { approveMachine } from '../../store/keyring.ts';
import { listMachines } from '../../store/machines.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { ApiContext } from '../context.ts';
import { dataFolder } from '../paths.ts';
import { Practice, type PracticeOrganisation } from '../practice.ts';
import { procedure, router } from '../trpc.ts';

/** Kept in the database: this project practises, with organisations of this size. */
const SETTING = 'practice';
const sizeSchema = z.object({
  users: z.int().min(5).max(2_000).default(40),
  items: z.int().min(0).max(100_000).default(3_000),
  folders: z.int().min(1).max(5_000).default(200),
});
const WORKER = 'practice-worker';
/** A worker reads a program of many files before it enrols; a busy machine takes a minute for that, ms. */
const WORKER_MS = 180_000;
/** What the two organisations are called in the project. */
const NAMES = { source: 'Northwind', target: 'Fabrikam' } as const;
const PURPOSES = ['directory', 'exchange', 'public-folders'] as const;

interface Running {
  practice: Practice;
  phase: 'starting' | 'running' | 'failed';
  problem: { tried: string; happened: string; next: string } | undefined;
}

/** One lab a database; a console serves one. */
const labs = new Map<string, Running>();

async function start(ctx: ApiContext, size: z.infer<typeof sizeSchema>): Promise<void> {
  const { program, store } = ctx;
  if (!program) {
    throw new UsageError({
      tried: 'start the practice lab',
      happened: 'This console cannot start other programs.',
      next: 'Start it with: transplant lab start --dir DIR --ready-file FILE, and add its two forests.',
    });
  }
  const known = await readSetting(store, SETTING, sizeSchema);
  if (!known && (await listForests(store)).length > 0) {
    throw new UsageError({
      tried: 'start the practice lab',
      happened: 'This project has forests already; practice must not stand beside real ones.',
      next: 'Start a console with an empty database: transplant console --db sqlite:practice.db',
    });
  }
  const practice = new Practice(program, join(dataFolder(), 'practice'));
  const mine: Running = { practice, phase: 'starting', problem: undefined };
  labs.set(store.url, mine);
  try {
    const organisations = await practice.start(size, known !== undefined);
    await fillIn(ctx, organisations);
    await writeSetting(store, SETTING, size);
    await bringWorker(ctx, practice);
    mine.phase = 'running';
  } catch (error) {
    mine.phase = 'failed';
    mine.problem =
      error instanceof TransplantError
        ? error.text
        : { tried: 'start the practice lab', happened: 'Something unexpected happened.', next: 'Try again.' };
    await practice.stop();
    throw error;
  }
}

/** Adds both forests with their accounts, or points them to where the lab answers now. */
async function fillIn(ctx: ApiContext, organisations: readonly PracticeOrganisation[]): Promise<void> {
  const { store } = ctx;
  const keyring = await ctx.keyring();
  for (const one of organisations) {
    const name = NAMES[one.name];
    const config = {
      ldapUrl: one.ldapUrl,
      ...(one.globalCatalogUrl && { gcUrl: one.globalCatalogUrl }),
      ewsUrl: one.ewsUrl,
      smtp: one.smtp,
      pins: [],
      caPem: one.caPem,
      smtpDomains: [one.smtpDomain],
    };
    const known = await findForest(store, name);
    await store.db.transaction().execute(async (trx) => {
      const forestId = known ? known.id : (await addForest(store, { name, role: one.name, config }, trx)).id;
      if (known) await updateForestConfig(store, known.id, config, trx);
      const { user: userName, password } = one.serviceAccount;
      for (const purpose of PURPOSES) await setAccount(store, trx, keyring, { forestId, purpose, userName, password });
      const entry = { action: 'practice.start', object: name, after: { ldap: one.ldapUrl, ews: one.ewsUrl } };
      const who = { who: ctx.actor.user, host: ctx.actor.host, correlation: ctx.correlation };
      await appendAudit(store, [{ ...who, ...entry }], trx);
    });
  }
}

/** A worker beside the lab, approved: practice shall not need a second window. */
async function bringWorker(ctx: ApiContext, practice: Practice): Promise<void> {
  practice.startWorker(WORKER);
  const deadline = performance.now() + WORKER_MS;
  while (performance.now() < deadline && practice.workerRunning) {
    const machine = (await listMachines(ctx.store, 'worker')).find(({ name }) => name === WORKER);
    if (machine?.state === 'waiting') {
      await approveMachine(ctx.store, await ctx.keyring(), machine.id, ctx.actor.user);
    }
    if (machine && machine.state !== 'draining') return;
    await sleep(200);
  }
  throw practice.problem();
}

export const practiceRouter = router({
  /** Whether this project practises, and how far its lab is. */
  state: procedure.query(async ({ ctx }) => {
    const size = await readSetting(ctx.store, SETTING, sizeSchema);
    const found = labs.get(ctx.store.url);
    const phase = found?.phase === 'running' && !found.practice.running ? 'failed' : found?.phase;
    return {
      possible: ctx.program !== undefined,
      practises: size !== undefined,
      phase: phase ?? 'stopped',
      says: found?.practice.says ?? '',
      problem: found?.problem,
      size,
    };
  }),

  /** Starts two organisations on this machine and fills their forests and accounts in. Answers at once. */
  start: procedure.input(sizeSchema.prefault({})).mutation(async ({ ctx, input }) => {
    const found = labs.get(ctx.store.url);
    if (found && (found.phase === 'starting' || (found.phase === 'running' && found.practice.running))) {
      return { phase: found.phase };
    }
    const size = (await readSetting(ctx.store, SETTING, sizeSchema)) ?? input;
    const starting = start(ctx, size);
    // How it ends is told by `state`; a wrong call is told at once.
    await Promise.race([starting, sleep(300)]);
    starting.catch(() => undefined);
    return { phase: labs.get(ctx.store.url)?.phase ?? ('failed' as const) };
  }),

  stop: procedure.mutation(async ({ ctx }) => {
    const found = labs.get(ctx.store.url);
    labs.delete(ctx.store.url);
    await found?.practice.stop();
    return { stopped: found !== undefined };
  }),
});
