import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import type { ApiContext } from '../core/api/context.ts';
import { consoleKeys } from '../core/api/machine.ts';
import { databaseUrl, dataFolder } from '../core/api/paths.ts';
import { UsageError } from '../core/domain/errors.ts';
import { type CommonOptions, osUser } from './frame.ts';

/** The router, called in this process instead of over HTTP. */
export type Api = Awaited<ReturnType<typeof createApi>>;

async function createApi(context: ApiContext) {
  const [{ createCallerFactory }, { appRouter }] = await Promise.all([
    import('../core/api/trpc.ts'),
    import('../core/api/router.ts'),
  ]);
  return createCallerFactory(appRouter)(context);
}

/**
 * Opens the database that the options name, hands the router to `work`, and closes again. The embedded default is
 * created on first use; a database that somebody named is only created where `create` says so (`db create`,
 * `forest add`), because a typing error must not make an empty one.
 */
export async function withApi<T>(
  options: CommonOptions,
  work: (api: Api, context: ApiContext) => Promise<T>,
  { create }: { create?: boolean } = {},
): Promise<T> {
  const { url, named } = databaseUrl(options.db);
  if (!named) mkdirSync(dataFolder(), { recursive: true, mode: 0o700 });
  const { openStore } = await import('../core/store/open.ts');
  const store = await openStore(url, { create: create ?? !named });
  try {
    const user = osUser();
    const context: ApiContext = {
      store,
      actor: { user, host: hostname() },
      correlation: randomUUID(),
      ...consoleKeys(store, user),
    };
    return await work(await createApi(context), context);
  } catch (error) {
    throw unwrapped(error);
  } finally {
    await store.close();
  }
}

/** The router wraps what a procedure throws; the command line wants the error itself. */
function unwrapped(error: unknown): unknown {
  if (!(error instanceof TRPCError)) return error;
  if (error.cause instanceof ZodError) {
    const issue = error.cause.issues[0];
    const where = issue?.path.join('.');
    return new UsageError({
      tried: 'understand the call',
      happened: `${where ? `${where}: ` : ''}${issue?.message ?? error.message}.`,
      next: 'Look at the command with --help and call again.',
    });
  }
  return error.cause ?? error;
}
