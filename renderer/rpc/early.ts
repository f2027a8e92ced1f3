/** Answers that public/early.js asked for before the program was read, by path. */
const answers = (globalThis as { earlyAnswers?: Map<string, Promise<Response>> }).earlyAnswers;

/** How long after the start of the page an answer still counts as fresh, ms. */
const FRESH_MS = 10_000;

/** Like `fetch`; the first reading of what was asked for early takes that answer. */
export function fetchOrEarly(url: string | URL | Request, options?: RequestInit): Promise<Response> {
  const early = typeof url === 'string' ? answers?.get(url) : undefined;
  if (early === undefined || (options?.method ?? 'GET') !== 'GET') return fetch(url, options);
  answers?.delete(String(url));
  return performance.now() < FRESH_MS ? early : fetch(url, options);
}
