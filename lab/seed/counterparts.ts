import {
  CONTACTS_OU,
  escapeRdn,
  legacyDn,
  objectGuid,
  PEOPLE_OU,
  personAttributes,
  type SeedObject,
  seedSid,
} from './directory-common.ts';
import { ORGANISATIONS, type Person, type Side } from './people.ts';

/**
 * Objects of one organisation that stand for a person of the other. Which kind a source user has in the target goes
 * round by index, so that every way of finding a match stands in every lab:
 * mail (contact), mail (mail user), proxy address, employeeID alone, linked account, and most of them none at all.
 */
export type Counterpart = 'none' | 'contact' | 'mailUser' | 'userByProxy' | 'userByEmployeeId' | 'linkedAccount';

const ROUND: readonly Counterpart[] = [
  'none',
  'contact',
  'none',
  'mailUser',
  'userByProxy',
  'none',
  'none',
  'none',
  'userByEmployeeId',
  'none',
  'none',
  'none',
];

export function counterpartOf(p: Person, index: number): Counterpart {
  if (p.kind === 'linked') return 'linkedAccount';
  if (p.kind !== 'user') return 'none';
  return ROUND[index % ROUND.length] ?? 'none';
}

export function counterparts(sources: readonly Person[], targets: readonly Person[]): Record<Side, SeedObject[]> {
  const all = new Map([...sources, ...targets].map((p) => [p.key, p]));
  return {
    // Every other colleague of the target is a contact in the source's address book.
    source: targets.filter((_, index) => index % 2 === 0).map((p) => contact('source', p)),
    target: sources.flatMap((p, index) => {
      const kind = counterpartOf(p, index);
      return kind === 'none' ? [] : [counterpart(kind, p, all)];
    }),
  };
}

function counterpart(kind: Exclude<Counterpart, 'none'>, p: Person, all: ReadonlyMap<string, Person>): SeedObject {
  switch (kind) {
    case 'contact':
      return contact('target', p);
    case 'mailUser':
      return mailUser(p, all, p.address, [`SMTP:${p.address}`, `smtp:x.${p.alias}@${ORGANISATIONS.target.smtpDomain}`]);
    case 'userByProxy': {
      // The target's own address comes first; the source's is only a proxy address.
      const own = `x.${p.alias}@${ORGANISATIONS.target.smtpDomain}`;
      return mailUser(p, all, own, [`SMTP:${own}`, `smtp:${p.address.toUpperCase()}`]);
    }
    case 'userByEmployeeId':
      return account(p, all, `${p.key}-hr`, { employeeID: p.employeeId });
    case 'linkedAccount':
      return account(p, all, `${p.key}-acct`, { objectSid: seedSid('target', `account-of-${p.key}`) });
  }
}

function contact(side: Side, p: Person): SeedObject {
  return {
    dn: `CN=${escapeRdn(p.displayName)} (${p.alias}),${CONTACTS_OU}`,
    objectClass: 'contact',
    attributes: {
      displayName: p.displayName,
      ...(p.givenName ? { givenName: p.givenName, sn: p.surname } : {}),
      company: ORGANISATIONS[p.side].company,
      mail: p.address,
      mailNickname: `c-${p.alias}`,
      targetAddress: `SMTP:${p.address}`,
      proxyAddresses: [`SMTP:${p.address}`],
      legacyExchangeDN: legacyDn(side, `c-${p.alias}`),
      msExchRecipientDisplayType: '6',
      msExchRecipientTypeDetails: '64',
      objectGUID: objectGuid(side, `contact\0${p.key}`),
    },
  };
}

/** A disabled user with mail but without a mailbox. */
function mailUser(p: Person, all: ReadonlyMap<string, Person>, mail: string, proxyAddresses: string[]): SeedObject {
  const object = account(p, all, `x-${p.key}`, {
    mail,
    mailNickname: `x.${p.alias}`,
    targetAddress: `SMTP:${p.address}`,
    proxyAddresses,
    legacyExchangeDN: legacyDn('target', `x.${p.alias}`),
    msExchRecipientDisplayType: '-2147483642',
    msExchRecipientTypeDetails: '128',
    msExchVersion: '44220983382016',
  });
  return object;
}

/** A user of the target without mail of its own. */
function account(
  p: Person,
  all: ReadonlyMap<string, Person>,
  name: string,
  more: SeedObject['attributes'],
): SeedObject {
  const attributes = personAttributes(p, all);
  // What a second directory knows of somebody is less, and links do not cross forests.
  for (const drop of ['manager', 'employeeID', 'extensionAttribute1', 'extensionAttribute14']) delete attributes[drop];
  return {
    // A colleague of the target may bear the same name.
    dn: `CN=${escapeRdn(p.displayName)} (${p.key}),${PEOPLE_OU}`,
    objectClass: 'user',
    attributes: {
      ...attributes,
      company: ORGANISATIONS.source.company,
      sAMAccountName: name,
      userPrincipalName: `${name}@${ORGANISATIONS.target.dnsName}`,
      userAccountControl: 514,
      objectGUID: objectGuid('target', `counterpart\0${p.key}`),
      objectSid: seedSid('target', `counterpart-of-${p.key}`),
      ...more,
    },
  };
}
