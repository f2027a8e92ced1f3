/** A PowerShell string literal in single quotes: nothing in it is interpreted, whatever name it came from. */
export function powershellQuoted(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, (sign) => sign + sign)}'`;
}
