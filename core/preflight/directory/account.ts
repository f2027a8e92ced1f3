import { AndFilter, EqualityFilter, ExtensibleFilter, type Filter, OrFilter } from 'ldapts';
import { plainEntry } from '../../directory/ldap-entry.ts';
import { sidText } from '../../directory/values.ts';
import type { DirectorySession } from '../environment.ts';

/** A service account as its directory sees it. Times are ms since the epoch. */
export interface AccountEntry {
  dn: string;
  sam: string;
  sid: string | undefined;
  disabled: boolean;
  locked: boolean;
  passwordExpired: boolean;
  passwordNeverExpires: boolean;
  /** Undefined when it never expires or the directory does not tell. */
  passwordExpires: number | undefined;
  accountExpires: number | undefined;
  hasMailbox: boolean;
  mail: string | undefined;
  lastLogon: number | undefined;
  /** SIDs of all groups, nested ones and well-known ones too; undefined where the directory does not compute them. */
  groupSids: ReadonlySet<string> | undefined;
}

/** Bits of userAccountControl ([MS-ADTS] 2.2.16). */
const UAC = { disabled: 0x2, locked: 0x10, neverExpires: 0x10000, expired: 0x800000 };
/** 100 ns since 1601 ([MS-DTYP] 2.3.3). */
const FILETIME_EPOCH_MS = 11_644_473_600_000;
const NEVER = 9_223_372_036_854_775_807n;

/** ms since the epoch; undefined for never and for what was not set. */
export function fileTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const value = BigInt(text);
  if (value === 0n || value >= NEVER) return undefined;
  return Number(value / 10_000n) - FILETIME_EPOCH_MS;
}

const ATTRIBUTES = [
  'sAMAccountName',
  'objectSid',
  'userAccountControl',
  'msDS-User-Account-Control-Computed',
  'msDS-UserPasswordExpiryTimeComputed',
  'accountExpires',
  'lockoutTime',
  'msExchMailboxGuid',
  'homeMDB',
  'mail',
  'lastLogon',
  'lastLogonTimestamp',
  'tokenGroups',
];

/** The filter by which an account is found from the name it logs in with: UPN, address, DOMAIN\name or plain name. */
export function accountFilter(user: string): Filter {
  const equals = (attribute: string, value: string): Filter => new EqualityFilter({ attribute, value });
  const person = equals('objectClass', 'user');
  const sam = /^[^\\]+\\(.+)$/.exec(user)?.[1] ?? user;
  const names = user.includes('@')
    ? [
        equals('userPrincipalName', user),
        equals('mail', user),
        equals('sAMAccountName', user.slice(0, user.lastIndexOf('@'))),
      ]
    : [equals('sAMAccountName', sam), equals('userPrincipalName', user)];
  return new AndFilter({ filters: [person, new OrFilter({ filters: names })] });
}

/** Finds an account. @returns undefined when the directory shows none by this name */
export async function findAccountEntry(session: DirectorySession, user: string): Promise<AccountEntry | undefined> {
  const dn = await accountDn(session, user);
  if (dn === undefined) return undefined;
  // tokenGroups is computed for a base search alone ([MS-ADTS] 3.1.1.4.5.19).
  const entry = await session.connection.read(dn, {
    attributes: ATTRIBUTES,
    explicitBufferAttributes: ['objectSid', 'tokenGroups', 'msExchMailboxGuid'],
  });
  if (!entry) return undefined;
  const { attributes } = plainEntry(entry, []);
  const one = (name: string): string | undefined => attributes[name]?.[0];
  const uac = Number(one('userAccountControl') ?? 0);
  const computed = Number(one('msDS-User-Account-Control-Computed') ?? 0);
  const raw = entry.tokenGroups;
  const groups =
    raw === undefined
      ? []
      : (Array.isArray(raw) ? raw : [raw]).flatMap((sid) => (Buffer.isBuffer(sid) ? (sidText(sid) ?? []) : []));
  return {
    dn,
    sam: one('sAMAccountName') ?? user,
    sid: one('objectSid'),
    disabled: (uac & UAC.disabled) !== 0,
    locked: ((uac | computed) & UAC.locked) !== 0,
    passwordExpired: (computed & UAC.expired) !== 0,
    passwordNeverExpires: (uac & UAC.neverExpires) !== 0,
    passwordExpires: fileTime(one('msDS-UserPasswordExpiryTimeComputed')),
    accountExpires: fileTime(one('accountExpires')),
    // ldapts gives an attribute that was asked for and is not there as an empty list.
    hasMailbox: one('msExchMailboxGuid') !== undefined || one('homeMDB') !== undefined,
    mail: one('mail'),
    lastLogon: fileTime(one('lastLogon')) ?? fileTime(one('lastLogonTimestamp')),
    groupSids: groups.length > 0 ? new Set(groups) : undefined,
  };
}

