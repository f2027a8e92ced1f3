/** Groups with more rights than a migration needs, by the end of their SID ([MS-DTYP] 2.4.2.4). */
export const POWERFUL_GROUPS: readonly { name: string; sid: (domainSid: string) => string }[] = [
  { name: 'Domain Admins', sid: (domain) => `${domain}-512` },
  { name: 'Schema Admins', sid: (domain) => `${domain}-518` },
  { name: 'Enterprise Admins', sid: (domain) => `${domain}-519` },
  { name: 'Administrators', sid: () => 'S-1-5-32-544' },
  { name: 'Account Operators', sid: () => 'S-1-5-32-548' },
  { name: 'Server Operators', sid: () => 'S-1-5-32-549' },
  { name: 'Backup Operators', sid: () => 'S-1-5-32-551' },
];

/** The domain's SID of an account's: all but the last number. */
export function domainSid(sid: string): string {
  return sid.slice(0, sid.lastIndexOf('-'));
}
