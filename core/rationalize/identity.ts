import { first, values } from '../domain/recipient.ts';
import type { KeysOf } from './join.ts';
import type { MatchObject } from './model.ts';
import { idKey, phoneKey } from './text.ts';

/**
 * A key that is meant to belong to one object. How far it can be trusted is learned from the data; `trust` is what is
 * assumed before that: the share of objects with the same key that are the same object.
 */
export interface IdentityKey {
  name: string;
  /** What the evidence calls it. */
  label: string;
  /** Trust before the data has spoken, 0 to 1. */
  trust: number;
  /** As how many observed pairs that assumption counts. */
  certainty: number;
  /** A value with more holders on one side is no identity; undefined for keys that must be unique in a forest. */
  maxHolders?: number;
  /** Whether the key ties objects together by how directories work, so that learning cannot take its trust away. */
  hard?: boolean;
  source: KeysOf<MatchObject>;
  target: KeysOf<MatchObject>;
}

/** S-1-5-10 (SELF) and other well-known SIDs are on many objects. */
const isAccountSid = (sid: string) => sid.startsWith('S-1-5-21-');

const of =
  (name: string, form: (text: string) => string | undefined): KeysOf<MatchObject> =>
  (o, add) => {
    for (const text of values(o.attributes, name)) {
      const key = form(text);
      if (key) add(key);
    }
  };
const sid = (name: string) => of(name, (text) => (isAccountSid(text) ? text : undefined));
const lower = (text: string) => text.trim().toLowerCase();
const both = (keys: KeysOf<MatchObject>) => ({ source: keys, target: keys });

/** An id of less than three characters, or of one repeated character, is a placeholder. */
function telling(text: string): string | undefined {
  const key = idKey(text);
  return key.length < 3 || /^(.)\1*$/u.test(key) || /^(?:none|null|tbd|unknown|test|n\/?a)$/.test(key)
    ? undefined
    : key;
}

/** The built-in keys, in the order of their precedence (directory.md, "Rationalize"). */
export const IDENTITY_KEYS: readonly IdentityKey[] = [
  {
    name: 'master-account',
    label: 'msExchMasterAccountSid',
    trust: 0.9999,
    certainty: 1e6,
    hard: true,
    source: (o, add) => {
      sid('msExchMasterAccountSid')(o, (key) => add(`m>${key}`));
      sid('objectSid')(o, (key) => add(`o>${key}`));
    },
    target: (o, add) => {
      sid('objectSid')(o, (key) => add(`m>${key}`));
      sid('msExchMasterAccountSid')(o, (key) => add(`o>${key}`));
    },
  },
  {
    name: 'sid-history',
    label: 'sIDHistory',
    trust: 0.9999,
    certainty: 1e6,
    hard: true,
    source: sid('objectSid'),
    target: sid('sIDHistory'),
  },
  {
    name: 'mailbox-guid',
    label: 'msExchMailboxGuid',
    trust: 0.9999,
    certainty: 1e6,
    hard: true,
    ...both(of('msExchMailboxGuid', lower)),
  },
  {
    name: 'mail',
    label: 'mail',
    trust: 0.9995,
    certainty: 300,
    ...both((o, add) => {
      if (o.mail) add(o.mail);
    }),
  },
  {
    name: 'address',
    label: 'SMTP address',
    trust: 0.9995,
    certainty: 300,
    ...both((o, add) => {
      for (const key of o.smtp) add(key);
    }),
  },
  {
    name: 'x500',
    label: 'X500 address',
    trust: 0.9995,
    certainty: 300,
    ...both((o, add) => {
      for (const key of o.x500) add(key);
    }),
  },
  {
    name: 'stands-for',
    label: 'forwards to',
    trust: 0.9995,
    certainty: 300,
    source: (o, add) => {
      for (const key of o.smtp) add(`t>${key}`);
      if (o.target) {
        add(`s>${o.target}`);
        if (o.class === 'contact') add(`c>${o.target}`);
      }
    },
    target: (o, add) => {
      for (const key of o.smtp) add(`s>${key}`);
      if (o.target) {
        add(`t>${o.target}`);
        if (o.class === 'contact') add(`c>${o.target}`);
      }
    },
  },
  {
    name: 'employee-id',
    label: 'employeeID',
    trust: 0.9,
    certainty: 10,
    maxHolders: 4,
    ...both(of('employeeID', telling)),
  },
  {
    name: 'employee-number',
    label: 'employeeNumber',
    trust: 0.9,
    certainty: 10,
    maxHolders: 4,
    ...both(of('employeeNumber', telling)),
  },
  {
    name: 'upn',
    label: 'userPrincipalName',
    trust: 0.97,
    certainty: 20,
    maxHolders: 4,
    ...both(of('userPrincipalName', lower)),
  },
  ...Array.from({ length: 15 }, (_, i): IdentityKey => {
    const name = `extensionAttribute${i + 1}`;
    return { name, label: name, trust: 0.3, certainty: 5, maxHolders: 3, ...both(of(name, telling)) };
  }),
  {
    name: 'telephone',
    label: 'telephone',
    trust: 0.3,
    certainty: 10,
    maxHolders: 3,
    ...both((o, add) => {
      for (const key of phones(o)) add(key);
    }),
  },
  {
    name: 'login',
    label: 'logon name or alias',
    trust: 0.5,
    certainty: 10,
    maxHolders: 4,
    ...both((o, add) => {
      for (const key of o.logins) add(key);
    }),
  },
];

/** The telephone numbers of an object, in one form. */
export function phones(o: MatchObject): Set<string> {
  const found = new Set<string>();
  for (const name of ['telephoneNumber', 'mobile', 'homePhone', 'otherTelephone']) {
    for (const text of values(o.attributes, name)) {
      const key = phoneKey(text);
      if (key) found.add(key);
    }
  }
  return found;
}

/** Whether an object has an internet address, the first condition of the connector filter. */
export function hasInternetAddress(o: MatchObject): boolean {
  return o.smtp.length > 0 || o.target !== undefined || (o.mail?.includes('@') ?? false);
}

/** A value for the evidence list, cut to what a person can read. */
export function shown(o: MatchObject, name: string): string | undefined {
  const value = first(o.attributes, name);
  return value === undefined ? undefined : value.length > 100 ? `${value.slice(0, 99)}…` : value;
}
