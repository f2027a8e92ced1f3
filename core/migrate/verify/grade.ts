import type { Grade } from '../../domain/words.ts';

export interface Counts {
  source: number;
  verified: number;
  different: number;
  missing: number;
  extra: number;
  bad: number;
  accepted: number;
  foldersMissing: number;
  foldersDifferent: number;
  /** Settings that are not as they should be, and those that are listed with a reason. */
  settingsOpen: number;
  settingsListed: number;
}

/** Up to this share of a mailbox's items may be in question before a person should think of loss. */
const FEW = 0.01;

/**
 * The consistency grade, in the sense of Microsoft's data consistency score: Perfect, nothing found; Good, found but
 * nothing is lost or all of it was accepted by a person; Investigate, a few items are missing, different or bad; Poor,
 * many are.
 */
export function gradeOf(counts: Counts): Grade {
  const serious = counts.missing + counts.different + counts.bad + counts.foldersMissing + counts.settingsOpen;
  if (serious > Math.max(3, Math.ceil(counts.source * FEW))) return 'Poor';
  if (serious > 0) return 'Investigate';
  return counts.extra + counts.accepted + counts.foldersDifferent + counts.settingsListed > 0 ? 'Good' : 'Perfect';
}
