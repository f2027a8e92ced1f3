import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../core/api/router.ts';

/** The only way to data: the typed router behind the handler that served this page. */
export const api = createTRPCClient<AppRouter>({
  links: [httpBatchLink({ url: '/api', headers: { 'x-transplant-call': '1' }, maxURLLength: 4000 })],
});

export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

/** What a person can be told of a failed call. */
export interface CallProblem {
  happened: string;
  next: string;
}

/** Puts any failure of a call into words: the router's own text, or that the program behind the page is gone. */
export function problemOf(error: unknown): CallProblem {
  if (error instanceof TRPCClientError) {
    const text: unknown = error.data?.text;
    if (isText(text)) return text;
    if (error.data === undefined || error.data === null) {
      return {
        happened: 'The console behind this page does not answer.',
        next: 'Workers go on without it. Start it again with "transplant console" and open the link it prints.',
      };
    }
    return { happened: error.message, next: 'Try again; if it stays, look at the log of the console.' };
  }
  return { happened: error instanceof Error ? error.message : String(error), next: 'Try again.' };
}

function isText(value: unknown): value is CallProblem {
  return typeof value === 'object' && value !== null && 'happened' in value && 'next' in value;
}
