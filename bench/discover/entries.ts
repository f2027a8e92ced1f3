import { person } from '../match/people.ts';

/** Entries of a directory as LDIF, one after the other: a mailbox has about 35 attributes, as with Exchange. */
export function* mailboxes(count: number, base: string): Generator<string> {
  for (let n = 0; n < count; n++) {
    const p = person('source', n);
    const lines = [`dn: cn=p${n},${base}`, 'objectClass: top', 'objectClass: user', `cn: p${n}`];
    for (const [name, values] of Object.entries(p.attributes)) {
      if (name !== 'objectClass') for (const value of values) lines.push(`${name}: ${value}`);
    }
    const guid = Buffer.alloc(16, n % 251);
    guid.writeUInt32LE(n, 0);
    const sid = Buffer.from('010500000000000515000000a1b2c3d4e5f60718293a4b5c00000000', 'hex');
    sid.writeUInt32LE(1000 + n, 24);
    lines.push(
      `objectGUID:: ${guid.toString('base64')}`,
      `objectSid:: ${sid.toString('base64')}`,
      `userPrincipalName: ${p.upn}`,
      `mail: ${p.mail}`,
      ...p.addresses.flatMap((a) =>
        a.kind === 'smtp' ? [`proxyAddresses: ${a.primary ? 'SMTP' : 'smtp'}:${a.address}`] : [],
      ),
      `proxyAddresses: smtp:${p.sam}@old.example`,
      `proxyAddresses: X500:/o=before/ou=first/cn=recipients/cn=${p.sam}`,
      `legacyExchangeDN: ${p.legacyDn}`,
      `displayName: ${p.displayName}`,
      'company: Northwind Traders',
      'physicalDeliveryOfficeName: 4.17',
      'streetAddress: 1 Main Street',
      'l: Munich',
      'postalCode: 80331',
      'co: Germany',
      'c: DE',
      `mobile: +49 170 ${1_000_000 + n}`,
      'userAccountControl: 512',
      `homeMDB: CN=DB${n % 20},CN=Databases,CN=Exchange,${base}`,
      'msExchHomeServerName: /o=source/ou=first/cn=Configuration/cn=Servers/cn=EX1',
      `msExchMailboxGuid:: ${guid.toString('base64')}`,
      'msExchRecipientTypeDetails: 1',
      'msExchRecipientDisplayType: 1073741824',
      'msExchVersion: 88218628259840',
      'whenChanged: 20260102030405.0Z',
      `uSNChanged: ${10_000 + n}`,
      'showInAddressBook: CN=All Users,CN=All Address Lists,CN=Exchange',
      'extensionAttribute1: yes',
      `manager: cn=p${n % 500},${base}`,
    );
    yield lines.join('\n');
  }
}
