import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { type DiscoverProgress, type DiscoverResult, discover } from '../../rationalize/discover.ts';
import { appendAudit } from '../../store/audit.ts';
import { type Forest, getForest, listForests } from '../../store/forests.ts';
import { countRecipients, loadDirectoryState } from '../../store/recipients.ts';
import { openDirectoryReader } from '../adapters.ts';
import type { ApiContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

const nameSchema = z.string().trim().min(1).max(100);

/** Reads under way in this process, by forest. */
const running = new Map<number, { abort: AbortController; progress: DiscoverProgress | undefined }>();

async function run(ctx: ApiContext, forest: Forest, full: boolean): Promise<DiscoverResult> {
  if (running.has(forest.id)) {
    throw new UsageError({
      tried: `read the directory of forest ${forest.name}`,
      happened: 'It is being read already.',
      next: 'Wait for it, or cancel it.',
    });
  }
  const abort = new AbortController();
  const mine: { abort: AbortController; progress: DiscoverProgress | undefined } = { abort, progress: undefined };
  running.set(forest.id, mine);
  try {
    const reader = await openDirectoryReader(ctx, forest);
    try {
      const result = await discover(ctx.store, forest, reader, {
        full,
        signal: abort.signal,
        correlation: ctx.correlation,
        onProgress: (progress) => {
          mine.progress = progress;
        },
      });
      const { mode, read, gone, total } = result;
      const { user: who, host } = ctx.actor;
      const after = { mode, read, gone, total, problems: result.problems.length };
      const { correlation } = ctx;
      await appendAudit(ctx.store, [{ who, host, action: 'directory.read', object: forest.name, after, correlation }]);
      return result;
    } finally {
      await reader.close();
    }
  } finally {
    running.delete(forest.id);
  }
}

export const discoverRouter = router({
  /** Reads a forest: everything the first time, then what changed. Answers when it is done. */
  run: procedure
    .input(z.object({ forest: nameSchema, full: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => run(ctx, await getForest(ctx.store, input.forest), input.full)),

  /** Starts reading and answers at once; how it goes is told by events (discover.progress, .done, .failed). */
  start: procedure
    .input(z.object({ forest: nameSchema, full: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => {
      const forest = await getForest(ctx.store, input.forest);
      const reading = run(ctx, forest, input.full);
      const { appendEvents } = await import('../../store/events.ts');
      reading.catch(async (error: unknown) => {
        const happened = error instanceof Error ? error.message : String(error);
        await appendEvents(ctx.store, [{ kind: 'discover.failed', data: { forest: forest.name, happened } }]).catch(
          () => {},
        );
      });
      return { started: forest.name };
    }),

  /** Stops a read of this process; what was read is kept, and the next read goes on from there. */
  cancel: procedure.input(z.object({ forest: nameSchema })).mutation(async ({ ctx, input }) => {
    const forest = await getForest(ctx.store, input.forest);
    const found = running.get(forest.id);
    found?.abort.abort();
    return { cancelled: found !== undefined };
  }),

  progress: procedure.input(z.object({ forest: nameSchema })).query(async ({ ctx, input }) => {
    const found = running.get((await getForest(ctx.store, input.forest)).id);
    return { running: found !== undefined, progress: found?.progress };
  }),

  /** What is known of each forest, and when it was read. */
  state: procedure.query(async ({ ctx }) =>
    Promise.all(
      (await listForests(ctx.store)).map(async (forest) => {
        const state = await loadDirectoryState(ctx.store, forest.id);
        return {
          forest: forest.name,
          role: forest.role,
          running: running.has(forest.id),
          server: state?.server ?? '',
          unfinished: state?.unfinished ?? false,
          fullAt: state?.fullAt ?? null,
          deltaAt: state?.deltaAt ?? null,
          recipients: await countRecipients(ctx.store, forest.id),
          problems: state?.problems ?? [],
        };
      }),
    ),
  ),
});
