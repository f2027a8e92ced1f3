import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { FOREST_ROLES, MATCH_STATES, RECIPIENT_KINDS } from '../../domain/words.ts';
import { listForests } from '../../store/forests.ts';
import { listMatches } from '../../store/matches.ts';
import { cursorSchema } from '../../store/paging.ts';
import {
  RECIPIENT_SORTS,
  recipientAnchors,
  recipientFacets,
  recipientIds,
  recipientLines,
} from '../../store/recipient-views.ts';
import { getRecipients } from '../../store/recipients.ts';
import { procedure, router } from '../trpc.ts';

const filterSchema = z.object({
  role: z.enum(FOREST_ROLES),
  forestId: z.int().positive().optional(),
  kinds: z.array(z.enum(RECIPIENT_KINDS)).optional(),
  department: z.string().max(1000).optional(),
  matches: z.array(z.enum([...MATCH_STATES, 'none'])).optional(),
  search: z.string().max(200).optional(),
});
const querySchema = filterSchema.extend({
  sort: z.enum(RECIPIENT_SORTS).default('name'),
  descending: z.boolean().default(false),
});

export const recipientsRouter = router({
  /** One page of a side's recipients after a cursor. */
  lines: procedure
    .input(querySchema.extend({ after: cursorSchema.optional(), limit: z.int().min(1).max(1000).default(100) }))
    .query(({ ctx, input: { after, limit, ...query } }) => recipientLines(ctx.store, query, { after, limit })),

  anchors: procedure
    .input(querySchema.extend({ every: z.int().min(10).max(1000).default(100) }))
    .query(({ ctx, input: { every, ...query } }) => recipientAnchors(ctx.store, query, every)),

  ids: procedure.input(filterSchema).query(({ ctx, input }) => recipientIds(ctx.store, input)),

  /** What the filters of a side offer, with counts. */
  facets: procedure
    .input(z.object({ role: z.enum(FOREST_ROLES) }))
    .query(({ ctx, input }) => recipientFacets(ctx.store, input.role)),

  /** One recipient with all attributes and addresses, and the match it takes part in. */
  show: procedure.input(z.object({ id: z.int().positive() })).query(async ({ ctx, input }) => {
    const found = (await getRecipients(ctx.store, [input.id])).get(input.id);
    if (!found) {
      throw new UsageError({
        tried: `find recipient ${input.id}`,
        happened: 'There is none with this number; its forest may have been removed.',
        next: 'Go back to the list of recipients.',
      });
    }
    const forest = (await listForests(ctx.store)).find(({ id }) => id === found.forestId);
    const role = forest?.role ?? 'source';
    const { lines } =
      role === 'source' ? await listMatches(ctx.store, { sourceIds: [found.id] }, { limit: 1 }) : { lines: [] };
    return { ...found, forest: forest?.name ?? '', role, match: lines[0] };
  }),
});
