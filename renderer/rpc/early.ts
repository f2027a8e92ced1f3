import type { Early } from '../early.ts';

/** What was asked for before the program was read. */
const early = (globalThis as { early?: Early }).early;

/** Kept when the sentence stands in the first screen that came with the page; undefined without one. */
export const firstSaid = early?.said;

/** How long after the start of the page an answer still counts as fresh, ms. */
const FRESH_MS = 10_000;

/** Like `fetch`; the first reading of what was asked for early takes that answer. */
export function fetchOrEarly(url: string | URL | Request, options?: RequestInit): Promise<Response> {
  const answer = typeof url === 'string' ? early?.answers.get(url) : undefined;
  if (answer === undefined || (options?.method ?? 'GET') !== 'GET') return fetch(url, options);
  early?.answers.delete(String(url));
  return performance.now() < FRESH_MS ? answer : fetch(url, options);
}
