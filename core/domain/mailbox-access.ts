import { z } from 'zod';

/** Where is known from that somebody may use a mailbox: attributes of the directory, and what Exchange answers. */
export const ACCESS_ORIGINS = {
  publicDelegates: { by: 'directory', word: 'publicDelegates' },
  delegateListLink: { by: 'directory', word: 'msExchDelegateListLink' },
  securityDescriptor: { by: 'directory', word: 'msExchMailboxSecurityDescriptor' },
  delegates: { by: 'exchange', word: 'GetDelegate' },
  folderPermissions: { by: 'exchange', word: 'folder permissions' },
} as const;
export type AccessOrigin = keyof typeof ACCESS_ORIGINS;
export const accessOriginSchema = z.enum(Object.keys(ACCESS_ORIGINS) as [AccessOrigin, ...AccessOrigin[]]);

/** How the one who may use a mailbox is named, as it was read. */
export const GRANTEE_FORMS = ['dn', 'sid', 'smtp'] as const;
export type GranteeForm = (typeof GRANTEE_FORMS)[number];

/** One line of who may use a mailbox. */
export interface MailboxAccess {
  origin: AccessOrigin;
  /** `FullAccess`, `SendOnBehalf`, `Delegate`, or a folder's level as Exchange names it, such as `Editor`. */
  right: string;
  granteeForm: GranteeForm;
  /** In lower case; SIDs as they are. */
  grantee: string;
  /** Path of the folder; empty where the right is one over the whole mailbox. */
  place: string;
}

/**
 * How much two people miss when their mailboxes are in different forests, by right. Who opens a whole mailbox every day
 * misses most; who looks at a calendar now and then misses little.
 */
export function weightOfAccess({ right }: Pick<MailboxAccess, 'right'>): number {
  return WEIGHTS[right] ?? 2;
}
const WEIGHTS: Record<string, number> = {
  FullAccess: 10,
  Delegate: 8,
  SendOnBehalf: 6,
  Owner: 6,
  PublishingEditor: 5,
  Editor: 5,
  PublishingAuthor: 4,
  Author: 4,
  NoneditingAuthor: 3,
  Reviewer: 2,
  Contributor: 1,
  FreeBusyTimeAndSubjectAndLocation: 1,
  FreeBusyTimeOnly: 1,
  None: 0,
};
