import type { TargetChangePolicy } from '../../../core/domain/batch-options.ts';

/** What moves with a batch and how, as a form has it: text is empty where nothing is given. */
export interface Content {
  targetChanges: TargetChangePolicy;
  settings: boolean;
  archive: boolean;
  deepAtCutover: boolean;
  recoverableItems: boolean;
  rewriteAddresses: boolean;
  folderCollisions: 'rename' | 'merge';
  defaultFolderNames: 'target' | 'source';
  /** A path a line. */
  includeFolders: string;
  excludeFolders: string;
  /** Days as `2020-01-31`. */
  since: string;
  until: string;
  /** Parted by commas. */
  itemClasses: string;
  excludeItemClasses: string;
  /** Megabytes and days. */
  maxItemMb: string;
  archiveOlderThan: string;
}

export const CONTENT: Content = {
  targetChanges: 'source',
  settings: true,
  archive: true,
  deepAtCutover: true,
  recoverableItems: false,
  rewriteAddresses: false,
  folderCollisions: 'rename',
  defaultFolderNames: 'target',
  includeFolders: '',
  excludeFolders: '',
  since: '',
  until: '',
  itemClasses: '',
  excludeItemClasses: '',
  maxItemMb: '',
  archiveOlderThan: '',
};

const lines = (text: string) => text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
const words = (text: string) => text.split(/[\s,;]+/).filter((word) => word !== '');
/** The first instant of a day, UTC, as the command line has it. */
const dayOf = (text: string) => (text === '' ? undefined : Date.parse(`${text}T00:00:00Z`));

/** As the service takes it; what is empty is left to its defaults. */
export function optionsOf(content: Content) {
  const { includeFolders, excludeFolders, itemClasses, excludeItemClasses, since, until, maxItemMb, archiveOlderThan } =
    content;
  const { targetChanges, settings, archive, deepAtCutover, recoverableItems, rewriteAddresses } = content;
  const { folderCollisions, defaultFolderNames } = content;
  return {
    ...{ targetChanges, settings, archive, deepAtCutover, recoverableItems, rewriteAddresses },
    ...{ folderCollisions, defaultFolderNames },
    ...(archiveOlderThan !== '' && { archiveOlderThanDays: Number(archiveOlderThan) }),
    filter: {
      includeFolders: lines(includeFolders),
      excludeFolders: lines(excludeFolders),
      itemClasses: words(itemClasses),
      excludeItemClasses: words(excludeItemClasses),
      ...(since !== '' && { since: dayOf(since) }),
      ...(until !== '' && { until: dayOf(until) }),
      ...(maxItemMb !== '' && { maxItemBytes: Math.round(Number(maxItemMb) * 1024 * 1024) }),
    },
  };
}

/** Whether every figure is one. */
export function isSound({ maxItemMb, archiveOlderThan, since, until }: Content): boolean {
  const whole = archiveOlderThan === '' || /^[1-9]\d{0,4}$/.test(archiveOlderThan);
  const size = maxItemMb === '' || Number(maxItemMb) > 0;
  return whole && size && (since === '' || until === '' || since < until);
}
