/** Bodies between HTML and plain text, as far as a store that keeps one must show the other. */

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** What a person reads of HTML: tags away, blocks on lines of their own, entities as characters. */
export function htmlToText(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->|<(script|style|head|title)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<br\s*\/?\s*>\s?/gi, '\r\n')
    .replace(/<\/(p|div|tr|h[1-6]|li|table|ul|ol|blockquote)\s*>\s?/gi, '\r\n')
    .replace(/<li\b[^>]*>/gi, '* ')
    .replace(/<\/t[dh]\s*>/gi, '\t')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, name: string) => entity(whole, name))
    .replace(/^ +/gm, '')
    .trimEnd();
}

function entity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

/** Plain text as an HTML document, lines kept. */
export function textToHtml(text: string): string {
  const safe = text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
  return `<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n<body>\r\n<div class="PlainText">${safe.replace(/\r\n|\r|\n/g, '<br>\r\n')}</div>\r\n</body>\r\n</html>\r\n`;
}
