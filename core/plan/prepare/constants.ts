import type { RecipientKind } from '../../domain/words.ts';

/** The constants of Prepare-MoveRequest.ps1, with Exchange's names for them. */
export const MAIL_USER_TYPE = '128';
export const MAIL_USER_VERSION = '44220983382016';
/** NORMAL_ACCOUNT and ACCOUNTDISABLE ([MS-ADTS] 2.2.16). */
export const DISABLED_ACCOUNT = '514';

/** msExchRecipientDisplayType of a mail user that stands for a synced mailbox of a kind. */
export function mailUserDisplayType(kind: RecipientKind): string {
  switch (kind) {
    case 'roomMailbox':
      return '-2147481850'; // SyncedConferenceRoomMailbox
    case 'equipmentMailbox':
      return '-2147481594'; // SyncedEquipmentMailbox
    case 'linkedMailbox':
      return '-1073741818'; // ACLableSyncedMailboxUser
    default:
      return '-2147483642'; // SyncedMailboxUser
  }
}

/** msExchRecipientTypeDetails and msExchRecipientDisplayType of a mailbox. */
export function mailboxTypes(kind: RecipientKind): { details: string; display: string } {
  switch (kind) {
    case 'linkedMailbox':
      return { details: '2', display: '1073741824' };
    case 'sharedMailbox':
      return { details: '4', display: '0' };
    case 'roomMailbox':
      return { details: '16', display: '7' };
    case 'equipmentMailbox':
      return { details: '32', display: '8' };
    default:
      return { details: '1', display: '1073741824' };
  }
}

export const MAILBOX_VERSION = '88218628259840';

/** msExchPoliciesExcluded: this value keeps e-mail address policies away from an object. */
export const NO_ADDRESS_POLICY = '{26491cfc-9e50-4857-861b-0cb8df22b5d7}';

export const MAILBOX_KINDS: ReadonlySet<RecipientKind> = new Set([
  'mailbox',
  'sharedMailbox',
  'roomMailbox',
  'equipmentMailbox',
  'linkedMailbox',
]);
