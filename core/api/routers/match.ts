import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { soundOrThrow } from '../../directory/document.ts';
import { UsageError } from '../../domain/errors.ts';
import type { MatchState } from '../../domain/words.ts';
import { planHeal } from '../../plan/heal/heal.ts';
import { type FoundMessage, messagesIn } from '../../plan/heal/messages.ts';
import { applyReview, decideMatch, objectMeant, previewImport } from '../../rationalize/decisions.ts';
import { reviewRow } from '../../rationalize/review.ts';
import { readReview, writeReview } from '../../rationalize/review-file.ts';
import { readRules } from '../../rationalize/rules/kept.ts';
import { runMatch } from '../../rationalize/run.ts';
import { appendAudit } from '../../store/audit.ts';
import { keepText, keptText } from '../../store/kept-texts.ts';
import {
  type DecisionChoice,
  decisionChoiceSchema,
  dropDecisions,
  eachMatch,
  listMatches,
  type MatchQuery,
  matchAnchors,
  matchCounts,
  matchStateSchema,
  orphanedDecisions,
  setMatched,
} from '../../store/matches.ts';
import { cursorSchema } from '../../store/paging.ts';
import { getRecipients } from '../../store/recipients.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';
import { matchRulesRouter } from './match-rules.ts';

const querySchema = z.object({
  states: z.array(matchStateSchema).optional(),
  search: z.string().max(200).optional(),
  rule: z.string().max(100).optional(),
});
const sentFileSchema = z.object({ name: z.string().min(1).max(300), base64: z.base64().max(30_000_000) });
const objectSchema = z.string().trim().min(1).max(2000);

async function audit(ctx: ApiContext, action: string, object: string, after: unknown): Promise<void> {
  const { user: who, host } = ctx.actor;
  await appendAudit(ctx.store, [{ who, host, action, object, after, correlation: ctx.correlation }]);
}

async function* reviewPages(ctx: ApiContext, query: MatchQuery) {
  for await (const page of eachMatch(ctx.store, query)) yield page.map(reviewRow);
}

async function takeReview(ctx: ApiContext, input: { file: string; apply: boolean; skipErrors: boolean }) {
  const preview = await previewImport(ctx.store, await readReview(input.file));
  if (!input.apply || (preview.errors.length > 0 && !input.skipErrors)) return { applied: 0, preview };
  const applied = await applyReview(ctx.store, ctx.actor.user, preview);
  await audit(ctx, 'match.import', input.file, { applied });
  const result = await runMatch(ctx.store, { correlation: ctx.correlation });
  return { applied, preview, counts: result.counts };
}

/** Reads a file of rules and puts them in force. @throws UsageError */
async function takeRules(ctx: ApiContext, file: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const happened = 'The file cannot be read.';
    throw new UsageError(
      { tried: `read the rules ${file}`, happened, next: 'Check its name and its rights.' },
      { cause },
    );
  }
  soundOrThrow(readRules(text), file);
  const before = await keptText(ctx.store, 'match.rules');
  if (before?.text === text) return;
  await keepText(ctx.store, 'match.rules', text, ctx.actor.user);
  await audit(ctx, 'match.rules', file, text);
}

/** The messages of files as they were sent, each named as its owner names it. */
async function* messagesSent(
  files: readonly z.infer<typeof sentFileSchema>[],
  place: string,
): AsyncGenerator<FoundMessage> {
  for (const { name, base64 } of files) {
    await writeFile(place, base64, { encoding: 'base64', mode: 0o600 });
    for await (const found of messagesIn(place)) yield { ...found, where: found.where.replace(place, () => name) };
  }
}

