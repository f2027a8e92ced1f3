import type { FilterRule, JoinRule, ProjectionRule } from './schema.ts';

/*
 * The built-in rules (directory.md, "Rationalize") in the form in which people write their own. Names beside attributes:
 * `addresses` and `x500Addresses` (in the form in which they are equal), `primary` (mail, or the first address),
 * `forwardsTo`, `logins`, `phones`, `hidden`.
 */

type Join = Omit<JoinRule, 'certain'> & { certain?: boolean };
const join = (rule: Join): JoinRule => ({ ...rule, certain: rule.certain ?? false });

const CERTAIN = { trust: 0.9999, certainty: 1e6, certain: true };
const ADDRESS = { trust: 0.9995, certainty: 300 };

export const BUILT_IN_JOINS: readonly JoinRule[] = [
  join({
    name: 'master-account',
    label: 'msExchMasterAccountSid',
    any: [
      { source: 'sid(msExchMasterAccountSid)', target: 'sid(objectSid)' },
      { source: 'sid(objectSid)', target: 'sid(msExchMasterAccountSid)' },
    ],
    ...CERTAIN,
  }),
  join({
    name: 'sid-history',
    label: 'sIDHistory',
    source: 'sid(objectSid)',
    target: 'sid(all.sIDHistory)',
    ...CERTAIN,
  }),
  join({ name: 'mailbox-guid', label: 'msExchMailboxGuid', source: 'lower(trim(msExchMailboxGuid))', ...CERTAIN }),
  join({ name: 'mail', source: 'primary', ...ADDRESS }),
  join({ name: 'address', label: 'SMTP address', source: 'addresses', ...ADDRESS }),
  join({ name: 'x500', label: 'X500 address', source: 'x500Addresses', ...ADDRESS }),
  join({
    name: 'stands-for',
    label: 'forwards to',
    any: [
      { source: 'addresses', target: 'forwardsTo' },
      { source: 'forwardsTo', target: 'addresses' },
      { source: 'kind == "contact" ? forwardsTo : ""' },
    ],
    ...ADDRESS,
  }),
  join({
    name: 'employee-id',
    label: 'employeeID',
    source: 'id(employeeID)',
    trust: 0.9,
    certainty: 10,
    maxHolders: 4,
  }),
  join({
    name: 'employee-number',
    label: 'employeeNumber',
    source: 'id(employeeNumber)',
    trust: 0.9,
    certainty: 10,
    maxHolders: 4,
  }),
  join({
    name: 'upn',
    label: 'userPrincipalName',
    source: 'lower(trim(userPrincipalName))',
    trust: 0.97,
    certainty: 20,
    maxHolders: 4,
  }),
  ...Array.from({ length: 15 }, (_, i) =>
    join({
      name: `extension-attribute-${i + 1}`,
      label: `extensionAttribute${i + 1}`,
      source: `id(extensionAttribute${i + 1})`,
      trust: 0.3,
      certainty: 5,
      maxHolders: 3,
    }),
  ),
  join({ name: 'telephone', source: 'phones', trust: 0.3, certainty: 10, maxHolders: 3 }),
  join({
    name: 'login',
    label: 'logon name or alias',
    source: 'logins',
    trust: 0.5,
    certainty: 10,
    maxHolders: 4,
  }),
];

/** The connector filter of seed 001; hiding leaves out only what holds no mail, for a hidden mailbox is somebody's. */
export const BUILT_IN_FILTERS: readonly FilterRule[] = [
  {
    name: 'no-address',
    when: 'size(addresses) == 0 && forwardsTo == "" && !primary.contains("@")',
    reason: 'it has no internet address',
    side: 'source',
  },
  {
    name: 'hidden',
    when: 'hidden && kind in ["contact", "mailUser"]',
    reason: 'it is hidden from address lists',
    side: 'source',
  },
];

export const BUILT_IN_KEYWORDS: readonly string[] = [
  'nomigrate',
  'donotmigrate',
  'no-migration',
  'nosync',
  'donotsync',
  'excludefrommigration',
];

/** Seed 001: project where there is an internet address. */
export const BUILT_IN_PROJECTION: readonly ProjectionRule[] = [
  {
    name: 'no-mail',
    when: 'size(addresses) == 0 && forwardsTo == "" && !primary.contains("@")',
    create: false,
  },
  { name: 'not-created', when: 'kind in ["publicFolder", "user"]', create: false },
  { name: 'has-mail', when: 'true', create: true },
];
