import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../core/api/router.ts';
import { fetchOrEarly } from './early.ts';

/**
 * The only way to data: the typed router over the mount that served this page. One request a call: a long poll in a
 * batch would hold the others back.
 */
export const api = createTRPCClient<AppRouter>({
  links: [httpLink({ url: '/api', headers: { 'x-transplant-call': '1' }, fetch: fetchOrEarly })],
});

export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

/** An error as a person reads it. */
export interface Problem {
  happened: string;
  next: string;
  tried: string | undefined;
  correlation: string | undefined;
}

/** What this window does not even ask for, with the reason for people. */
export class Refused extends Error {
  readonly problem: Pick<Problem, 'happened' | 'next'>;

  constructor(problem: Pick<Problem, 'happened' | 'next'>) {
    super(problem.happened);
    this.problem = problem;
  }
}

interface ErrorData {
  code?: string | undefined;
  text?: { tried: string; happened: string; next: string } | undefined;
  correlation?: string | undefined;
}

/** Turns whatever a call threw into words. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return { ...error.problem, tried: undefined, correlation: undefined };
  if (error instanceof TRPCClientError) {
    const data = (error.data ?? undefined) as ErrorData | undefined;
    if (data?.text) return { ...data.text, correlation: data.correlation };
    if (data?.code === 'PAYLOAD_TOO_LARGE') {
      return {
        tried: undefined,
        happened: 'That is more than the console takes at once, 64 MB.',
        next: 'Give it in parts, or use the command line, which reads files of any length.',
        correlation: data.correlation,
      };
    }
    if (data === undefined) {
      return {
        tried: undefined,
        happened: 'The program behind this page does not answer.',
        next: 'Workers go on without it. Start the console again; in a browser, open the link that it prints.',
        correlation: undefined,
      };
    }
    return {
      tried: undefined,
      happened: error.message,
      next: 'Try again. If it stays, report it with the number below.',
      correlation: data.correlation,
    };
  }
  return {
    tried: undefined,
    happened: 'Something unexpected happened in this window.',
    next: 'Reload the window; nothing that runs is touched by that.',
    correlation: undefined,
  };
}
