import { createHash } from 'node:crypto';

/**
 * Folder names and paths. Any name may come from a source: with `/` and `\`, with trailing dots and spaces, in either
 * Unicode form, longer than the target allows. A path joins names by `/`; what would break it is escaped in each name.
 */

/** Longest display name that Exchange takes, in UTF-16 units. */
export const MAX_NAME = 250;

export function escapeName(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}
export function unescapeName(part: string): string {
  return part.replaceAll('%2F', '/').replaceAll('%25', '%');
}
export function joinPath(parent: string, name: string): string {
  return parent === '/' ? `/${escapeName(name)}` : `${parent}/${escapeName(name)}`;
}

/** The form in which the target's server takes two names for the same one: case and Unicode form do not count. */
export function sameNameKey(name: string): string {
  return name.normalize('NFC').trimEnd().toLowerCase();
}

/** A name that the target takes: not empty, not too long; a shortened one ends in a mark of the whole. */
export function targetName(name: string): string {
  const clean = name.toWellFormed().trimEnd();
  if (clean === '') return '_';
  if (clean.length <= MAX_NAME) return clean;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${clean
    .slice(0, MAX_NAME - 9)
    .toWellFormed()
    .replace(/\ufffd$/u, '')}~${mark}`;
}

/** A name without what some servers refuse in folder names; tried after the server has refused the name as it is. */
export function plainName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const clean = name.replace(/[/\\]/gu, '-').replace(/[\u0000-\u001f\u007f]/gu, ' ');
  return targetName(clean.replace(/[. ]+$/u, ''));
}

/** `name`, or `name (2)`, `name (3)` …: the first that is not taken. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  for (let count = 2; ; count++) {
    const suffix = ` (${count})`;
    const candidate = `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`;
    if (!taken(candidate)) return candidate;
  }
}

/**
 * Whether a folder takes part: below one of the included paths (all, where none is given) and below no excluded one.
 * Paths compare without case.
 */
export function folderFilter(include: string[], exclude: string[]): (path: string) => boolean {
  const normal = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`.toLowerCase();
  const below = (path: string, top: string): boolean => top === '/' || path === top || path.startsWith(`${top}/`);
  const included = include.map(normal);
  const excluded = exclude.map(normal);
  return (path) => {
    const at = normal(path);
    if (excluded.some((top) => below(at, top))) return false;
    return included.length === 0 || included.some((top) => below(at, top));
  };
}
