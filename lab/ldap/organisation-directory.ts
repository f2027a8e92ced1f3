import { randomBytes } from 'node:crypto';
import { BerWriter, FilterParser } from 'ldapts';
import type { DirectoryAccount, DirectoryEntry, DirectoryRole, OrganisationDirectory } from '../model.ts';
import { AccountFlag, findAccount, groupNames, groupsOf } from './access.ts';
import { Elements } from './ber.ts';
import { classesOf } from './constructed.ts';
import type { Directory } from './directory.ts';
import { readFilter } from './filter.ts';
import { compile } from './match.ts';
import { attributeSchema } from './schema.ts';
import type { Entry, Tree } from './tree.ts';
import { formatSid } from './values.ts';

const publicFolderManagers = ['public folder management', 'organization management'];

/** The directory as EWS, Autodiscover and SMTP ask it: the objects that LDAP shows, read as Exchange reads them. */
export class LdapOrganisationDirectory implements OrganisationDirectory {
  private readonly directory: Directory;
  constructor(directory: Directory) {
    this.directory = directory;
  }

  account(name: string): DirectoryAccount | undefined {
    const { tree, names } = this.directory;
    const entry = this.person(name);
    if (!entry) return undefined;
    const sid = tree.first(entry, 'objectsid');
    const hash = tree.first(entry, 'unicodepwd');
    const account = tree.first(entry, 'samaccountname') ?? '';
    const flags = Number(tree.first(entry, 'useraccountcontrol') ?? 0);
    return {
      name: account,
      domain: names.netbios,
      userPrincipalName: tree.first(entry, 'userprincipalname') ?? `${account}@${names.dnsName}`,
      address: isMailbox(this.directory, entry) ? primaryAddress(tree, entry) : null,
      displayName: tree.first(entry, 'displayname') ?? entry.rdn.value,
      sid: sid === undefined ? '' : formatSid(sid),
      // Resources, shared and linked mailboxes have a disabled account and name the one that signs in for them. Accounts
      // of a third forest are not in the lab, so the mailbox's own password stands for theirs.
      disabled: (flags & AccountFlag.disabled) !== 0 && tree.first(entry, 'msexchmasteraccountsid') === undefined,
      // An account without a password must not match any: not even an empty hash.
      ntHash: hash === undefined ? randomBytes(16) : Buffer.from(hash, 'latin1'),
      roles: this.roles(entry),
    };
  }

  private person(name: string): Entry | undefined {
    const direct = findAccount(this.directory, name);
    if (direct && classesOf(direct).includes('user')) return direct;
    return this.byAddress(name).find((entry) => isMailbox(this.directory, entry));
  }

  private roles(entry: Entry): DirectoryRole[] {
    const roles: DirectoryRole[] = [];
    const assignments = attributeSchema('msExchUserBL');
    const holders = [entry.guid, ...groupsOf(this.directory, entry)];
    const { tree } = this.directory;
    const isImpersonator = holders
      .flatMap((guid) => (assignments ? tree.linkedGuids(guid, assignments) : []))
      .flatMap((guid) => tree.entries.get(guid) ?? [])
      .flatMap((assignment) => this.directory.targets(assignment, 'msExchRoleLink'))
      .some((role) => tree.entries.get(role)?.rdn.value === 'ApplicationImpersonation');
    if (isImpersonator) roles.push('ApplicationImpersonation');
    const groups = groupNames(this.directory, entry);
    if (publicFolderManagers.some((name) => groups.has(name))) roles.push('PublicFolders');
    return roles;
  }

  entry(address: string): DirectoryEntry | undefined {
    for (const found of this.byAddress(address)) {
      const read = this.read(found);
      if (read) return read;
    }
    return undefined;
  }

  /** The object itself, for the parts of the lab that write. */
  object(address: string): Entry | undefined {
    return this.byAddress(address).find((entry) => this.read(entry) !== undefined);
  }

  private byAddress(address: string): Entry[] {
    const { tree } = this.directory;
    const match = /^(smtp|x500|ex):(.*)$/is.exec(address.trim());
    const kind = match?.[1]?.toLowerCase();
    const text = (match?.[2] ?? address).trim();
    const found =
      kind === 'smtp' || (kind === undefined && !text.startsWith('/'))
        ? [...tree.byValue('proxyaddresses', `smtp:${text}`), ...tree.byValue('mail', text)]
        : [...tree.byValue('legacyexchangedn', text), ...tree.byValue('proxyaddresses', `x500:${text}`)];
    return found.filter((entry) => entry.attributes.get('isdeleted') !== 'TRUE');
  }

