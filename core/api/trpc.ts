import { initTRPC } from '@trpc/server';
import { ZodError } from 'zod';
import { withCorrelation } from '../domain/correlation.ts';
import { TransplantError } from '../domain/errors.ts';
import type { ApiContext } from './context.ts';

/**
 * Errors cross the wire as `data.text` {tried, happened, next} where they have one; a stack or the message of an
 * unexpected error stays here, because it may quote what it was working on.
 */
const t = initTRPC.context<ApiContext>().create({
  isDev: false,
  errorFormatter({ shape, error, ctx }) {
    const cause = error.cause;
    if (cause instanceof TransplantError) {
      return {
        ...shape,
        message: cause.text.happened,
        data: { ...shape.data, name: cause.name, text: cause.text, correlation: ctx?.correlation },
      };
    }
    const known = cause instanceof ZodError || cause === undefined;
    return {
      ...shape,
      message: known ? shape.message : 'Something unexpected happened.',
      data: { ...shape.data, name: cause?.name ?? error.code, text: undefined, correlation: ctx?.correlation },
    };
  },
});
export const router = t.router;
/** Whatever a call leads to carries its correlation id: tasks, log lines, requests to Exchange. */
export const procedure = t.procedure.use(({ ctx, next }) => withCorrelation(ctx.correlation, () => next()));
export const createCallerFactory = t.createCallerFactory;
