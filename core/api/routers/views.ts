import { z } from 'zod';
import { readListView, savedViewSchema, writeListView } from '../../store/views.ts';
import { procedure, router } from '../trpc.ts';

const listSchema = z.object({ list: z.string().regex(/^[a-z-]{1,40}$/) });

/** How a person wants to see the lists: saved views and columns. They belong to the person, whatever machine. */
export const viewsRouter = router({
  show: procedure.input(listSchema).query(({ ctx, input }) => readListView(ctx.store, ctx.actor.user, input.list)),

  /** Keeps what stands in a list's address under a name; one of the same name is replaced. */
  save: procedure.input(listSchema.extend({ view: savedViewSchema })).mutation(async ({ ctx, input }) => {
    const known = await readListView(ctx.store, ctx.actor.user, input.list);
    const views = [...known.views.filter(({ name }) => name !== input.view.name), input.view];
    views.sort((a, b) => a.name.localeCompare(b.name));
    await writeListView(ctx.store, ctx.actor.user, input.list, { ...known, views });
    return { saved: input.view.name };
  }),

  remove: procedure.input(listSchema.extend({ name: z.string() })).mutation(async ({ ctx, input }) => {
    const known = await readListView(ctx.store, ctx.actor.user, input.list);
    const views = known.views.filter(({ name }) => name !== input.name);
    await writeListView(ctx.store, ctx.actor.user, input.list, { ...known, views });
    return { removed: views.length < known.views.length };
  }),

  columns: procedure
    .input(listSchema.extend({ columns: z.array(z.string().max(60)).max(60).nullable() }))
    .mutation(async ({ ctx, input }) => {
      const { columns: _, ...known } = await readListView(ctx.store, ctx.actor.user, input.list);
      await writeListView(ctx.store, ctx.actor.user, input.list, {
        ...known,
        ...(input.columns && { columns: input.columns }),
      });
      return { columns: input.columns };
    }),
});
