import { createHash } from 'node:crypto';

/**
 * Folder names and paths. Any name may come from a source: with `/` and `\`, with trailing dots and spaces, in either
 * Unicode form, longer than the target allows. A path joins names by `/`; what would break it is escaped in each name.
 */

/** Longest display name that Exchange takes, in UTF-16 units. */
export const MAX_NAME = 250;

/** A name as part of a path: never empty and without `/`, so that every folder has a path of its own. */
export function escapeName(name: string): string {
  return name === '' ? NAMELESS : name.replaceAll('%', '%25').replaceAll('/', '%2F');
}
/** Part of a path for a folder without a name, as broken stores have them; in a name the sign is written `%25`. */
const NAMELESS = '%';
export function joinPath(parent: string, name: string): string {
  return parent === '/' ? `/${escapeName(name)}` : `${parent}/${escapeName(name)}`;
}

/** The form in which the target's server takes two names for the same one: case and Unicode form do not count. */
export function sameNameKey(name: string): string {
  return name.normalize('NFC').trimEnd().toLowerCase();
}

/** Characters that no request can carry (XML 1.0, 2.2 Char). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters meant
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;

/** A name that the target takes: not empty, not too long; a shortened one ends in a mark of the whole. */
export function targetName(name: string): string {
  const clean = name.toWellFormed().replace(UNSPEAKABLE, '\ufffd').trimEnd();
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

/** How a folder takes part: with its items, only as the way to others below it, or not at all. */
export type Part = 'all' | 'way' | 'none';

/**
 * How folders take part: whole below one of the included paths (all, where none is given), not at all below an excluded
 * one; what leads to an included one is made without its items. Paths compare without case and in any Unicode form. One
 * that begins with `@inbox` or another name by which EWS knows default folders holds in every language.
 */
export function folderFilter(include: string[], exclude: string[]): (path: string, byRole?: string) => Part {
  const normal = (path: string): string =>
    `/${path.normalize('NFC').split('/').filter(Boolean).join('/')}`.toLowerCase();
  const below = (path: string, top: string): boolean => top === '/' || path === top || path.startsWith(`${top}/`);
  const included = include.map(normal);
  const excluded = exclude.map(normal);
  return (path, byRole = path) => {
    const names = [normal(path), normal(byRole)];
    if (excluded.some((top) => names.some((at) => below(at, top)))) return 'none';
    if (included.length === 0 || included.some((top) => names.some((at) => below(at, top)))) return 'all';
    return included.some((top) => names.some((at) => below(top, at))) ? 'way' : 'none';
  };
}

/** Path of a folder that begins with the name by which EWS knows the default folder above it. */
export function rolePath(parent: string, folder: { name: string; distinguished: string | null }): string {
  return folder.distinguished === null ? joinPath(parent, folder.name) : `/@${folder.distinguished}`;
}
