import { z } from 'zod';
import { soundOrThrow } from '../../directory/document.ts';
import { CONDITIONS, FUNCTIONS } from '../../directory/expression-functions.ts';
import {
  BUILT_IN_FILTERS,
  BUILT_IN_JOINS,
  BUILT_IN_KEYWORDS,
  BUILT_IN_PROJECTION,
} from '../../rationalize/rules/built-in.ts';
import { readRules } from '../../rationalize/rules/kept.ts';
import { previewRules } from '../../rationalize/rules/preview.ts';
import { RULE_NAMES } from '../../rationalize/rules/vocabulary.ts';
import { runMatch } from '../../rationalize/run.ts';
import { appendAudit } from '../../store/audit.ts';
import { keepText, keptText } from '../../store/kept-texts.ts';
import { matchRules } from '../../store/matches.ts';
import { procedure, router } from '../trpc.ts';

const rulesText = z.string().max(500_000);

/** The built-in rules as a person would write them. */
async function builtInText(): Promise<string> {
  const { stringify } = await import('yaml');
  const [filters, projection] = [BUILT_IN_FILTERS, BUILT_IN_PROJECTION];
  const joins = BUILT_IN_JOINS.map(({ certain, ...rule }) => (certain ? { ...rule, certain } : rule));
  return stringify({ version: 1, joins, filters, keywords: BUILT_IN_KEYWORDS, projection }, { lineWidth: 110 });
}

/** Rules of one's own for matching: read, tried on the stored objects, saved. */
export const matchRulesRouter = router({
  /** The rules in force, the built-in ones as text, and what an expression may name and do. */
  get: procedure.query(async ({ ctx }) => {
    const saved = (await keptText(ctx.store, 'match.rules')) ?? null;
    return {
      saved,
      builtIn: await builtInText(),
      functions: [...FUNCTIONS, ...CONDITIONS].map(({ example, does }) => ({ example, does })),
      names: Object.entries(RULE_NAMES).map(([name, means]) => ({ name, means })),
    };
  }),

  /** Everything that is wrong with a text, by line and column. */
  validate: procedure.input(z.object({ text: rulesText })).mutation(({ input }) => {
    const read = readRules(input.text);
    if (!read.ok) return { problems: read.problems, joins: [], filters: [] };
    const { keys, filter } = read.value;
    return {
      problems: [],
      joins: keys.map(({ name, label }) => ({ name, label })),
      filters: [...filter.source, ...filter.target].map(({ name, reason }) => ({ name, reason })),
    };
  }),

  /**
   * What the rules of a text would make of the stored objects: counts beside those of now, what each rule ties, which
   * outcomes would change, and a page of the pairs of one rule. Nothing is kept. @throws UsageError with every problem
   */
  preview: procedure
    .input(
      z.object({
        text: rulesText,
        rule: z.string().max(100).optional(),
        offset: z.int().min(0).default(0),
        limit: z.int().min(1).max(500).default(50),
      }),
    )
    .mutation(({ ctx, input: { text, ...query } }) =>
      previewRules(ctx.store, soundOrThrow(readRules(text), 'the rules'), query),
    ),

  /**
   * Saves rules for every run from now on; an empty text goes back to the built-in ones. With `run` the matches are
   * worked out again at once. @throws UsageError with every problem
   */
  save: procedure
    .input(z.object({ text: rulesText, run: z.boolean().default(true) }))
    .mutation(async ({ ctx, input }) => {
      const text = input.text.trim() === '' ? undefined : input.text;
      if (text !== undefined) soundOrThrow(readRules(text), 'the rules');
      const before = await keptText(ctx.store, 'match.rules');
      const { user: who, host } = ctx.actor;
      await keepText(ctx.store, 'match.rules', text, who);
      const change = { before: before?.text ?? null, after: text ?? null };
      await appendAudit(ctx.store, [
        { who, host, action: 'match.rules', object: 'rules', ...change, correlation: ctx.correlation },
      ]);
      const result = input.run ? await runMatch(ctx.store, { correlation: ctx.correlation }) : undefined;
      return { saved: text !== undefined, counts: result?.counts };
    }),

  /** How many matches each rule made. */
  counts: procedure.query(({ ctx }) => matchRules(ctx.store)),
});
