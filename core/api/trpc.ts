import { initTRPC } from '@trpc/server';
import type { ApiContext } from './context.ts';

const t = initTRPC.context<ApiContext>().create();
export const router = t.router;
export const procedure = t.procedure;
export const createCallerFactory = t.createCallerFactory;
