import { z } from 'zod';
import { type ObjectRef, SEND_AS } from '../../directory/writer.ts';
import { UsageError } from '../../domain/errors.ts';
import { applyPlan as applyChanges, Writers } from '../../plan/prepare/apply.ts';
import { checkAsPlanned, checkDirectories } from '../../plan/prepare/checks.ts';
import { ldifRecord } from '../../plan/prepare/ldif-script.ts';
import { prepareOptionsSchema } from '../../plan/prepare/options.ts';
import { planPrepare } from '../../plan/prepare/plan.ts';
import { POWERSHELL_HEAD, powershellBlock } from '../../plan/prepare/powershell-script.ts';
import { askForProvision, cancelProvision, openProvision, refuseWhileQueued } from '../../plan/prepare/provision.ts';
import { attributeDiffs } from '../../plan/prepare/show.ts';
import { undoPlan as undoChanges } from '../../plan/prepare/undo.ts';
import { forgetUnprepared } from '../../rationalize/unprepared.ts';
import { appendAudit } from '../../store/audit.ts';
import { batchByName } from '../../store/batches.ts';
import {
  CHANGE_KINDS,
  CHANGE_STATES,
  type ChangePlan,
  changeAnchors,
  changeCounts,
  getPlan,
  latestPlan,
  listChanges,
  listPlans,
  type PlanState,
} from '../../store/directory-changes.ts';
import { forestOfRole, getForest, listForests } from '../../store/forests.ts';
import { openDirectoryWriter, writerOfForest } from '../adapters.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';
import { prepareFlowRouter } from './prepare-flow.ts';

const planRef = z.object({ planId: z.int().positive().optional() });

const actor = (ctx: ApiContext) => ({ who: ctx.actor.user, host: ctx.actor.host, correlation: ctx.correlation });

/** The plan that is meant: the named one, or the newest that can be treated like this. */
async function planFor(ctx: ApiContext, planId: number | undefined, states: readonly PlanState[]): Promise<ChangePlan> {
  const plan = planId === undefined ? await latestPlan(ctx.store, 'prepare', states) : await getPlan(ctx.store, planId);
  if (plan) return plan;
  throw new UsageError({
    tried: 'find the plan',
    happened: planId === undefined ? 'There is none.' : `There is no plan ${planId}.`,
    next: 'Make one with: transplant prepare plan',
  });
}

/** What the target's server says of itself, or a sentence why it could not be asked: a plan can be made without. */
async function factsOfTarget(ctx: ApiContext) {
  const target = await forestOfRole(ctx.store, 'target');
  if (!target?.config.ldapUrl) return undefined;
  const writer = await openDirectoryWriter(ctx, target);
  try {
    return await writer.facts();
  } finally {
    await writer.close();
  }
}

/** Asks the servers of both sides who may send as an object; where one cannot be asked, nothing is known of its side. */
function sendAsReader(ctx: ApiContext) {
  const writers = new Writers((id) => writerOfForest(ctx, id));
  return {
    read: async (forestId: number, ref: ObjectRef) => {
      const forest = (await listForests(ctx.store)).find(({ id }) => id === forestId);
      if (!forest?.config.ldapUrl) return undefined;
      const object = await (await writers.get(forestId)).read(ref, [SEND_AS]);
      return object?.attributes[SEND_AS];
    },
    close: () => writers.close(),
  };
}

/** Plans that this process writes or takes back. */
const running = new Map<number, AbortController>();

function underway(planId: number): UsageError {
  return new UsageError({
    tried: `work on plan ${planId}`,
    happened: 'It is being worked on already.',
    next: 'Wait for it, or cancel it.',
  });
}

