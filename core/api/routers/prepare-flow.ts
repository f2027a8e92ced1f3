import { z } from 'zod';
import { soundOrThrow } from '../../directory/document.ts';
import { CONDITIONS, FUNCTIONS } from '../../directory/expression-functions.ts';
import { BUILT_IN_EXPORT } from '../../directory/flow/built-in.ts';
import { type CompiledFlow, FLOW_NAMES, flowOf, readFlow } from '../../directory/flow/compile.ts';
import { compareFlows, flowTable } from '../../plan/prepare/flow-table.ts';
import { prepareOptionsSchema } from '../../plan/prepare/options.ts';
import { objectMeant } from '../../rationalize/decisions.ts';
import { appendAudit } from '../../store/audit.ts';
import { keepText, keptText } from '../../store/kept-texts.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

const flowText = z.string().max(500_000);
const optionsSchema = prepareOptionsSchema.partial().default({});

async function inForce(ctx: ApiContext): Promise<CompiledFlow> {
  return flowOf((await keptText(ctx.store, 'prepare.flow'))?.text);
}

/** Attribute flow: which attribute of the target comes from where. */
export const prepareFlowRouter = router({
  /** The flow in force, the built-in one as text, and what an expression may name and do. */
  get: procedure.query(async ({ ctx }) => {
    const { stringify } = await import('yaml');
    return {
      saved: (await keptText(ctx.store, 'prepare.flow')) ?? null,
      builtIn: stringify({ version: 1, import: [], export: BUILT_IN_EXPORT }),
      functions: [...FUNCTIONS, ...CONDITIONS].map(({ example, does }) => ({ example, does })),
      names: Object.entries(FLOW_NAMES).map(([name, means]) => ({ name, means })),
    };
  }),

  /** Everything that is wrong with a text, by line and column. */
  validate: procedure.input(z.object({ text: flowText })).mutation(({ input }) => {
    const read = readFlow(input.text);
    return { problems: read.ok ? [] : read.problems };
  }),

  /**
   * What the flow of a text would give other values than the one in force: counts by attribute, and the first
   * differences (of one attribute, where one is named). Nothing is kept. @throws UsageError with every problem
   */
  preview: procedure
    .input(
      z.object({
        text: flowText,
        options: optionsSchema,
        attribute: z.string().max(100).optional(),
        limit: z.int().min(1).max(1000).default(100),
      }),
    )
    .mutation(async ({ ctx, input: { text, options, ...page } }) => {
      const proposed = soundOrThrow(readFlow(text), 'the attribute flow');
      const flows = { inForce: await inForce(ctx), proposed };
      return await compareFlows(ctx.store, flows, prepareOptionsSchema.parse(options), page);
    }),

  /** Every attribute of one source object on its way to the target, by a text or by the flow in force. */
  show: procedure
    .input(z.object({ object: z.string().trim().min(1).max(2000), text: flowText.optional(), options: optionsSchema }))
    .mutation(async ({ ctx, input }) => {
      const flow = input.text === undefined ? await inForce(ctx) : soundOrThrow(readFlow(input.text), 'the flow');
      const source = await objectMeant(ctx.store, 'source', input.object);
      return await flowTable(ctx.store, flow, source, prepareOptionsSchema.parse(input.options));
    }),

  /** Saves a flow for matching and planning from now on; an empty text goes back to the built-in one. */
  save: procedure.input(z.object({ text: flowText })).mutation(async ({ ctx, input }) => {
    const text = input.text.trim() === '' ? undefined : input.text;
    if (text !== undefined) soundOrThrow(readFlow(text), 'the attribute flow');
    const before = await keptText(ctx.store, 'prepare.flow');
    const { user: who, host } = ctx.actor;
    await keepText(ctx.store, 'prepare.flow', text, who);
    const change = { before: before?.text ?? null, after: text ?? null };
    await appendAudit(ctx.store, [
      { who, host, action: 'prepare.flow', object: 'attribute flow', ...change, correlation: ctx.correlation },
    ]);
    return { saved: text !== undefined };
  }),
});
