import { CUSTOM_ATTRIBUTES, PERSONAL_ATTRIBUTES } from '../attributes.ts';
import type { ExportEntry } from './schema.ts';

/** Attributes of a mailbox that the target's mail user takes as they are (Prepare-MoveRequest.ps1). */
const MAILBOX_ATTRIBUTES = [
  'msExchMailboxGuid',
  'msExchArchiveGUID',
  'msExchArchiveName',
  'msExchUserCulture',
  'msExchHideFromAddressLists',
];

/** References to other objects: remapped through the matches, never copied. */
export const REFERENCES = ['manager', 'altRecipient', 'publicDelegates', 'managedBy', 'authOrig'] as const;

/** The built-in flow, in the form in which people write their own. */
export const BUILT_IN_EXPORT: readonly ExportEntry[] = [
  ...[...PERSONAL_ATTRIBUTES, ...CUSTOM_ATTRIBUTES, ...MAILBOX_ATTRIBUTES].map(
    (attribute): ExportEntry => ({ attribute, copy: attribute, existing: 'fill' }),
  ),
  ...[...REFERENCES, 'member'].map((attribute): ExportEntry => ({ attribute, remap: attribute, existing: 'fill' })),
];

/** What the built-in flow gives a group; the schema refuses a person's attributes there. */
export const GROUP_ATTRIBUTES: ReadonlySet<string> = new Set([
  'displayName',
  'description',
  'info',
  'msExchHideFromAddressLists',
  ...CUSTOM_ATTRIBUTES,
]);

/** What a mailbox has alone: no contact is given it. */
export const MAILBOX_ALONE: ReadonlySet<string> = new Set([
  'msExchMailboxGuid',
  'msExchArchiveGUID',
  'msExchArchiveName',
]);

/** Names that must be unique in the target: a flow says what is wished, prepare makes it unique. */
export const WISHES: ReadonlySet<string> = new Set(['cn', 'sAMAccountName', 'userPrincipalName', 'mailNickname']);

/** Worked out by prepare from more than one object; a flow that wrote them would break mail or the account. */
export const REFUSED: Readonly<Record<string, string>> = {
  proxyAddresses: 'prepare merges the addresses of both sides; change what comes in from the source under import',
  mail: 'prepare takes the primary address; change what comes in from the source under import',
  targetAddress: 'it must be the address of the source mailbox',
  legacyExchangeDN: 'the target gives it',
  objectClass: 'it is given by the kind of object',
  objectGUID: 'the server gives it',
  objectSid: 'the server gives it',
  sIDHistory: 'only the domain controller may write it',
  userAccountControl: 'accounts are made disabled',
  unicodePwd: 'passwords are never written',
  userPassword: 'passwords are never written',
  homeMDB: 'say it with prepare plan --database',
  msExchHomeServerName: 'it follows from the database',
  msExchRecipientTypeDetails: 'it is given by the kind of object',
  msExchRecipientDisplayType: 'it is given by the kind of object',
  msExchVersion: 'it is given by the kind of object',
  msExchMasterAccountSid: 'say it with prepare plan --link-to-source',
  nTSecurityDescriptor: 'permissions are not written',
  groupType: 'it is given by the kind of object',
};
