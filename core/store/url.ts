import { StoreUrlError } from './errors.ts';

export type StoreAddress =
  | { dialect: 'sqlite'; file: string; shown: string }
  | { dialect: 'mssql'; url: URL; shown: string };

/**
 * Takes a database URL apart: `sqlite:FILE` (or `sqlite::memory:`) or
 * `mssql://user:password@host:port/database?encrypt=true&pin=SHA256`. `shown` is safe to print.
 * @throws StoreUrlError when it is neither
 */
export function parseStoreUrl(text: string): StoreAddress {
  if (text.startsWith('sqlite:')) {
    const file = text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (file) return { dialect: 'sqlite', file, shown: `sqlite:${file}` };
  } else if (text.startsWith('mssql://') && URL.canParse(text)) {
    const url = new URL(text);
    if (url.hostname) return { dialect: 'mssql', url, shown: redactUrl(text) };
  }
  throw new StoreUrlError({
    tried: `open the database ${redactUrl(text)}`,
    happened: 'The address is not understood.',
    next: 'Use sqlite:FILE or mssql://user@host:1433/database, and escape special characters in it (%40 for @).',
  });
}

/** The address without its password and without tokens in the query, for messages and logs. */
export function redactUrl(text: string): string {
  return text
    .replace(/^([a-z]+:\/\/[^/?#]*?):.*@/i, '$1:…@')
    .replace(/([?&](?:password|pwd|token|secret)[^=&]*=)[^&#]*/gi, '$1…');
}
