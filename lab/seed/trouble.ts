import { guidToBytes } from '../../core/domain/mapi/guid.ts';
import { exchangeNames } from '../ldap/forest.ts';
import { mailboxGuid } from '../state/store.ts';
import { CONTACTS_OU, escapeRdn, legacyDn, objectGuid, type SeedObject, seedSid } from './directory-common.ts';
import { ORGANISATIONS, type Person, type Side } from './people.ts';

/**
 * Deliberate trouble: what years and other tools leave in a directory. None of these objects is counted among the users
 * of the lab and none has items, so what rationalization says of them changes no figure of the move.
 */
export function troubleObjects(sources: readonly Person[], targets: readonly Person[]): Record<Side, SeedObject[]> {
  const taken = new Set(targets.map((p) => p.alias));
  const namesake = sources.find((p) => p.alias.length <= 20 && !taken.has(p.alias))?.alias ?? 'namesake';
  const { smtpDomain: from } = ORGANISATIONS.source;
  const { smtpDomain: to } = ORGANISATIONS.target;
  const source: SeedObject[] = [
    // One source user, two candidates in the target: two accounts that hold its address.
    mailboxUser('Robin Zweig', 'robin.zweig', `robin.zweig@${from}`),
    // One source user who is an account and a contact in the target.
    mailboxUser('Toni Ahorn', 'toni.ahorn', `toni.ahorn@${from}`),
    // Two source users, one target object.
    mailboxUser('Kim Larsen', 'kim.larsen', `kim.larsen@${from}`),
    mailboxUser('Kim Larsen (old)', 'kim.larsen.old', `kim.larsen.old@${from}`),
    // Its X500 address stands at a third object of the target.
    mailboxUser('Sascha Dritt', 'sascha.dritt', `sascha.dritt@${from}`),
    // Illegal characters in an address, as an import from a host system wrote them.
    mailboxUser('Import Slash', 'import.slash', `sales/export@${from}`),
    mailboxUser('Import Backslash', 'import.backslash', `dom\\import.backslash@${from}`),
    // Recipients without an internet address.
    {
      dn: 'CN=Host Printer 7,OU=Resources',
      objectClass: 'user',
      attributes: {
        ...names('Host Printer 7', 'host.printer7'),
        proxyAddresses: ['X400:c=DE;a= ;p=HOST;o=Exchange;s=Printer7;'],
        legacyExchangeDN: legacyDn('source', 'host.printer7'),
      },
    },
    contact('source', 'Notes User', 'notes.user', { proxyAddresses: ['NOTES:Notes User@HOST'] }),
    // Hidden, and by a key word no person's.
    mailboxUser('HealthMailbox 4f1c2a', 'healthmailbox4f1c2a', `healthmailbox4f1c2a@${from}`),
    // Twins within one forest: the same address at two contacts, once in capitals.
    contact('source', 'Supplier Nord', 'supplier.nord', external('einkauf@supplier.example')),
    contact('source', 'Supplier Nord (2)', 'supplier.nord2', external('Einkauf@Supplier.example')),
    // A contact that stands for a person who has a mailbox here as well.
    contact('source', 'Sascha Dritt (private)', 'private.sascha', external(`sascha.dritt@${from}`)),
  ];
  const health = source.find((o) => o.dn.includes('HealthMailbox'));
  if (health) health.attributes.msExchHideFromAddressLists = true;
  const target: SeedObject[] = [
    mailUser('Robin Zweig', 'robin.zweig', [`SMTP:robin.zweig@${from}`]),
    mailUser('Robin Zweig (Sales)', 'robin.zweig2', [`SMTP:robin.zweig2@${to}`, `smtp:robin.zweig@${from}`]),
    mailUser('Toni Ahorn', 'toni.ahorn', [`SMTP:toni.ahorn@${from}`]),
    contact('target', 'Toni Ahorn (Contact)', 'c-toni.ahorn', external(`toni.ahorn@${from}`)),
    mailUser('Kim Larsen', 'kim.larsen', [`SMTP:kim.larsen@${from}`, `smtp:kim.larsen.old@${from}`]),
    mailUser('Sascha Dritt', 'sascha.dritt', [`SMTP:sascha.dritt@${from}`]),
    mailUser('Dritte Partei', 'dritte.partei', [
      `SMTP:dritte.partei@${to}`,
      `X500:${legacyDn('source', 'sascha.dritt')}`,
    ]),
    // The account name that a new object would like to have is taken by a group, which has no mail and is no recipient.
    {
      dn: 'CN=Namesake,OU=Groups',
      objectClass: 'group',
      attributes: {
        sAMAccountName: namesake,
        groupType: -2147483646,
        objectGUID: objectGuid('target', 'trouble\0namesake'),
        objectSid: seedSid('target', 'trouble\0namesake'),
      },
    },
  ];
  return { source, target };
}

function names(displayName: string, alias: string): SeedObject['attributes'] {
  return {
    displayName,
    mailNickname: alias,
    sAMAccountName: alias.slice(0, 20),
    userAccountControl: 514,
    objectGUID: objectGuid('source', `trouble\0${alias}`),
  };
}

function mailboxUser(displayName: string, alias: string, address: string): SeedObject {
  const { exchangeOrganisation: organisation, exchangeServer } = ORGANISATIONS.source;
  const exchange = exchangeNames({ organisation, exchangeServer });
  return {
    dn: `CN=${escapeRdn(displayName)},OU=People`,
    objectClass: 'user',
    attributes: {
      ...names(displayName, alias),
      mail: address,
      proxyAddresses: [`SMTP:${address}`],
      legacyExchangeDN: legacyDn('source', alias),
      homeMDB: exchange.database,
      msExchHomeServerName: exchange.legacyServer,
      msExchMailboxGuid: guidToBytes(mailboxGuid(address)),
      msExchRecipientTypeDetails: '1',
      msExchRecipientDisplayType: '1073741824',
      msExchVersion: '88218628259840',
      objectSid: seedSid('source', `trouble\0${alias}`),
    },
  };
}

function mailUser(displayName: string, alias: string, proxyAddresses: string[]): SeedObject {
  const primary = (proxyAddresses[0] ?? '').slice('SMTP:'.length);
  return {
    dn: `CN=${escapeRdn(displayName)},OU=People`,
    objectClass: 'user',
    attributes: {
      ...names(displayName, alias),
      mail: primary,
      proxyAddresses,
      targetAddress: `SMTP:${primary}`,
      legacyExchangeDN: legacyDn('target', alias),
      msExchRecipientTypeDetails: '128',
      msExchRecipientDisplayType: '-2147483642',
      msExchVersion: '44220983382016',
      objectGUID: objectGuid('target', `trouble\0${alias}`),
      objectSid: seedSid('target', `trouble\0${alias}`),
    },
  };
}

function external(address: string): SeedObject['attributes'] {
  return { mail: address, targetAddress: `SMTP:${address}`, proxyAddresses: [`SMTP:${address}`] };
}

function contact(side: Side, displayName: string, alias: string, more: SeedObject['attributes']): SeedObject {
  return {
    dn: `CN=${escapeRdn(displayName)},${CONTACTS_OU}`,
    objectClass: 'contact',
    attributes: {
      displayName,
      mailNickname: alias,
      legacyExchangeDN: legacyDn(side, alias),
      msExchRecipientDisplayType: '6',
      msExchRecipientTypeDetails: '64',
      objectGUID: objectGuid(side, `trouble\0contact\0${alias}`),
      ...more,
    },
  };
}
