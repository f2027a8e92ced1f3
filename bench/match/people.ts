import type { RecipientRecord } from '../../core/domain/recipient.ts';

/*
 * Two forests of any size, person by person, from the number alone: nothing is kept, so that a million take no memory
 * here. What they share is decided by the number too: some have an address in common, some an employee number, some a
 * name and a desk alone, some nothing at all, and some values are shared by several people.
 */

const GIVEN =
  'Anna Ben Carla David Emma Felix Greta Hugo Ida Jonas Klara Lukas Maria Noah Olga Paul Rosa Simon Tina Ulrich Vera Willi Yara Zoe Marek Ines Pavel Sofia Viktor Agnes'.split(
    ' ',
  );
const STARTS =
  'Ack Bau Cor Den Eck Fal Gro Hel Irm Jun Kel Lan Mar Neu Ort Pet Rau Sch Tho Uhl Vog Wei Zim Bra Kro Str Fri Hof Lin Mei'.split(
    ' ',
  );
const MIDDLES = 'a e i o u an en in on er el ar im um al'.split(' ');
const ENDS = 'bach berg mann stein hofer wald meier feld ner ler dorf huber kamp rich ing sen ski ova ard ert'.split(
  ' ',
);
const DEPARTMENTS = 'Sales Marketing Finance Legal Production Logistics Research Quality Purchasing Service'.split(' ');
const TITLES = 'Clerk Engineer Manager Consultant Assistant Director Specialist Analyst Technician Buyer'.split(' ');

/** A number that looks random, from a number (SplitMix32). */
function hash(n: number, salt: number): number {
  let z = (Math.imul(n, 0x9e3779b1) + Math.imul(salt, 0x85ebca6b)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
const pick = (list: readonly string[], n: number, salt: number): string => list[hash(n, salt) % list.length] ?? '';

/** Person `n` of a forest, 0 to n-1; the same number is the same person on both sides, if it is there at all. */
export function person(side: 'source' | 'target', n: number): RecipientRecord & { id: number } {
  const given = pick(GIVEN, n, 1);
  const family = `${pick(STARTS, n, 2)}${pick(MIDDLES, n, 3)}${pick(ENDS, n, 4)}`;
  const source = side === 'source';
  // One in ten of the target is somebody else, with a number of his own.
  const other = !source && hash(n, 5) % 10 === 0;
  const who = other ? n + 500_000_000 : n;
  const sam = source ? `${given.slice(0, 1)}${family}${n}`.toLowerCase() : `u${who}`;
  const mail = `${given}.${family}.${who}@${side}.example`.toLowerCase();
  const shares = hash(who, 6) % 10;
  const smtp = [
    mail,
    ...(source || shares >= 6 || other ? [] : [`${given}.${family}.${n}@source.example`.toLowerCase()]),
  ];
  const id = shares === 7 ? Math.floor(who / 3) * 3 : who;
  const legacyDn = `/o=${side}/ou=first/cn=recipients/cn=${sam}`;
  const x500 = [
    legacyDn,
    ...(source || shares >= 2 || other
      ? []
      : [`/o=source/ou=first/cn=recipients/cn=${given.slice(0, 1)}${family}${n}`.toLowerCase()]),
  ];
  const upn = shares === 8 ? `p${who}@corp.example` : `${sam}@${side}.example`;
  const guid = `${(source ? 1 : 2).toString().padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
  const attributes = {
    objectClass: ['user'],
    sAMAccountName: [sam],
    givenName: [given],
    sn: [family],
    department: [pick(DEPARTMENTS, n, 7)],
    title: [pick(TITLES, n, 8)],
    telephoneNumber: [`+49 89 ${1_000_000 + who}`],
    ...(shares >= 5 ? { employeeID: [`E${id}`] } : {}),
    mailNickname: [sam],
  };
  return {
    id: n + 1,
    guid,
    dn: `CN=${given} ${family} ${n},OU=People,DC=${side},DC=example`,
    kind: source ? 'mailbox' : 'user',
    displayName: `${given} ${family}`,
    mail,
    sam,
    upn,
    legacyDn,
    department: pick(DEPARTMENTS, n, 7),
    nameKey: `${given} ${family}`.toLowerCase(),
    hidden: false,
    deleted: false,
    usn: n,
    whenChanged: 0,
    attributes,
    addresses: [
      ...smtp.map((address, i) => ({ kind: 'smtp' as const, address, key: address, primary: i === 0 })),
      ...x500.map((address, i) => ({ kind: 'x500' as const, address, key: address, primary: i === 0 })),
    ],
  };
}
