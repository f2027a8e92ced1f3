/** Letters and marks that turn the direction of what stands beside them. */
const TURNS =
  /[\u0590-\u08FF\u200E\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const MARKS = /[\u202A-\u202E\u2066-\u2069]/g;

/**
 * A name inside a sentence of ours: however its letters run, and whatever marks somebody put into it, the words around it
 * stay where they are.
 */
export function held(name: string): string {
  return TURNS.test(name) ? `\u2068${name.replaceAll(MARKS, '')}\u2069` : name;
}
