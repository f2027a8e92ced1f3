/** Keys that one statement takes: within SQL Server's 2,100 parameters, with room for others. */
const MOST = 500;

/**
 * Keys in pages that one statement takes as a list. Each page is filled up with its last key to one of few lengths: every
 * length is a statement of its own to the database, which keeps the plans, and our own driver keeps what it prepared.
 */
export function* keyPages<T>(keys: readonly T[]): Generator<T[]> {
  for (let at = 0; at < keys.length; at += MOST) {
    const page = keys.slice(at, at + MOST);
    const last = page.at(-1) as T;
    const length = Math.min(MOST, 2 ** Math.ceil(Math.log2(page.length)));
    while (page.length < length) page.push(last);
    yield page;
  }
}
