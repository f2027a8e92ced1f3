/**
 * The life of a lock on one public folder: `locking` (its list from before is kept, the locked one may be written),
 * `locked` (read back and found locked), `blocked` (it could not be locked, or released, with the reason), `releasing`,
 * `released` (read back and found as it was).
 */
export const LOCK_STATES = ['locking', 'locked', 'blocked', 'releasing', 'released'] as const;
export type LockState = (typeof LOCK_STATES)[number];

/** What each state may become. A crash leaves `locking` or `releasing`; both are done again. */
export const LOCK_MOVES: Record<LockState, readonly LockState[]> = {
  locking: ['locking', 'locked', 'blocked', 'releasing'],
  locked: ['locked', 'locking', 'blocked', 'releasing'],
  blocked: ['locking', 'locked', 'releasing', 'blocked'],
  releasing: ['releasing', 'released', 'blocked'],
  released: ['locking', 'released'],
};

/** Permission levels that let somebody change a folder; in a locked one they may read, as before. */
const WRITING: Record<string, string> = {
  Owner: 'Reviewer',
  PublishingEditor: 'Reviewer',
  Editor: 'Reviewer',
  PublishingAuthor: 'Reviewer',
  Author: 'Reviewer',
  NoneditingAuthor: 'Reviewer',
  // Contributors may write and not read: locked they may do neither.
  Contributor: 'None',
};

/** The level that a user has in a locked folder. Single rights (`Custom`) are cut by `lockedRights`. */
export function lockedLevel(level: string): string {
  return WRITING[level] ?? level;
}

/** Single rights without those that change anything; by EWS element name. */
export function lockedRights(rights: Readonly<Record<string, string>>): Record<string, string> {
  const cut: Record<string, string> = {
    CanCreateItems: 'false',
    CanCreateSubFolders: 'false',
    IsFolderOwner: 'false',
    EditItems: 'None',
    DeleteItems: 'None',
  };
  return Object.fromEntries(Object.entries(rights).map(([name, value]) => [name, cut[name] ?? value]));
}
