import { z } from 'zod';
import { FORWARDING_MODES } from './cutover.ts';

/** How an item travels: the whole FastTransfer stream, MIME with the properties beside it, or typed properties. */
export const TRANSPORTS = ['stream', 'mime', 'typed'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Who wins where a person changed or deleted a migrated object in the target. */
export const TARGET_CHANGE_POLICIES = ['source', 'target', 'newest', 'report'] as const;
export type TargetChangePolicy = (typeof TARGET_CHANGE_POLICIES)[number];

/** What is left behind on purpose. Dates are ms since the epoch, UTC; paths are folder paths with `/` escaped as `%2F`. */
export const itemFilterSchema = z.object({
  includeFolders: z.array(z.string()).default([]),
  excludeFolders: z.array(z.string()).default([]),
  /** Items received (or, without that, created) before this time stay behind. */
  since: z.int().nullable().default(null),
  until: z.int().nullable().default(null),
  /** Item classes by prefix, such as `IPM.Note`; empty means all. */
  itemClasses: z.array(z.string()).default([]),
  excludeItemClasses: z.array(z.string()).default([]),
  /** Bytes as the source states them; a larger item is recorded as a bad item, not dropped. */
  maxItemBytes: z.int().positive().nullable().default(null),
});
export type ItemFilter = z.infer<typeof itemFilterSchema>;

/** Where a subtree of public folders goes. */
export const publicFolderTargetSchema = z.object({
  /** Path of the subtree's top folder in the source. */
  path: z.string(),
  kind: z.enum(['publicFolders', 'mailbox', 'archive']),
  /** SMTP address of the shared or group mailbox; empty for public folders. */
  address: z.string().default(''),
  /** Folder below which the subtree is put; empty for the root. */
  below: z.string().default(''),
});
export type PublicFolderTarget = z.infer<typeof publicFolderTargetSchema>;

/** A subtree of public folders in which people work on both sides, and who wins where both changed the same item. */
export const twoWaySchema = z.object({
  /** Path of the subtree's top folder in the source. */
  path: z.string(),
  rule: z.enum(TARGET_CHANGE_POLICIES),
});
export type TwoWay = z.infer<typeof twoWaySchema>;

/** What a batch's owner chose. Every field has a default, so `{}` is a sensible batch. */
export const batchOptionsSchema = z.object({
  /** `auto` takes the best that both servers offer and says why. */
  transport: z.enum(['auto', ...TRANSPORTS]).default('auto'),
  targetChanges: z.enum(TARGET_CHANGE_POLICIES).default('source'),
  /** Two source folders that would get one name in the target: put together, or the second one renamed. */
  folderCollisions: z.enum(['merge', 'rename']).default('rename'),
  filter: itemFilterSchema.prefault({}),
  permissions: z.boolean().default(true),
  /** Delegates, inbox rules, automatic replies, categories and other configuration of a mailbox. */
  settings: z.boolean().default(true),
  /** Senders and recipients inside items get their addresses in the target, through the matches. */
  rewriteAddresses: z.boolean().default(false),
  associatedItems: z.boolean().default(true),
  archive: z.boolean().default(true),
  recoverableItems: z.boolean().default(false),
  /**
   * Mail that is older than so many days when it is first seen goes into the target's archive, into folders of the same
   * names; null: all of it stays in the mailbox.
   */
  archiveOlderThanDays: z.int().min(1).max(36_500).nullable().default(null),
  /** Names of default folders: the target's own, or the source's where the server lets them be changed. */
  defaultFolderNames: z.enum(['target', 'source']).default('target'),
  publicFolders: z.array(publicFolderTargetSchema).default([]),
  /** Subtrees that are synced both ways; their rule stands in for `targetChanges`. */
  twoWay: z.array(twoWaySchema).default([]),
  /** How often a bad item is tried again before it waits for a person. */
  badItemAttempts: z.int().min(1).max(10).default(2),
  /** At cutover all content is compared before the switch; otherwise what a list shows of every item, and a sample. */
  deepAtCutover: z.boolean().default(true),
  /** After the switch: mail goes on to the target alone, or is kept in the source too until somebody signs off. */
  forwarding: z.enum(FORWARDING_MODES).default('redirect'),
  /** Public folders are locked for everybody before their last sync. */
  lockPublicFolders: z.boolean().default(false),
});
export type BatchOptions = z.infer<typeof batchOptionsSchema>;
