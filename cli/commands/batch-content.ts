import type { Command } from 'commander';
import type { z } from 'zod';
import { type batchOptionsSchema, TARGET_CHANGE_POLICIES } from '../../core/domain/batch-options.ts';
import { UsageError } from '../../core/domain/errors.ts';

/** What `batch create` takes about which content moves, and where to. */
export interface ContentOptions {
  include?: string[];
  exclude?: string[];
  since?: string;
  until?: string;
  itemClass?: string[];
  excludeItemClass?: string[];
  maxItemMb?: string;
  collisions?: string;
  targetChanges?: string;
  archiveOlderThan?: string;
  folderNames?: string;
}

const COLLISIONS = ['rename', 'merge'] as const;
const FOLDER_NAMES = ['target', 'source'] as const;

export function withContentOptions(command: Command): Command {
  return command
    .option('--include <path...>', 'only these folders with all below them; @inbox is the Inbox in every language')
    .option('--exclude <path...>', 'without these folders, such as @deleteditems or "/Inbox/Old"')
    .option('--since <date>', 'only items of this day or later, such as 2020-01-31')
    .option('--until <date>', 'only items before this day')
    .option('--item-class <class...>', 'only these item classes, such as IPM.Note')
    .option('--exclude-item-class <class...>', 'without these item classes')
    .option('--max-item-mb <megabytes>', 'larger items stay behind, on the list of bad items')
    .option('--collisions <policy>', `folders that would get one name: ${COLLISIONS.join(' or ')} (default: rename)`)
    .option(
      '--target-changes <policy>',
      `who wins where people change copies: ${TARGET_CHANGE_POLICIES.join(', ')} (default: source)`,
    )
    .option('--archive-older-than <days>', "mail older than this goes into the target's archive")
    .option('--folder-names <side>', `names of default folders: ${FOLDER_NAMES.join(' or ')} (default: target)`);
}

/** @throws UsageError */
export function readContent(options: ContentOptions): z.input<typeof batchOptionsSchema> {
  const { include, exclude, itemClass, excludeItemClass } = options;
  const since = dayOf('--since', options.since);
  const until = dayOf('--until', options.until);
  const megabytes = numberOf('--max-item-mb', options.maxItemMb);
  const filter = {
    ...(include && { includeFolders: include }),
    ...(exclude && { excludeFolders: exclude }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(itemClass && { itemClasses: itemClass }),
    ...(excludeItemClass && { excludeItemClasses: excludeItemClass }),
    ...(megabytes !== undefined && { maxItemBytes: Math.round(megabytes * 1024 * 1024) }),
  };
  const folderCollisions = oneOf('--collisions', options.collisions, COLLISIONS);
  const targetChanges = oneOf('--target-changes', options.targetChanges, TARGET_CHANGE_POLICIES);
  const defaultFolderNames = oneOf('--folder-names', options.folderNames, FOLDER_NAMES);
  const days = numberOf('--archive-older-than', options.archiveOlderThan);
  return {
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(folderCollisions && { folderCollisions }),
    ...(targetChanges && { targetChanges }),
    ...(defaultFolderNames && { defaultFolderNames }),
    ...(days !== undefined && { archiveOlderThanDays: Math.ceil(days) }),
  };
}

function oneOf<T extends string>(option: string, text: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((one) => one === text);
  if (text === undefined || found !== undefined) return found;
  throw wrong(option, text, `Give one of: ${choices.join(', ')}`);
}

/** The first instant of a day, UTC, ms since the epoch. */
function dayOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\d$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) throw wrong(option, text, 'Write the day like 2020-01-31; it begins at midnight UTC.');
  return at;
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw wrong(option, text, 'Give a number above zero.');
  return value;
}

const wrong = (option: string, text: string, next: string): UsageError =>
  new UsageError({ tried: `read ${option} "${text}"`, happened: 'It is none of what can stand there.', next });
