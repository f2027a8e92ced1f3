import { createHash } from 'node:crypto';
import type { MailboxRecord } from '../model.ts';
import { DEPARTMENTS, EQUIPMENT, NAME_LISTS, ROOMS, SHARED } from './names.ts';
import { Random } from './random.ts';

export type Side = 'source' | 'target';

/** What both directories, both stores and the ready file know of the organisations. */
export const ORGANISATIONS = {
  source: {
    dnsName: 'source.test',
    netbios: 'SOURCE',
    smtpDomain: 'source.test',
    company: 'Contoso Chemie',
    exchangeOrganisation: 'Contoso',
    exchangeServer: 'SOURCE-EX01',
    domainSid: 'S-1-5-21-1004336348-1177238915-682003330',
  },
  target: {
    dnsName: 'target.test',
    netbios: 'TARGET',
    smtpDomain: 'target.test',
    company: 'Fabrikam Group',
    exchangeOrganisation: 'Fabrikam',
    exchangeServer: 'TARGET-EX01',
    domainSid: 'S-1-5-21-3623811015-3361044348-30300820',
  },
} as const;

/** One mailbox owner: a person, or a room, a shared mailbox and the like. */
export interface Person {
  /** Unique in both organisations and stable for a seed: `p0001`, `room-rhein`. */
  key: string;
  side: Side;
  kind: Extract<MailboxRecord['kind'], 'user' | 'shared' | 'room' | 'equipment' | 'linked'>;
  givenName: string;
  surname: string;
  displayName: string;
  /** ASCII; also sAMAccountName (cut to 20) and the first part of the address. */
  alias: string;
  /** Primary SMTP address, lower case. */
  address: string;
  language: string;
  culture: string;
  country: (typeof NAME_LISTS)[number]['country'];
  department: string;
  title: string;
  office: string;
  phone: string;
  employeeId: string;
  /** Key of the manager; null for the head and for what is no person. */
  manager: string | null;
  hasArchive: boolean;
  capacity: number | null;
  password: string;
}

/** Password of a lab account: the same for a seed, long enough for any policy. */
export function labPassword(seed: number, name: string): string {
  const text = createHash('sha256').update(`password\0${seed}\0${name.toLowerCase()}`).digest('base64url');
  return `Lab1!${text.slice(0, 16)}`;
}

/** Mailboxes beside those of people: a few at 24 users, more in larger organisations. */
function resourceCount(users: number, list: readonly unknown[]): number {
  return Math.min(list.length, Math.max(1, Math.ceil(users / 12)));
}

/**
 * Everyone with a mailbox in the source organisation: `users` people, then rooms, equipment and shared mailboxes. The
 * same for the same seed; a larger number adds people and keeps the first ones.
 */
export function people(seed: number, users: number): Person[] {
  const out: Person[] = [];
  const taken = new Set<string>();
  for (let index = 0; index < users; index++) out.push(person(seed, 'source', index, taken, out));
  const resources = [
    ...ROOMS.slice(0, resourceCount(users, ROOMS)).map((r) => resource(seed, 'room', r.name, r.alias, r.capacity)),
    ...EQUIPMENT.slice(0, resourceCount(users, EQUIPMENT)).map((r) =>
      resource(seed, 'equipment', r.name, r.alias, null),
    ),
    ...SHARED.slice(0, resourceCount(users, SHARED)).map((r) => resource(seed, 'shared', r.name, r.alias, null)),
  ];
  return [...out, ...resources];
}

/** People who were in the target organisation all along. */
export function targetPeople(seed: number, users: number): Person[] {
  const out: Person[] = [];
  const taken = new Set<string>();
  for (let index = 0; index < Math.max(3, Math.round(users / 6)); index++) {
    out.push(person(seed, 'target', index, taken, out));
  }
  return out;
}

function person(seed: number, side: Side, index: number, taken: Set<string>, before: readonly Person[]): Person {
  const random = new Random(`people\0${seed}\0${side}\0${index}`);
  // The first people cover every language; after them as it falls.
  const list = NAME_LISTS[index < NAME_LISTS.length ? index : random.int(0, NAME_LISTS.length - 1)] ?? NAME_LISTS[0];
  if (!list) throw new RangeError('no names');
  const [givenName, givenLetters] = random.pick(list.given);
  const [surname, surnameLetters] = random.pick(list.surnames);
  let alias = `${givenLetters}.${surnameLetters}`;
  for (let twin = 2; taken.has(alias); twin++) alias = `${givenLetters}.${surnameLetters}${twin}`;
  taken.add(alias);
  const department = index === 0 ? DEPARTMENTS[0] : random.pick(DEPARTMENTS.slice(1));
  const { smtpDomain } = ORGANISATIONS[side];
  // Linked mailboxes: the account is in the other forest, the mailbox here.
  const linked = side === 'source' && index % 12 === 7;
  return {
    key: `${side === 'source' ? 'p' : 't'}${String(index + 1).padStart(4, '0')}`,
    side,
    kind: linked ? 'linked' : 'user',
    givenName,
    surname,
    displayName: list.surnameFirst ? `${surname} ${givenName}` : `${givenName} ${surname}`,
    alias,
    address: `${alias}@${smtpDomain}`,
    language: list.language,
    culture: list.culture,
    country: list.country,
    department: department?.name ?? '',
    title: department ? random.pick(department.titles) : '',
    office: `${list.country.city} ${random.int(1, 4)}.${String(random.int(1, 60)).padStart(2, '0')}`,
    phone: `${list.country.phone} ${(side === 'source' ? 1000 : 7000) + index}`,
    employeeId: `${side === 'source' ? '1' : '7'}${String(index + 1).padStart(5, '0')}`,
    manager: managerOf(before, department?.name ?? '', index),
    hasArchive: side === 'source' && index % 6 === 2,
    capacity: null,
    password: labPassword(seed, `${alias}@${smtpDomain}`),
  };
}

/** The first of a department leads it and answers to the head of the house; the others answer to the first. */
function managerOf(before: readonly Person[], department: string, index: number): string | null {
  if (index === 0) return null;
  const lead = before.find((p) => p.department === department);
  return lead?.key ?? before[0]?.key ?? null;
}

function resource(
  seed: number,
  kind: 'room' | 'equipment' | 'shared',
  name: string,
  alias: string,
  capacity: number | null,
): Person {
  const list = NAME_LISTS[0];
  if (!list) throw new RangeError('no names');
  const address = `${alias}@${ORGANISATIONS.source.smtpDomain}`;
  return {
    key: alias,
    side: 'source',
    kind,
    givenName: '',
    surname: '',
    displayName: name,
    alias,
    address,
    language: 'en',
    culture: 'en-US',
    country: list.country,
    department: '',
    title: '',
    office: '',
    phone: '',
    employeeId: '',
    manager: null,
    hasArchive: false,
    capacity,
    password: labPassword(seed, address),
  };
}
