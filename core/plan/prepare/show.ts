import type { DirectoryChange } from '../../store/directory-changes.ts';

/** One attribute of a change, value by value. */
export interface AttributeDiff {
  attribute: string;
  removed: string[];
  added: string[];
  /** Values that stay, of attributes with several. */
  kept: number;
}

/** What a change does to each attribute. */
export function attributeDiffs(change: Pick<DirectoryChange, 'kind' | 'before' | 'after'>): AttributeDiff[] {
  const names = [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])].sort();
  return names.flatMap((attribute) => {
    const before = change.before[attribute] ?? [];
    const after = change.kind === 'delete' ? [] : (change.after[attribute] ?? []);
    const removed = before.filter((v) => !after.includes(v));
    const added = after.filter((v) => !before.includes(v));
    if (removed.length + added.length === 0) return [];
    return [{ attribute, removed, added, kept: before.length - removed.length }];
  });
}

const SIGNS = { add: '+', modify: '~', delete: '-' } as const;
const LONGEST = 160;

/** A change as a diff for people: `-` before, `+` after. */
export function diffText(change: DirectoryChange, forestName: string): string {
  const heading = `${SIGNS[change.kind]} ${change.dn}  [${forestName}] ${change.state}`;
  const reason = `    # ${change.reason}${change.message ? `; ${change.message}` : ''}`;
  const lines = attributeDiffs(change).flatMap((d) => [
    ...d.removed.map((v) => `    - ${d.attribute}: ${cut(v)}`),
    ...d.added.map((v) => `    + ${d.attribute}: ${cut(v)}`),
  ]);
  return [heading, reason, ...lines].join('\n');
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