/** Work with a file that is gone afterwards, in a folder that only this user can read. */
async function inScratch<T>(name: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'transplant-'));
  try {
    return await work(join(folder, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What becomes of a match by a person's choice. */
const STATE_OF: Record<DecisionChoice, MatchState> = { match: 'matched', none: 'unmatched', create: 'create' };

export const matchRouter = router({
  /** Matches all sources with all targets; decisions of people stay. A file of rules is in force from now on. */
  run: procedure.input(z.object({ rulesFile: z.string().min(1).optional() })).mutation(async ({ ctx, input }) => {
    if (input.rulesFile !== undefined) await takeRules(ctx, input.rulesFile);
    const result = await runMatch(ctx.store, { correlation: ctx.correlation });
    await audit(ctx, 'match.run', 'all forests', result.counts);
    return result;
  }),

  /**
   * Reads bounce messages (a file or folder of this machine, or files that a person has elsewhere) and plans the X500
   * addresses that are missing; the plan is shown, applied and undone like any other.
   */
  heal: procedure
    .input(
      z.union([z.object({ path: z.string().min(1) }), z.object({ files: z.array(sentFileSchema).min(1).max(10_000) })]),
    )
    .mutation(async ({ ctx, input }) => {
      const plan = (messages: AsyncIterable<FoundMessage>) => planHeal(ctx.store, messages, ctx.actor.user);
      const result =
        'path' in input
          ? await plan(messagesIn(input.path))
          : await inScratch('message', (place) => plan(messagesSent(input.files, place)));
      const { planId, bounces } = result;
      await audit(ctx, 'match.heal', planId === null ? 'no plan' : `plan ${planId}`, { bounces });
      return result;
    }),

  counts: procedure.query(async ({ ctx }) => ({
    counts: await matchCounts(ctx.store),
    orphaned: await orphanedDecisions(ctx.store),
  })),

  list: procedure
    .input(querySchema.extend({ after: cursorSchema.optional(), limit: z.int().min(1).max(1000).default(100) }))
    .query(({ ctx, input: { after, limit, ...query } }) => listMatches(ctx.store, query, { after, limit })),

  anchors: procedure
    .input(querySchema.extend({ every: z.int().min(10).max(1000).default(100) }))
    .query(({ ctx, input: { every, ...query } }) => matchAnchors(ctx.store, query, every)),

  rules: matchRulesRouter,

  /** Both sides of a match with all attributes, for a decision. */
  show: procedure.input(z.object({ sourceId: z.int().positive() })).query(async ({ ctx, input }) => {
    const { lines } = await listMatches(ctx.store, { sourceIds: [input.sourceId] }, { limit: 1 });
    const line = lines[0];
    if (!line) return undefined;
    const ids = [line.sourceId, ...(line.targetId ? [line.targetId] : []), ...line.candidates.map((c) => c.targetId)];
    const objects = await getRecipients(ctx.store, ids);
    return { line, objects: [...objects.values()] };
  }),

  /** Decides for a source object: a target, none, or to be created. The matches are worked out again. */
  set: procedure
    .input(
      z.object({
        source: objectSchema,
        target: objectSchema.optional(),
        choice: decisionChoiceSchema.default('match'),
        rerun: z.boolean().default(true),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const source = await objectMeant(ctx.store, 'source', input.source);
      const target = input.target === undefined ? undefined : await objectMeant(ctx.store, 'target', input.target);
      const choice = target ? 'match' : input.choice === 'match' ? 'none' : input.choice;
      await decideMatch(ctx.store, ctx.actor.user, source.guid, choice, target?.guid ?? null);
      await audit(ctx, 'match.set', source.dn, { choice, target: target?.dn ?? null });
      const result = input.rerun ? await runMatch(ctx.store, { correlation: ctx.correlation }) : undefined;
      // A queue of decisions goes on at once; what follows for others is worked out by the next run.
      if (!input.rerun) await setMatched(ctx.store, source.id, target?.id ?? null, STATE_OF[choice]);
      return { source: source.dn, target: target?.dn ?? null, choice, counts: result?.counts };
    }),

  /** Takes a decision back; the rules decide again, or until they do it is as it was. */
  clear: procedure
    .input(
      z.object({
        source: objectSchema,
        rerun: z.boolean().default(true),
        /** With `rerun: false`: how the match was before the decision. */
        was: z.object({ state: matchStateSchema, targetId: z.int().positive().nullable() }).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const source = await objectMeant(ctx.store, 'source', input.source);
      const dropped = await dropDecisions(ctx.store, [source.guid]);
      await audit(ctx, 'match.clear', source.dn, { dropped });
      const again = input.rerun || !input.was;
      const result = again ? await runMatch(ctx.store, { correlation: ctx.correlation }) : undefined;
      if (!again && input.was) await setMatched(ctx.store, source.id, input.was.targetId, input.was.state);
      return { source: source.dn, cleared: dropped > 0, counts: result?.counts };
    }),

  /** The matches as a review file's text, for a person whose disk is not this machine's. */
  exportText: procedure.input(querySchema).query(async ({ ctx, input }) =>
    inScratch('matches.csv', async (file) => {
      const rows = await writeReview(file, reviewPages(ctx, input), { bom: true });
      return { rows, content: await readFile(file, 'utf8') };
    }),
  ),

  /** Like importFile, for the text of a file that a person chose in a browser. */
  importText: procedure
    .input(
      z.object({
        content: z.string().max(60_000_000),
        apply: z.boolean().default(false),
        skipErrors: z.boolean().default(false),
      }),
    )
    .mutation(async ({ ctx, input }) =>
      inScratch('matches.csv', async (file) => {
        await writeFile(file, input.content, { mode: 0o600 });
        return await takeReview(ctx, { ...input, file });
      }),
    ),

  /** Writes matches to a CSV or XLSX file on the machine of the console. */
  exportFile: procedure
    .input(querySchema.extend({ file: z.string().min(1), bom: z.boolean().default(false) }))
    .mutation(async ({ ctx, input: { file, bom, ...query } }) => ({
      file,
      rows: await writeReview(file, reviewPages(ctx, query), { bom }),
    })),

  /** What a reviewed file would change; with `apply` it is done, all of it or (with errors in it) nothing. */
  importFile: procedure
    .input(
      z.object({ file: z.string().min(1), apply: z.boolean().default(false), skipErrors: z.boolean().default(false) }),
    )
    .mutation(({ ctx, input }) => takeReview(ctx, input)),
});
