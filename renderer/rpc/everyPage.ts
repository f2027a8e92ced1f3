import type { Cursor } from './keyedList.ts';

/** All rows of a list that is read by key, in parts of `limit`. */
export async function* everyPage<T>(
  read: (
    after: Cursor | undefined,
    limit: number,
    signal: AbortSignal,
  ) => Promise<{ lines: T[]; next?: Cursor | undefined }>,
  signal: AbortSignal,
  limit = 1_000,
): AsyncGenerator<T[]> {
  let after: Cursor | undefined;
  do {
    const page = await read(after, limit, signal);
    if (page.lines.length > 0) yield page.lines;
    after = page.next;
  } while (after && !signal.aborted);
}
