import type { ValueForm } from './values.ts';

/** The custom attributes of Exchange. */
export const CUSTOM_ATTRIBUTES: readonly string[] = Array.from({ length: 15 }, (_, i) => `extensionAttribute${i + 1}`);

/** Names, addresses, telephones and places: copied to the target by prepare, and evidence for a match. */
export const PERSONAL_ATTRIBUTES = [
  'displayName',
  'displayNamePrintable',
  'givenName',
  'initials',
  'sn',
  'title',
  'department',
  'company',
  'description',
  'employeeID',
  'employeeNumber',
  'employeeType',
  'physicalDeliveryOfficeName',
  'telephoneNumber',
  'otherTelephone',
  'mobile',
  'homePhone',
  'facsimileTelephoneNumber',
  'pager',
  'ipPhone',
  'telephoneAssistant',
  'streetAddress',
  'postOfficeBox',
  'l',
  'st',
  'postalCode',
  'c',
  'co',
  'countryCode',
  'wWWHomePage',
  'info',
] as const;

/** What discovery keeps of a recipient. */
export const RECIPIENT_ATTRIBUTES: readonly string[] = [
  'objectClass',
  'objectGUID',
  'objectSid',
  'cn',
  'sAMAccountName',
  'userPrincipalName',
  'mail',
  'proxyAddresses',
  'mailNickname',
  'legacyExchangeDN',
  ...PERSONAL_ATTRIBUTES,
  'manager',
  'whenChanged',
  'uSNChanged',
  'isDeleted',
  'isCriticalSystemObject',
  'groupType',
  'userAccountControl',
  'homeMDB',
  'homeMTA',
  'msExchHomeServerName',
  'msExchMailboxGuid',
  'msExchArchiveGUID',
  'msExchArchiveName',
  'msExchRecipientTypeDetails',
  'msExchRecipientDisplayType',
  'msExchMasterAccountSid',
  'msExchMailboxSecurityDescriptor',
  'sIDHistory',
  'msExchVersion',
  'msExchUserCulture',
  'targetAddress',
  'msExchGenericForwardingAddress',
  'deliverAndRedirect',
  'altRecipient',
  'publicDelegates',
  'msExchDelegateListLink',
  'authOrig',
  'managedBy',
  'msExchHideFromAddressLists',
  'msExchPoliciesExcluded',
  'showInAddressBook',
  'msExchDynamicDLFilter',
  'msExchDynamicDLBaseDN',
  'member',
  ...CUSTOM_ATTRIBUTES,
];

/** The attributes whose values are bytes, and the text form they are kept in. */
const BINARY_FORMS: Record<string, ValueForm> = {
  objectGUID: 'guid',
  objectSid: 'sid',
  msExchMailboxGuid: 'guid',
  msExchArchiveGUID: 'guid',
  msExchMasterAccountSid: 'sid',
  sIDHistory: 'sid',
  invocationId: 'guid',
  msExchDisabledArchiveGUID: 'guid',
  nTSecurityDescriptor: 'base64',
  msExchMailboxSecurityDescriptor: 'base64',
  thumbnailPhoto: 'base64',
  jpegPhoto: 'base64',
  userCertificate: 'base64',
  userSMIMECertificate: 'base64',
  msExchSafeSendersHash: 'base64',
  msExchBlockedSendersHash: 'base64',
  msExchSafeRecipientsHash: 'base64',
  'msDS-GenerationId': 'base64',
};

/** Attributes that hold the DNs of other objects. */
export const DN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'manager',
  'altRecipient',
  'publicDelegates',
  'msExchDelegateListLink',
  'authOrig',
  'managedBy',
  'member',
  'homeMDB',
  'homeMTA',
  'msExchDynamicDLBaseDN',
  'showInAddressBook',
]);

/** Attributes whose text is compared with its case: proxyAddresses tell their primary by it. */
export const CASE_SENSITIVE: ReadonlySet<string> = new Set(['proxyAddresses', 'displayName', 'cn', 'givenName', 'sn']);

const canonical = new Map<string, string>(
  [...RECIPIENT_ATTRIBUTES, ...Object.keys(BINARY_FORMS)].map((name) => [name.toLowerCase(), name]),
);

/** The usual spellings, found without looking at letters: a page of entries asks tens of thousands of times. */
const spelled = new Map<string, string>([...canonical.values()].map((name) => [name, name]));

/** The schema's spelling of a name, without options such as `;binary`; unknown names stay as they are. */
export function attributeName(name: string): string {
  const known = spelled.get(name);
  if (known !== undefined) return known;
  const semicolon = name.indexOf(';');
  const plain = semicolon < 0 ? name : name.slice(0, semicolon);
  return canonical.get(plain.toLowerCase()) ?? plain;
}

export function valueForm(name: string): ValueForm {
  return BINARY_FORMS[name] ?? 'text';
}

/** Names for ldapts' explicitBufferAttributes: without it, bytes that happen to be UTF-8 would come as text. */
export const BINARY_ATTRIBUTES: readonly string[] = Object.keys(BINARY_FORMS);

/**
 * Mail recipients (directory.md), and accounts without mail: a linked mailbox's master account and the user that a
 * mailbox will be given to have no mail attribute yet.
 */
export const RECIPIENT_FILTER =
  '(&(|(objectClass=user)(objectClass=contact)(objectClass=group)(objectClass=msExchDynamicDistributionList)(objectClass=publicFolder))' +
  '(!(objectClass=computer))' +
  '(|(mailNickname=*)(proxyAddresses=*)(mail=*)(targetAddress=*)(legacyExchangeDN=*)(&(objectCategory=person)(objectClass=user))))';
