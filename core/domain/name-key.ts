/**
 * The form in which names and addresses are compared and kept in `*_key` columns: one Unicode form, one case, single
 * spaces. The program decides what is equal, never a server's collation.
 */
export function nameKey(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();
}
