/** An employee number, or another id, without the marks and leading zeros that one side adds. */
export function idKey(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\s._/-]+/g, '')
    .replace(/^0+(?=\d)/, '');
}

/** An id's key; '' for what is none: less than three characters, one repeated character, or a word for "no id". */
export function tellingId(text: string): string {
  const key = idKey(text);
  return key.length < 3 || /^(.)\1*$/u.test(key) || /^(?:none|null|tbd|unknown|test|n\/?a)$/.test(key) ? '' : key;
}