async function stoppable<T>(ctx: ApiContext, planId: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (running.has(planId)) throw underway(planId);
  await refuseWhileQueued(ctx.store, planId);
  const abort = new AbortController();
  running.set(planId, abort);
  try {
    return await work(abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new UsageError({
      tried: `finish plan ${planId}`,
      happened: 'It was cancelled; what was written stays.',
      next: 'Go on with it, or undo it.',
    });
  } finally {
    running.delete(planId);
  }
}

const filterShape = {
  states: z.array(z.enum(CHANGE_STATES)).optional(),
  kind: z.enum(CHANGE_KINDS).optional(),
  forestId: z.int().positive().optional(),
  search: z.string().max(200).optional(),
};

export const prepareRouter = router({
  /** Attribute flow of one's own. */
  flow: prepareFlowRouter,

  /** Works out every change; nothing is written to a directory. */
  plan: procedure
    .input(z.object({ batch: z.string().min(1).optional(), options: prepareOptionsSchema.partial().default({}) }))
    .mutation(async ({ ctx, input }) => {
      const options = prepareOptionsSchema.parse(input.options);
      const batchId = input.batch === undefined ? null : (await batchByName(ctx.store, input.batch)).id;
      const facts = await factsOfTarget(ctx);
      const rights = sendAsReader(ctx);
      const request = { options, batchId, createdBy: ctx.actor.user, facts, sendAs: rights.read };
      const { planId } = await planPrepare(ctx.store, request).finally(() => rights.close());
      if (batchId === null) await forgetUnprepared(ctx.store);
      const plan = await planFor(ctx, planId, []);
      const counts = await changeCounts(ctx.store, planId);
      await appendAudit(ctx.store, [
        { ...actor(ctx), action: 'prepare.plan', object: `plan ${planId}`, after: counts },
      ]);
      return { plan, counts };
    }),

  list: procedure.query(({ ctx }) => listPlans(ctx.store)),

  /** X500 addresses both ways, addresses that stand twice, second mailboxes; with a plan, whether it stands as planned. */
  check: procedure.input(planRef).query(async ({ ctx, input }) => {
    const findings = await checkDirectories(ctx.store);
    const plan =
      input.planId === undefined
        ? await latestPlan(ctx.store, 'prepare', ['applied'])
        : await planFor(ctx, input.planId, []);
    if (plan?.state !== 'applied') return { findings };
    return { findings: [...findings, ...(await checkAsPlanned(ctx.store, plan.id, (id) => writerOfForest(ctx, id)))] };
  }),

  /** A plan with counts and one page of its changes, each with its differences by attribute. */
  show: procedure
    .input(
      planRef.extend({
        ...filterShape,
        after: z.int().min(-1).optional(),
        limit: z.int().min(1).max(1000).default(100),
      }),
    )
    .query(async ({ ctx, input: { planId, ...query } }) => {
      const plan = await planFor(ctx, planId, ['planned', 'applying', 'applied', 'undoing', 'undone']);
      const changes = await listChanges(ctx.store, plan.id, query);
      const forests = (await listForests(ctx.store)).map(({ id, name, role }) => ({ id, name, role }));
      return {
        plan,
        forests,
        counts: await changeCounts(ctx.store, plan.id),
        changes: changes.map((c) => ({ ...c, diff: attributeDiffs(c) })),
        next: changes.length === query.limit ? changes.at(-1)?.seq : undefined,
      };
    }),

  /**
   * A page of a plan as a script: LDIF for ldifde or ldapmodify, or PowerShell for the ActiveDirectory module. A script is
   * for one forest. Only changes that are not made yet stand in it unless states are named.
   */
  script: procedure
    .input(
      planRef.extend({
        format: z.enum(['ldif', 'powershell']),
        forest: z.string().min(1).max(100),
        states: z.array(z.enum(CHANGE_STATES)).default(['planned', 'stopped', 'failed']),
        after: z.int().min(-1).optional(),
        limit: z.int().min(1).max(1000).default(500),
      }),
    )
    .query(async ({ ctx, input: { planId, format, forest, ...query } }) => {
      const plan = await planFor(ctx, planId, ['planned', 'applying', 'applied', 'undoing', 'undone']);
      const forestId = (await getForest(ctx.store, forest)).id;
      const changes = await listChanges(ctx.store, plan.id, { ...query, forestId });
      const head = query.after === undefined && format === 'powershell' ? [POWERSHELL_HEAD] : [];
      const parts = changes.map((c) => (format === 'ldif' ? ldifRecord(c) : powershellBlock(c)));
      const next = changes.length === query.limit ? changes.at(-1)?.seq : undefined;
      return { planId: plan.id, text: [...head, ...parts].join('\n'), changes: changes.length, next };
    }),

  /** The length of a plan's list, and the cursor before each page of `every`. */
  anchors: procedure
    .input(
      z.object({
        planId: z.int().positive(),
        ...filterShape,
        every: z.int().min(10).max(1000).default(100),
      }),
    )
    .query(({ ctx, input: { planId, every, ...query } }) => changeAnchors(ctx.store, planId, query, every)),

  /** How far a plan is: its state and the counts of its changes, and whether this process works on it. */
  progress: procedure.input(z.object({ planId: z.int().positive() })).query(async ({ ctx, input }) => {
    const plan = await planFor(ctx, input.planId, []);
    const task = (await openProvision(ctx.store, plan.id)) ?? null;
    return { plan, counts: await changeCounts(ctx.store, plan.id), running: running.has(plan.id), task };
  }),

  /** Stops writing after what is under way; started again it goes on from there. */
  cancel: procedure.input(z.object({ planId: z.int().positive() })).mutation(async ({ ctx, input }) => {
    const found = running.get(input.planId);
    found?.abort();
    const queued = await cancelProvision(ctx.store, input.planId);
    return { cancelled: found !== undefined || queued };
  }),

  /** Leaves writing the plan, or taking it back, to a worker; progress tells how far it is. */
  queue: procedure
    .input(planRef.extend({ action: z.enum(['apply', 'undo']).default('apply') }))
    .mutation(async ({ ctx, input }) => {
      const states: PlanState[] =
        input.action === 'apply' ? ['planned', 'applying'] : ['applying', 'applied', 'undoing'];
      const plan = await planFor(ctx, input.planId, states);
      if (running.has(plan.id)) throw underway(plan.id);
      await askForProvision(ctx.store, { planId: plan.id, action: input.action, who: ctx.actor.user });
      await appendAudit(ctx.store, [
        { ...actor(ctx), action: 'prepare.queue', object: `plan ${plan.id}`, after: { action: input.action } },
      ]);
      return { planId: plan.id, task: (await openProvision(ctx.store, plan.id)) ?? null };
    }),

  /** Writes the plan to the directories. Can be called again after a crash, and goes on. */
  applyPlan: procedure.input(planRef).mutation(async ({ ctx, input }) => {
    const plan = await planFor(ctx, input.planId, ['planned', 'applying']);
    return await stoppable(ctx, plan.id, (signal) =>
      applyChanges(ctx.store, plan.id, (forestId) => writerOfForest(ctx, forestId), { ...actor(ctx), signal }),
    );
  }),

  /** Takes the changes back that still are as we left them. */
  undoPlan: procedure.input(planRef).mutation(async ({ ctx, input }) => {
    const plan = await planFor(ctx, input.planId, ['applying', 'applied', 'undoing']);
    return await stoppable(ctx, plan.id, (signal) =>
      undoChanges(ctx.store, plan.id, (forestId) => writerOfForest(ctx, forestId), { ...actor(ctx), signal }),
    );
  }),
});