  resolve(text: string, limit: number): DirectoryEntry[] {
    const wanted = text.replace(/^smtp:/i, '').trim();
    if (wanted === '') return [];
    const holds = compile(this.directory, { kind: 'equal', attribute: 'anr', value: Buffer.from(wanted) });
    const found: DirectoryEntry[] = [];
    for (const entry of this.directory.tree.entries.values()) {
      if (found.length >= limit) break;
      if (entry.nc !== 'domain' || holds(entry) !== true) continue;
      const read = this.read(entry);
      if (read && !read.hidden) found.push(read);
    }
    return found;
  }

  members(address: string): DirectoryEntry[] | undefined {
    const { tree } = this.directory;
    const group = this.byAddress(address).find((entry) => kindOf(this.directory, entry) === 'group');
    if (!group) return undefined;
    const entries = classesOf(group).includes('group')
      ? this.directory.targets(group, 'member').flatMap((guid) => tree.entries.get(guid) ?? [])
      : this.matching(group);
    return entries.flatMap((entry) => this.read(entry) ?? []);
  }

  /** Members of a dynamic distribution group: whoever its filter selects beneath its base. */
  private matching(group: Entry): Entry[] {
    const { tree } = this.directory;
    const text = tree.first(group, 'msexchdynamicdlfilter');
    if (text === undefined) return [];
    const writer = new BerWriter();
    FilterParser.parseString(text).write(writer);
    const holds = compile(this.directory, readFilter(new Elements(writer.buffer)));
    const base = tree.find(tree.first(group, 'msexchdynamicdlbasedn') ?? this.directory.names.baseDn);
    return [...tree.entries.values()].filter(
      (entry) => entry.nc === 'domain' && holds(entry) === true && base !== undefined && tree.isWithin(entry, base),
    );
  }

  private read(entry: Entry): DirectoryEntry | undefined {
    const { tree } = this.directory;
    const kind = kindOf(this.directory, entry);
    const address = primaryAddress(tree, entry);
    if (!kind || address === null) return undefined;
    const text = (name: string) => tree.first(entry, name) ?? '';
    const target = text('targetaddress').replace(/^smtp:/i, '');
    const forwarding = text('msexchgenericforwardingaddress')
      .replace(/^smtp:/i, '')
      .toLowerCase();
    const keeps = text('deliverandredirect') === 'TRUE';
    return {
      kind,
      address,
      displayName: text('displayname') || entry.rdn.value,
      alias: text('mailnickname') || text('samaccountname'),
      legacyDn: text('legacyexchangedn'),
      givenName: text('givenname'),
      surname: text('sn'),
      department: text('department'),
      company: text('company'),
      jobTitle: text('title'),
      office: text('physicaldeliveryofficename'),
      phone: text('telephonenumber'),
      forwardTo: target.toLowerCase() || (keeps ? null : forwarding || null),
      copyTo: keeps ? forwarding || null : null,
      hidden: text('msexchhidefromaddresslists') === 'TRUE',
    };
  }
}

/** Whether a mailbox belongs to the object: it lies on a database and has a mailbox GUID. */
export function isMailbox(directory: Directory, entry: Entry): boolean {
  return entry.attributes.has('msexchmailboxguid') && directory.targets(entry, 'homeMDB').length > 0;
}

function kindOf(directory: Directory, entry: Entry): DirectoryEntry['kind'] | undefined {
  const classes = classesOf(entry);
  if (entry.nc !== 'domain') return undefined;
  if (classes.includes('group') || classes.includes('msExchDynamicDistributionList')) return 'group';
  if (classes.includes('publicFolder')) return 'publicFolder';
  if (classes.includes('contact')) return 'contact';
  if (!classes.includes('user')) return undefined;
  return isMailbox(directory, entry) ? 'mailbox' : 'mailUser';
}

/** The `SMTP:` proxy address, else mail; lower case, null where the object has neither. */
export function primaryAddress(tree: Tree, entry: Entry): string | null {
  const proxies = entry.attributes.get('proxyaddresses') ?? [];
  const primary = (typeof proxies === 'string' ? [proxies] : proxies).find((proxy) => proxy.startsWith('SMTP:'));
  return (primary?.slice(5) ?? tree.first(entry, 'mail'))?.toLowerCase() ?? null;
}
