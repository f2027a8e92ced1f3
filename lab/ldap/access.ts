import { timingSafeEqual } from 'node:crypto';
import md4 from 'js-md4';
import type { Directory } from './directory.ts';
import { LdapResult, ResultCode } from './errors.ts';
import { attributeSchema } from './schema.ts';
import type { Entry } from './tree.ts';
import { formatSid, parseSid } from './values.ts';

/** Who is bound on a connection; null is anonymous. */
export type Identity = Entry | null;

export const AccountFlag = { disabled: 0x2, passwordNotRequired: 0x20, normal: 0x200 } as const;

/** Groups whose members, also nested, may write to the directory and see its tombstones. */
const writers = new Set([
  'domain admins',
  'enterprise admins',
  'administrators',
  'organization management',
  'recipient management',
]);
const readersOfDeleted = new Set(['domain admins', 'enterprise admins', 'administrators', 'organization management']);

/** MD4 of the password in UTF-16LE, one character a byte: what unicodePwd holds here. */
export function passwordHash(password: string): string {
  return Buffer.from(md4.arrayBuffer(Buffer.from(password, 'utf16le'))).toString('latin1');
}

/** The object an account name means: DN, user principal name, DOMAIN\name, name or SID, in any case. */
export function findAccount(directory: Directory, name: string): Entry | undefined {
  const { tree, names } = directory;
  const backslash = name.indexOf('\\');
  if (backslash >= 0) {
    const domain = name.slice(0, backslash).toLowerCase();
    if (domain !== names.netbios.toLowerCase() && domain !== names.dnsName) return undefined;
    return first(tree.byValue('samaccountname', name.slice(backslash + 1)));
  }
  const sid = parseSid(name);
  if (sid) return first(tree.byValue('objectsid', sid));
  if (name.includes('=')) {
    try {
      return tree.find(name);
    } catch {
      return undefined;
    }
  }
  return (
    first(tree.byValue('userprincipalname', name)) ??
    implicitUpn(directory, name) ??
    first(tree.byValue('samaccountname', name))
  );
}

/** sAMAccountName@domain is a principal name even where userPrincipalName says another ([MS-ADTS] 5.1.1.1.1). */
function implicitUpn({ tree, names }: Directory, name: string): Entry | undefined {
  const at = name.lastIndexOf('@');
  if (at < 0 || name.slice(at + 1).toLowerCase() !== names.dnsName) return undefined;
  return first(tree.byValue('samaccountname', name.slice(0, at)));
}

function first(entries: Entry[]): Entry | undefined {
  return entries.find((entry) => entry.attributes.get('isdeleted') !== 'TRUE');
}

/** Simple bind: who it is. @throws LdapResult invalidCredentials with AD's sub-code */
export function authenticate(directory: Directory, name: string, password: Buffer): Identity {
  if (password.length === 0) return null;
  const entry = findAccount(directory, name);
  const hash = entry && directory.tree.first(entry, 'unicodepwd');
  if (!entry || hash === undefined) throw badCredentials(entry ? '52e' : '525');
  if (!hashMatches(hash, password.toString('utf8'))) throw badCredentials('52e');
  if (Number(directory.tree.first(entry, 'useraccountcontrol') ?? 0) & AccountFlag.disabled)
    throw badCredentials('533');
  return entry;
}

export function hashMatches(hash: string, password: string): boolean {
  const [a, b] = [Buffer.from(hash, 'latin1'), Buffer.from(passwordHash(password), 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}

function badCredentials(data: string): LdapResult {
  return new LdapResult(
    ResultCode.invalidCredentials,
    `80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data ${data}, v4563`,
  );
}

/** Guids of all groups an object is in, directly or through other groups. */
export function groupsOf(directory: Directory, entry: Entry): Set<string> {
  const memberOf = attributeSchema('memberOf');
  const found = new Set<string>();
  const open = [entry.guid];
  const primary = primaryGroup(directory, entry);
  if (primary) {
    found.add(primary.guid);
    open.push(primary.guid);
  }
  for (let guid = open.pop(); guid !== undefined; guid = open.pop()) {
    for (const group of memberOf ? directory.tree.linkedGuids(guid, memberOf) : []) {
      if (found.has(group)) continue;
      found.add(group);
      open.push(group);
    }
  }
  return found;
}

function primaryGroup(directory: Directory, entry: Entry): Entry | undefined {
  const rid = directory.tree.first(entry, 'primarygroupid');
  return rid === undefined ? undefined : directory.tree.byValue('objectsid', directory.sid(Number(rid)))[0];
}

export function groupNames(directory: Directory, entry: Entry): Set<string> {
  const names = new Set<string>();
  for (const guid of groupsOf(directory, entry)) {
    const group = directory.tree.entries.get(guid);
    if (group) names.add(group.rdn.value.toLowerCase());
  }
  return names;
}

function isInAny(directory: Directory, who: Entry, groups: ReadonlySet<string>): boolean {
  const names = groupNames(directory, who);
  return [...groups].some((group) => names.has(group));
}

export function mayWrite(directory: Directory, who: Identity): boolean {
  return who !== null && isInAny(directory, who, writers);
}

export function maySeeDeleted(directory: Directory, who: Identity): boolean {
  return who !== null && isInAny(directory, who, readersOfDeleted);
}

/** `u:DOMAIN\name` (RFC 4532). */
export function whoAmI(directory: Directory, who: Identity): string {
  if (!who) return '';
  const sid = directory.tree.first(who, 'objectsid');
  const name = directory.tree.first(who, 'samaccountname') ?? (sid ? formatSid(sid) : '');
  return `u:${directory.names.netbios}\\${name}`;
}
