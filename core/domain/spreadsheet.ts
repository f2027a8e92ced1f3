/**
 * Cells for files that people open in a spreadsheet. A name from a directory must not become a formula (CSV injection,
 * OWASP): text that starts with a sign a spreadsheet acts on gets an apostrophe before it, and loses it again on import.
 */
const ACTS = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u;

export function safeCell(text: string): string {
  return ACTS.test(text) || text.startsWith("'") ? `'${text}` : text;
}

/** Takes back what safeCell did; text that a person typed stays. */
export function readCell(text: string): string {
  return text.startsWith("'") && (ACTS.test(text.slice(1)) || text.startsWith("''")) ? text.slice(1) : text;
}
