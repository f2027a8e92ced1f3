import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { z } from 'zod';
import type { AppRouter } from '../../core/api/router.ts';

/** The only way to data: the typed router behind the handler that served this page. */
export const api = createTRPCClient<AppRouter>({
  links: [httpBatchLink({ url: '/api', headers: { 'x-transplant-call': '1' }, maxURLLength: 4000 })],
});

export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

/** What a person can be told of a failed call. */
export interface CallProblem {
  tried?: string | undefined;
  happened: string;
  next: string;
  /** Finds the call in the logs. */
  correlation?: string | undefined;
}

const problemSchema = z.object({ tried: z.string().optional(), happened: z.string(), next: z.string() });
const correlationSchema = z.object({ correlation: z.string().optional() });

/** Puts any failure of a call into words: the router's own text, or that the program behind the page is gone. */
export function problemOf(error: unknown): CallProblem {
  if (!(error instanceof TRPCClientError)) {
    return { happened: error instanceof Error ? error.message : String(error), next: 'Try again.' };
  }
  const data: unknown = error.data;
  if (data === undefined || data === null) {
    return {
      happened: 'The console behind this page does not answer.',
      next: 'Workers go on without it. Start it again with "transplant console" and open the link it prints.',
    };
  }
  const correlation = correlationSchema.safeParse(data).data?.correlation;
  const text = problemSchema.safeParse((data as { text?: unknown }).text);
  if (text.success) return { ...text.data, correlation };
  return { happened: error.message, next: 'Try again; if it stays, look at the log of the console.', correlation };
}
