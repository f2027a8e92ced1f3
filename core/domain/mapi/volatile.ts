import { propKey } from './bag.ts';
import { MessageFlag } from './message.ts';
import type { PropRef } from './ref.ts';
import { PidTag } from './tags.ts';

/**
 * Properties a server gives or works out by itself when an item arrives, so that two faithful copies differ in them.
 * Nothing else is left out of a comparison. Each stands with its reason.
 */
const BY_SERVER: readonly [PropRef, string][] = [
  [PidTag.EntryId, 'the place of the item in its store'],
  [PidTag.ParentEntryId, 'the place of the item in its store'],
  [PidTag.RecordKey, 'the place of the item in its store'],
  [PidTag.StoreEntryId, 'the place of the item in its store'],
  [PidTag.StoreRecordKey, 'the place of the item in its store'],
  [PidTag.InstanceKey, 'the place of the item in a table'],
  [PidTag.MappingSignature, 'which numbers named properties have in a store'],
  [PidTag.Mid, 'the number of the item in its store'],
  [PidTag.FolderId, 'the number of the folder in its store'],
  [PidTag.ParentFolderId, 'the number of the folder in its store'],
  [PidTag.SourceKey, 'the identity of the item in one store'],
  [PidTag.ParentSourceKey, 'the identity of the folder in one store'],
  [PidTag.ChangeKey, 'counts the changes in one store'],
  [PidTag.PredecessorChangeList, 'counts the changes in one store'],
  [PidTag.ChangeNumber, 'counts the changes in one store'],
  [PidTag.InternetArticleNumber, 'counts the items of a folder'],
  [PidTag.LastModificationTime, 'the upload itself is a modification'],
  [PidTag.LocalCommitTime, 'the time of the upload'],
  [PidTag.LastModifierName, 'the account that uploaded'],
  [PidTag.LastModifierEntryId, 'the account that uploaded'],
  [PidTag.MessageSize, 'each store counts in its own way'],
  [PidTag.AttachSize, 'each store counts in its own way'],
  [PidTag.AttachNumber, 'attachments are numbered anew'],
  [PidTag.RowId, 'recipients are numbered anew'],
  [PidTag.ObjectType, 'the kind of object, said by the interface'],
  [PidTag.Access, 'what the reading account may do'],
  [PidTag.AccessLevel, 'what the reading account may do'],
  [PidTag.HasAttachments, 'worked out from the attachments, which are compared'],
  [PidTag.DisplayTo, 'worked out from the recipients, which are compared'],
  [PidTag.DisplayCc, 'worked out from the recipients, which are compared'],
  [PidTag.DisplayBcc, 'worked out from the recipients, which are compared'],
  [PidTag.Read, 'the same as the read bit of the message flags, which is compared'],
];

const KEYS = new Set(BY_SERVER.map(([ref]) => propKey(ref)));

/** The documented list, for reports: property id as four hex digits and why a server changes it. */
export const VOLATILE_PROPERTIES: readonly { key: string; why: string }[] = BY_SERVER.map(([ref, why]) => ({
  key: propKey(ref),
  why,
}));

/** True for a property that a server may change without the item being another. */
export function isVolatile(key: string): boolean {
  return KEYS.has(key);
}

/** Bits of PidTagMessageFlags that belong to the item; the others say who looks at it and what the store worked out. */
export const COMPARED_FLAGS = MessageFlag.read | MessageFlag.unsent | MessageFlag.associated | MessageFlag.resend;
