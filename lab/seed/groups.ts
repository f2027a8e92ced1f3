import { escapeRdn, GROUPS_OU, legacyDn, objectGuid, personDn, type SeedObject, seedSid } from './directory-common.ts';
import { ORGANISATIONS, type Person, type Side } from './people.ts';

/** Distribution groups: one a department, one for everyone, nested, a security group, a dynamic one, one in a circle. */
export function groupObjects(side: Side, persons: readonly Person[], contactDns: readonly string[]): SeedObject[] {
  const out: SeedObject[] = [];
  const staff = persons.filter((p) => p.kind === 'user' || p.kind === 'linked');
  // The houses name their groups in their own ways; a few names stand in both, which is not yet one group.
  const own = side === 'source' ? '' : 'fab-';
  const add = (name: string, alias: string, members: string[], more: SeedObject['attributes'] = {}): string => {
    const title = side === 'source' || name.includes('Circle') ? name : name.replace(/^(DL|SG) /, 'FAB-');
    const object = group(side, title, own + alias, members, more);
    out.push(object);
    return object.dn;
  };
  const byDepartment = Map.groupBy(staff, (p) => p.department);
  const departments = [...byDepartment].map(([name, members], index) =>
    add(`DL ${name}`, `dl-dept${index + 1}`, members.map(personDn), leadOf(members)),
  );
  const all = add('DL All Staff / Alle', 'all-staff', departments);
  if (contactDns.length > 0) add('DL Partners', 'dl-partners', [...contactDns.slice(0, 20), all]);
  add('SG Fileshare Finance', 'sg-finance', staff.slice(0, 3).map(personDn), { groupType: -2147483640 });
  // Two groups that contain each other: whoever expands them must notice.
  const circle = `CN=DL Circle B,${GROUPS_OU}`;
  add('DL Circle A', 'dl-circle-a', [circle]);
  add('DL Circle B', 'dl-circle-b', [`CN=DL Circle A,${GROUPS_OU}`, ...staff.slice(0, 2).map(personDn)]);
  if (side === 'source') out.push(dynamicGroup(side));
  return out;
}

function leadOf(members: readonly Person[]): SeedObject['attributes'] {
  const [lead] = members;
  return lead ? { managedBy: personDn(lead) } : {};
}

function recipient(side: Side, name: string, alias: string): SeedObject['attributes'] {
  const address = `${alias}@${ORGANISATIONS[side].smtpDomain}`;
  return {
    displayName: name,
    mail: address,
    mailNickname: alias,
    proxyAddresses: [`SMTP:${address}`],
    legacyExchangeDN: legacyDn(side, alias),
    msExchVersion: '88218628259840',
    objectGUID: objectGuid(side, `group\0${alias}`),
  };
}

function group(side: Side, name: string, alias: string, member: string[], more: SeedObject['attributes']): SeedObject {
  return {
    dn: `CN=${escapeRdn(name)},${GROUPS_OU}`,
    objectClass: 'group',
    attributes: {
      ...recipient(side, name, alias),
      sAMAccountName: alias,
      objectSid: seedSid(side, `group\0${alias}`),
      groupType: 8,
      msExchRecipientDisplayType: '1',
      member,
      ...more,
    },
  };
}

function dynamicGroup(side: Side): SeedObject {
  return {
    dn: `CN=DDL Sales,${GROUPS_OU}`,
    objectClass: 'msExchDynamicDistributionList',
    attributes: {
      ...recipient(side, 'DDL Sales', 'ddl-sales'),
      msExchRecipientDisplayType: '3',
      msExchDynamicDLFilter: '(&(department=Sales EMEA)(mailNickname=*))',
    },
  };
}
