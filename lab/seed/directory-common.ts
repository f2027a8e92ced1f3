import { createHash } from 'node:crypto';
import { guidToBytes, guidToText } from '../../core/domain/mapi/guid.ts';
import { exchangeNames } from '../ldap/forest.ts';
import { mailboxGuid } from '../state/store.ts';
import { ORGANISATIONS, type Person, type Side } from './people.ts';
import { nameBytes } from './random.ts';

/** One object of a directory; DNs lack the domain's components. Ready for `loadObjects` of the lab's directory. */
export interface SeedObject {
  dn: string;
  objectClass: string;
  attributes: Record<string, string | number | boolean | Uint8Array | readonly string[]>;
  password?: string;
}

export const PEOPLE_OU = 'OU=People';
export const RESOURCES_OU = 'OU=Resources';
export const CONTACTS_OU = 'OU=Contacts';
export const GROUPS_OU = 'OU=Groups';
export const SYSTEM_OBJECTS = 'CN=Microsoft Exchange System Objects';

/** msExchRecipientTypeDetails and msExchRecipientDisplayType by kind of mailbox. */
const TYPES: Record<Person['kind'], { details: string; display: string }> = {
  user: { details: '1', display: '1073741824' },
  linked: { details: '2', display: '1073741824' },
  shared: { details: '4', display: '0' },
  room: { details: '16', display: '7' },
  equipment: { details: '32', display: '8' },
};

/** Escapes a value for a DN (RFC 4514). */
export function escapeRdn(value: string): string {
  return value.replace(/[\\,+"<>;=]/g, '\\$&').replace(/^[# ]| $/g, '\\$&');
}

/** DN of a person's object, without the domain's components. Twins of one name are told apart by their alias. */
export function personDn(p: Person): string {
  const unit = p.kind === 'user' || p.kind === 'linked' ? PEOPLE_OU : RESOURCES_OU;
  return `CN=${escapeRdn(commonName(p))},${unit}`;
}

function commonName(p: Person): string {
  const twin = /\d+$/.exec(p.alias)?.[0];
  return twin && (p.kind === 'user' || p.kind === 'linked') ? `${p.displayName} (${twin})` : p.displayName;
}

export function legacyDn(side: Side, alias: string): string {
  const { exchangeOrganisation, exchangeServer } = ORGANISATIONS[side];
  const { legacyRecipients } = exchangeNames({ organisation: exchangeOrganisation, exchangeServer });
  return `${legacyRecipients}/cn=${nameBytes(`legacy\0${side}\0${alias}`).toString('hex').slice(0, 32)}-${alias}`;
}

/** A SID of the domain for a name, far above those a domain gives by itself while the lab runs. */
export function seedSid(side: Side, name: string): string {
  const rid = 1_000_000 + (createHash('sha256').update(`${side}\0${name}`).digest().readUInt32LE() % 1_000_000_000);
  return `${ORGANISATIONS[side].domainSid}-${rid}`;
}

export const objectGuid = (side: Side, name: string): string => guidToText(nameBytes(`object\0${side}\0${name}`));

/** Attributes every person has, mailbox or not. */
export function personAttributes(p: Person, managers: ReadonlyMap<string, Person>): SeedObject['attributes'] {
  const { country } = p;
  const manager = p.manager === null ? undefined : managers.get(p.manager);
  const attributes: SeedObject['attributes'] = {
    displayName: p.displayName,
    givenName: p.givenName,
    sn: p.surname,
    department: p.department,
    title: p.title,
    company: ORGANISATIONS[p.side].company,
    employeeID: p.employeeId,
    physicalDeliveryOfficeName: p.office,
    telephoneNumber: p.phone,
    mobile: p.phone.replace(' 555', ' 777'),
    streetAddress: country.street,
    l: country.city,
    postalCode: country.postalCode,
    c: country.c,
    co: country.co,
    msExchUserCulture: p.culture,
    extensionAttribute1: `CC-${p.employeeId}`,
    extensionAttribute14: p.language,
  };
  if (manager) attributes.manager = personDn(manager);
  return dropEmpty(attributes);
}

export function dropEmpty(attributes: SeedObject['attributes']): SeedObject['attributes'] {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
}

/** Attributes of a mailbox. */
export function mailboxAttributes(p: Person): SeedObject['attributes'] {
  const org = ORGANISATIONS[p.side];
  const exchange = exchangeNames({ organisation: org.exchangeOrganisation, exchangeServer: org.exchangeServer });
  const types = TYPES[p.kind];
  const attributes: SeedObject['attributes'] = {
    mail: p.address,
    mailNickname: p.alias,
    proxyAddresses: [
      `SMTP:${p.address}`,
      `smtp:${p.alias.replace('.', '_')}@${org.smtpDomain}`,
      `X400:c=${p.country.c};a= ;p=${org.exchangeOrganisation};o=Exchange;s=${p.surname || p.alias};`,
    ],
    legacyExchangeDN: legacyDn(p.side, p.alias),
    homeMDB: exchange.database,
    msExchHomeServerName: exchange.legacyServer,
    msExchMailboxGuid: guidToBytes(mailboxGuid(p.address)),
    msExchRecipientTypeDetails: types.details,
    msExchRecipientDisplayType: types.display,
    msExchVersion: '88218628259840',
    msExchWhenMailboxCreated: '20190311081500.0Z',
  };
  if (p.hasArchive) {
    attributes.msExchArchiveGUID = guidToBytes(mailboxGuid(`archive\0${p.address}`));
    attributes.msExchArchiveName = `In-Place Archive - ${p.displayName}`;
  }
  if (p.capacity !== null) {
    attributes.msExchResourceCapacity = p.capacity;
    attributes.msExchResourceDisplay = 'Room';
    attributes.msExchResourceMetaData = ['ResourceType:Room'];
    attributes.msExchResourceSearchProperties = ['Room'];
  }
  return attributes;
}

/** The user object of a mailbox owner. */
export function mailboxObject(p: Person, all: ReadonlyMap<string, Person>): SeedObject {
  const logon = p.kind === 'user';
  const object: SeedObject = {
    dn: personDn(p),
    objectClass: 'user',
    attributes: {
      ...personAttributes(p, all),
      ...mailboxAttributes(p),
      objectGUID: objectGuid(p.side, p.key),
      objectSid: seedSid(p.side, p.key),
      sAMAccountName: accountName(p),
      userPrincipalName: p.address,
      userAccountControl: logon ? 66048 : 514,
    },
  };
  // Whose account is in the other forest: the directory's way to say it.
  if (p.kind === 'linked') object.attributes.msExchMasterAccountSid = seedSid('target', `account-of-${p.key}`);
  if (p.kind === 'shared' || p.kind === 'room' || p.kind === 'equipment') {
    object.attributes.msExchMasterAccountSid = 'S-1-5-10';
  }
  // The lab's clients log on as the owner of every mailbox, so even disabled accounts have a password.
  object.password = p.password;
  return object;
}

/** sAMAccountName: 20 characters at most, unique although aliases are longer. */
export function accountName(p: Person): string {
  return p.alias.length <= 20 ? p.alias : `${p.alias.slice(0, 15)}-${p.key.slice(-4)}`;
}
