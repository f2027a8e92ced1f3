import type { AccountPurpose, ForestRole } from '../../../core/domain/words.ts';
import { held } from './held.ts';

export const forestsTexts = {
  title: 'Forests and accounts',
  sentence: (f: { source: string; target: string; accountsMissing: number; untrusted: number }) => {
    const parts = [`${f.source} is the source, ${f.target} the target`];
    if (f.accountsMissing > 0) {
      parts.push(`${f.accountsMissing} ${f.accountsMissing === 1 ? 'forest has' : 'forests have'} no account yet`);
    }
    if (f.untrusted > 0) {
      parts.push(`${f.untrusted} ${f.untrusted === 1 ? 'server is' : 'servers are'} not trusted or does not answer`);
    }
    return `${parts.join('; ')}.`;
  },
  sentenceNone: 'No forest has been added yet. A project needs a source and a target.',
  sentenceOne: (name: string, role: ForestRole) =>
    `${name} is the ${role}; the ${role === 'source' ? 'target' : 'source'} is still missing.`,
  roles: { source: 'Source', target: 'Target' } satisfies Record<ForestRole, string>,
  add: 'Add a forest',
  addRole: { source: 'Add the source', target: 'Add the target' } satisfies Record<ForestRole, string>,
  edit: 'Change',
  remove: 'Remove',
  missing: {
    source: 'The forest that mailboxes are moved from.',
    target: 'The forest that mailboxes are moved to.',
  } satisfies Record<ForestRole, string>,
  fields: {
    name: 'Name',
    role: 'Role',
    ldapUrl: 'Directory',
    gcUrl: 'Global catalog',
    ldifFile: 'LDIF export',
    ewsUrl: 'Exchange (EWS)',
    smtpHost: 'SMTP server',
    smtpPort: 'Port',
    smtp: 'SMTP',
    proxy: 'Proxy',
    smtpDomains: 'Mail domains',
    caPem: 'Certificates of its authorities',
  },
  hints: {
    name: 'As people call it, such as Northwind.',
    ldapUrl: 'ldaps://dc1.northwind.example, or ldap:// where StartTLS is used',
    gcUrl: 'ldaps://dc1.northwind.example:3269; only where there are several domains',
    ldifFile: 'Path of an export on this machine, to be read instead of a server',
    ewsUrl: 'https://mail.northwind.example/EWS/Exchange.asmx',
    smtpHost: 'Takes notifications; STARTTLS is used',
    smtpDomains: 'Parted by commas',
    caPem: 'PEM text; only where the system does not know the authority',
  },
  advanced: 'More',
  save: 'Save',
  saved: (name: string) => `${held(name)} is saved.`,
  removed: (name: string) => `${held(name)} is removed.`,
  removeTitle: (name: string) => `Remove ${held(name)}?`,
  removeText:
    'Its accounts with their passwords, its recipients and matches are removed from this project. Nothing changes in the forest itself.',
  servers: 'Servers',
  noServers: 'No server is given yet.',
  look: 'Look at certificates again',
  lookingAt: 'Asking the servers for their certificates …',
  outcomes: {
    trusted: 'Trusted',
    pinned: 'Trusted by its fingerprint',
    untrusted: 'Not trusted',
    unreachable: 'Does not answer',
  },
  certificate: 'Certificate',
  issuer: 'Issued by',
  validTo: 'Valid to',
  fingerprint: 'SHA-256',
  trust: 'Trust this certificate',
  trustTitle: (server: string) => `Trust the certificate of ${held(server)}?`,
  trustText:
    'No authority that this machine knows vouches for it. Compare the fingerprint with the one on the server itself, digit by digit. Workers will accept this very certificate, and no other.',
  trusted: (server: string) => `The certificate of ${held(server)} is trusted.`,
  accounts: 'Accounts',
  purposes: {
    directory: 'Directory',
    exchange: 'Exchange',
    'public-folders': 'Public folders',
    smtp: 'SMTP',
    proxy: 'Proxy',
  } satisfies Record<AccountPurpose, string>,
  purposeHints: {
    directory: 'Reads recipients; in the target it writes what Prepare shows.',
    exchange: 'Opens mailboxes by impersonation.',
    'public-folders': 'Owner of the public folders.',
    smtp: 'Sends notifications.',
    proxy: 'Signs in to the proxy that Exchange is reached through.',
  } satisfies Record<AccountPurpose, string>,
  notSet: 'Not set',
  noPassword: 'No password',
  setAccount: 'Set',
  changeAccount: 'Change',
  accountTitle: (purpose: string, forest: string) => `${purpose} account of ${held(forest)}`,
  user: 'User',
  password: 'Password',
  passwordHint: 'Sealed for the machines of this project; nobody can read it back.',
  alsoFor: 'Also for',
  accountSaved: (purpose: string) => `The ${purpose} account is set.`,
  directory: 'Directory reading',
  neverRead: 'Not read yet.',
  readAt: 'Last read',
  recipients: (n: string) => `${n} recipients`,
  problems: (n: string) => `${n} objects could not be read`,
  toRecipients: 'Recipients',
};