async function accountDn({ connection, facts }: DirectorySession, user: string): Promise<string | undefined> {
  if (/^CN=.+,DC=/i.test(user)) return user;
  const page = await connection.page(
    facts.baseDn,
    { scope: 'sub', filter: accountFilter(user), attributes: ['userPrincipalName', 'mail'] },
    undefined,
  );
  const exact = page.entries.find(
    ({ userPrincipalName }) => String(userPrincipalName).toLowerCase() === user.toLowerCase(),
  );
  return (exact ?? page.entries[0])?.dn;
}

/** A group by its name, and whether the account is in it, directly or through other groups. */
export interface Membership {
  group: string;
  dn: string;
  member: boolean;
}

/** Nested membership by LDAP_MATCHING_RULE_IN_CHAIN ([MS-ADTS] 3.1.1.3.4.4.3). Groups that do not exist are left out. */
export async function memberships(
  session: DirectorySession,
  account: AccountEntry,
  names: readonly string[],
): Promise<Membership[]> {
  const { connection, facts } = session;
  const named = new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'objectClass', value: 'group' }),
      new OrFilter({
        filters: names.flatMap((name) => [
          new EqualityFilter({ attribute: 'cn', value: name }),
          new EqualityFilter({ attribute: 'sAMAccountName', value: name }),
        ]),
      }),
    ],
  });
  const inChain = new ExtensibleFilter({ matchType: 'member', rule: '1.2.840.113556.1.4.1941', value: account.dn });
  const search = async (filter: Filter) =>
    (
      await connection.page(
        facts.baseDn,
        { scope: 'sub', filter, attributes: ['cn'] },
        { size: 1000, cookie: undefined },
      )
    ).entries;
  const [groups, own] = await Promise.all([search(named), search(new AndFilter({ filters: [named, inChain] }))]);
  const mine = new Set(own.map(({ dn }) => dn.toLowerCase()));
  return groups.map(({ dn, cn }) => ({ group: String(cn), dn, member: mine.has(dn.toLowerCase()) }));
}

/** What the domain does with wrong passwords. Spans are ms. */
export interface LockoutPolicy {
  threshold: number;
  durationMs: number;
  maxAgeMs: number | undefined;
}

/** Of the domain, or of the policy object that applies to the account alone (msDS-ResultantPSO). */
export async function lockoutPolicy(
  session: DirectorySession,
  account: AccountEntry,
): Promise<LockoutPolicy | undefined> {
  const { connection, facts } = session;
  const user = await connection.read(account.dn, { attributes: ['msDS-ResultantPSO'] });
  const pso = String(user?.['msDS-ResultantPSO'] ?? '');
  const own = /^CN=/i.test(pso)
    ? await connection.read(pso, {
        attributes: ['msDS-LockoutThreshold', 'msDS-LockoutDuration', 'msDS-MaximumPasswordAge'],
      })
    : undefined;
  const domain = own
    ? undefined
    : await connection.read(facts.baseDn, { attributes: ['lockoutThreshold', 'lockoutDuration', 'maxPwdAge'] });
  const entry = own ?? domain;
  if (!entry) return undefined;
  const value = (a: string, b: string): string => String(entry[a] ?? entry[b] ?? '');
  const threshold = value('msDS-LockoutThreshold', 'lockoutThreshold');
  if (!/^\d+$/.test(threshold)) return undefined;
  return {
    threshold: Number(threshold),
    durationMs: span(value('msDS-LockoutDuration', 'lockoutDuration')) ?? 0,
    maxAgeMs: span(value('msDS-MaximumPasswordAge', 'maxPwdAge')),
  };
}

/** Negative 100 ns as ms; the least number means without end. */
function span(text: string): number | undefined {
  if (!/^-\d+$/.test(text)) return undefined;
  const value = -BigInt(text);
  return value > NEVER ? undefined : Number(value / 10_000n);
}
