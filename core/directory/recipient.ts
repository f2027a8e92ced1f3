import { createHash } from 'node:crypto';
import { collectAddresses } from '../domain/addresses.ts';
import { nameKey } from '../domain/name-key.ts';
import { type Attributes, first, type RecipientRecord, values } from '../domain/recipient.ts';
import type { RecipientKind } from '../domain/words.ts';
import { rdnValue } from './dn.ts';
import { generalizedTime } from './values.ts';

/** msExchRecipientTypeDetails, as Exchange's own names have them. */
const TYPE_DETAILS: Record<string, RecipientKind> = {
  '1': 'mailbox', // UserMailbox
  '2': 'linkedMailbox', // LinkedMailbox
  '4': 'sharedMailbox', // SharedMailbox
  '8': 'mailbox', // LegacyMailbox
  '16': 'roomMailbox', // RoomMailbox
  '32': 'equipmentMailbox', // EquipmentMailbox
  '64': 'contact', // MailContact
  '128': 'mailUser', // MailUser
  '256': 'group', // MailUniversalDistributionGroup
  '512': 'group', // MailNonUniversalGroup
  '1024': 'group', // MailUniversalSecurityGroup
  '2048': 'dynamicGroup', // DynamicDistributionGroup
  '4096': 'publicFolder', // PublicFolder
  '32768': 'contact', // MailForestContact
  '65536': 'user', // User
  '131072': 'contact', // Contact
  '262144': 'group', // UniversalDistributionGroup
  '524288': 'group', // UniversalSecurityGroup
  '1048576': 'group', // NonUniversalGroup
  '2097152': 'user', // DisabledUser
  '33554432': 'roomMailbox', // LinkedRoomMailbox
  '268435456': 'group', // RoomList
  '2147483648': 'mailUser', // RemoteUserMailbox
  '8589934592': 'mailUser', // RemoteRoomMailbox
  '17179869184': 'mailUser', // RemoteEquipmentMailbox
  '34359738368': 'mailUser', // RemoteSharedMailbox
};

/** msExchRecipientTypeDetails of mailboxes that Exchange keeps for itself: they are never migrated. */
const SYSTEM_TYPES = new Set([
  '8192', // SystemAttendantMailbox
  '16384', // SystemMailbox
  '4194304', // MicrosoftExchange
  '8388608', // ArbitrationMailbox
  '16777216', // MailboxPlan
  '536870912', // DiscoveryMailbox
  '549755813888', // MonitoringMailbox
  '4398046511104', // AuditLogMailbox
]);

const SYSTEM_NAMES =
  /^(?:SystemMailbox\{|HealthMailbox|FederatedEmail\.|Migration\.8f3e7716|DiscoverySearchMailbox|ExchangeSystemMailbox|SM_[0-9a-f]{17}$)/i;

/** S-1-5-10 (SELF) as the master account marks a shared or resource mailbox, not a link to somebody else's account. */
const SELF_SID = 'S-1-5-10';

/** What a directory object is to Exchange; undefined for objects that are no recipients. */
export function recipientKind(a: Attributes): RecipientKind | undefined {
  const classes = values(a, 'objectClass').map((c) => c.toLowerCase());
  const is = (name: string) => classes.includes(name);
  if (is('computer')) return undefined;
  if (is('publicfolder')) return 'publicFolder';
  if (is('msexchdynamicdistributionlist')) return 'dynamicGroup';
  if (is('group') || is('groupofnames')) return 'group';
  const byType = TYPE_DETAILS[first(a, 'msExchRecipientTypeDetails') ?? ''];
  if (byType) return byType;
  if (is('contact')) return 'contact';
  const person = is('user') || is('inetorgperson') || is('person');
  return person || classes.length === 0 ? accountKind(a) : undefined;
}

/** Directories before Exchange 2007, and exports of some attributes only, have no recipient type: the rest tells. */
function accountKind(a: Attributes): RecipientKind {
  const mailbox = ['homeMDB', 'msExchHomeServerName'].some((name) => first(a, name));
  if (!mailbox) return first(a, 'targetAddress') ? 'mailUser' : 'user';
  switch (first(a, 'msExchRecipientDisplayType')) {
    case '7':
    case '-2147481850':
      return 'roomMailbox';
    case '8':
    case '-2147481594':
      return 'equipmentMailbox';
    default:
  }
  const master = first(a, 'msExchMasterAccountSid');
  if (!master) return 'mailbox';
  return master === SELF_SID ? 'sharedMailbox' : 'linkedMailbox';
}

/** Whether Exchange or Windows keeps the object for itself. */
export function isSystemObject(a: Attributes, dn: string): boolean {
  if (SYSTEM_TYPES.has(first(a, 'msExchRecipientTypeDetails') ?? '')) return true;
  if (SYSTEM_NAMES.test(rdnValue(dn)) || SYSTEM_NAMES.test(first(a, 'sAMAccountName') ?? '')) return true;
  if (hasMail(a)) return false;
  // Trust, workstation and server accounts ([MS-ADTS] 2.2.16).
  if ((Number(first(a, 'userAccountControl') ?? 0) & 0x3800) !== 0) return true;
  return first(a, 'isCriticalSystemObject') === 'TRUE';
}

/** Accounts count without mail (RECIPIENT_FILTER); everything else is a recipient by its mail attributes alone. */
function isRecipient(kind: RecipientKind, a: Attributes): boolean {
  return kind === 'user' || hasMail(a);
}

function hasMail(a: Attributes): boolean {
  return ['mail', 'mailNickname', 'proxyAddresses', 'targetAddress', 'legacyExchangeDN'].some((name) => first(a, name));
}

/** A stable identity for an object of an export without objectGUID. */
export function guidFromDn(dn: string): string {
  const hex = createHash('sha256').update(dn.trim().toLowerCase()).digest('hex');
  // Version 8 of RFC 9562 leaves the bits to us, so it is never taken for a GUID of the directory.
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** What discovery keeps of a directory object; undefined when it is no recipient. */
export function toRecipient(dn: string, a: Attributes): RecipientRecord | undefined {
  const deleted = first(a, 'isDeleted')?.toUpperCase() === 'TRUE';
  const kind = recipientKind(a);
  if (!kind || (!deleted && (isSystemObject(a, dn) || !isRecipient(kind, a)))) return undefined;
  const mail = first(a, 'mail')?.trim() || null;
  const sam = first(a, 'sAMAccountName') ?? null;
  const displayName = first(a, 'displayName') ?? first(a, 'cn') ?? rdnValue(dn);
  const changed = first(a, 'whenChanged');
  return {
    guid: first(a, 'objectGUID')?.toLowerCase() ?? guidFromDn(dn),
    dn,
    kind,
    displayName,
    mail,
    sam,
    upn: first(a, 'userPrincipalName') ?? null,
    legacyDn: first(a, 'legacyExchangeDN') ?? null,
    department: first(a, 'department') ?? null,
    nameKey: nameKey(displayName),
    hidden: first(a, 'msExchHideFromAddressLists')?.toUpperCase() === 'TRUE',
    deleted,
    usn: Number(first(a, 'uSNChanged') ?? 0) || 0,
    whenChanged: changed === undefined ? null : (generalizedTime(changed) ?? null),
    attributes: a,
    addresses: deleted
      ? []
      : collectAddresses({
          proxyAddresses: values(a, 'proxyAddresses'),
          mail: mail ?? undefined,
          targetAddress: first(a, 'targetAddress'),
          legacyDn: first(a, 'legacyExchangeDN'),
        }),
  };
}
