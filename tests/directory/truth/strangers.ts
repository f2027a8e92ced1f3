import { createHash } from 'node:crypto';
import type { Attributes } from '../../../core/domain/recipient.ts';
import type { TruthForests, TruthObject } from './forests.ts';
import { latin, POOLS } from './names.ts';
import { Random } from './random.ts';

/**
 * A second way to make forests of known truth, that shares nothing with the first but names: two companies as a tester
 * would write them down, each with one thing that is hard. Few values, many namesakes.
 */
export interface Company {
  name: string;
  people: number;
  /** Values by which the same person is known on both sides; shares of the people who are in both. */
  sameSam: number;
  sameId: number;
  sameAddress: number;
  sameLocalPart: number;
  /** Attributes that are empty on either side, each for itself. */
  missing: number;
  /** Departments there are; few make namesakes in one department likely. */
  departments: number;
  /** Given and family names of so many; small pools make namesakes. */
  givenNames: number;
  familyNames: number;
  languages: (keyof typeof POOLS)[];
  typos: number;
  swapped: number;
  married: number;
  moved: number;
  /** Target accounts of other people with a logon name of the source. */
  reusedSam: number;
  /** Pairs of people with one name and one department on both sides. */
  twins: number;
  /** People of the target with a name of the source, who are somebody else. */
  homonyms: number;
  onlySource: number;
  onlyTarget: number;
  /** A contact for the other side's mailbox beside the account. */
  contacts: number;
  disabled: number;
}

const PLAIN: Company = {
  name: 'the same logon names, another domain',
  people: 1500,
  sameSam: 1,
  sameId: 0,
  sameAddress: 0,
  sameLocalPart: 1,
  missing: 0.05,
  departments: 12,
  givenNames: 40,
  familyNames: 200,
  languages: ['de', 'en'],
  typos: 0.02,
  swapped: 0.01,
  married: 0.02,
  moved: 0.05,
  reusedSam: 0.01,
  twins: 0.005,
  homonyms: 0.02,
  onlySource: 0.1,
  onlyTarget: 0.1,
  contacts: 0.05,
  disabled: 0.1,
};

export const COMPANIES: Company[] = [
  {
    ...PLAIN,
    name: 'numbers of one HR system',
    sameSam: 0.3,
    sameId: 0.97,
    sameLocalPart: 0.3,
    married: 0.06,
    moved: 0.2,
  },
  { ...PLAIN, name: 'the old address stands at the new account', sameSam: 0.2, sameAddress: 0.97, sameLocalPart: 0.2 },
  { ...PLAIN, name: 'a few dozen people', people: 60, sameId: 0.9, sameSam: 0.8 },
  {
    ...PLAIN,
    name: 'other alphabets',
    languages: ['ru', 'nordic', 'de', 'pl', 'tr'],
    sameId: 0.6,
    sameSam: 0.6,
    sameAddress: 0.6,
  },
  {
    ...PLAIN,
    name: 'names of a village',
    givenNames: 12,
    familyNames: 25,
    departments: 5,
    sameId: 0.85,
    sameAddress: 0.9,
    sameSam: 0.3,
  },
  { ...PLAIN, name: 'holes everywhere', missing: 0.35, sameId: 0.9, sameAddress: 0.85, sameSam: 0.5 },
  { ...PLAIN, name: 'logon names given out anew', sameSam: 0.5, reusedSam: 0.25, sameId: 0.9, sameAddress: 0.8 },
];

/**
 * Companies that have no exact key in common, but for logon names made by one rule, which say no more than the names they
 * are made from: what is not beyond doubt waits for a person, so that precision is asked of them, and that nobody is lost.
 */
export const WITHOUT_KEYS: Company[] = [
  PLAIN,
  { ...PLAIN, name: 'nothing but names', sameSam: 0, sameLocalPart: 0, homonyms: 0.1, twins: 0.02, missing: 0.1 },
  {
    ...PLAIN,
    name: 'nothing but names of a village',
    sameSam: 0,
    sameLocalPart: 0,
    givenNames: 12,
    familyNames: 25,
    homonyms: 0.2,
    departments: 4,
  },
  {
    ...PLAIN,
    name: 'strangers with the same logon rule',
    sameSam: 0,
    sameLocalPart: 0,
    reusedSam: 0.5,
    onlyTarget: 1,
    onlySource: 0.5,
  },
];

interface Person {
  key: number;
  given: string;
  family: string;
  department: string;
  title: string;
  phone: string;
  cases: string[];
}

const ascii = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/ł/gi, 'l')
    .replace(/ø/gi, 'o')
    .replace(/ı/g, 'i')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

export function strangers(company: Company, seed: number): TruthForests {
  return new Companies(company, seed).run();
}

class Companies {
  readonly #c: Company;
  readonly #r: Random;
  readonly #out: TruthForests = { source: [], target: [], truth: new Map(), cases: new Map() };
  readonly #taken = new Set<string>();
  #keys = 0;

  constructor(company: Company, seed: number) {
    this.#c = company;
    this.#r = new Random(`strangers\0${company.name}\0${seed}`);
  }

  run(): TruthForests {
    const { people, onlySource, onlyTarget, twins, homonyms } = this.#c;
    const many = (share: number) => Array.from({ length: Math.round(people * share) }, () => this.#person());
    const both = many(1);
    for (let i = 0; i < Math.round(people * twins); i++) this.#sameName(both[2 * i], both[2 * i + 1], 'twin', true);
    const sources: { sam: string; mail: string }[] = [];
    for (const p of both) sources.push(this.#pair(p));
    for (const p of many(onlySource)) this.#settle(this.#source(p).dn, null, [...p.cases, 'only in the source']);
    const others = many(onlyTarget);
    const named = Math.round(people * homonyms);
    for (let i = 0; i < named; i++) {
      const other = others[i] ?? this.#person();
      if (!others.includes(other)) others.push(other);
      this.#sameName(this.#r.pick(both), other, 'homonym', this.#r.chance(0.3));
    }
    for (const p of others) this.#stranger(p, sources);
    return this.#out;
  }

  #person(): Person {
    const r = this.#r;
    const pool = POOLS[r.pick(this.#c.languages)];
    const few = (list: readonly string[], n: number) => list.slice(0, Math.max(3, Math.min(list.length, n)));
    const names = r.chance(0.5) ? pool.given.female : pool.given.male;
    const key = ++this.#keys;
    return {
      key,
      given: r.pick(few(names, this.#c.givenNames)),
      family: r.pick(few(pool.family, this.#c.familyNames)),
      department: `Department ${r.below(this.#c.departments) + 1}`,
      title: r.pick(['Clerk', 'Engineer', 'Manager', 'Assistant', 'Buyer', 'Analyst']),
      phone: `+43 1 ${2_000_000 + key * 13}`,
      cases: [],
    };
  }

  #sameName(a: Person | undefined, b: Person | undefined, what: string, department: boolean): void {
    if (!a || !b) return;
    Object.assign(
      b,
      { given: a.given, family: a.family },
      department ? { department: a.department, title: a.title } : {},
    );
    a.cases.push(what);
    b.cases.push(what);
  }

  #unique(side: string, wanted: string): string {
    for (let n = 1; ; n++) {
      const name = n === 1 ? wanted : `${wanted}${n}`;
      if (this.#taken.has(`${side} ${name}`)) continue;
      this.#taken.add(`${side} ${name}`);
      return name;
    }
  }

  #some(value: string): string[] {
    return value === '' || this.#r.chance(this.#c.missing) ? [] : [value];
  }

  #emit(side: 'source' | 'target', name: string, attributes: Attributes): string {
    const dn = `CN=${this.#unique(`dn ${side}`, name.replace(/[\\,+"<>;=#/]/g, ' '))},OU=${this.#r.pick(['Users', 'Staff', 'External'])},DC=${side},DC=test`;
    const hex = createHash('sha256').update(`${side}${dn}`).digest('hex');
    attributes.objectGUID = [
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`,
    ];
    for (const [key, values] of Object.entries(attributes)) if (values.length === 0) delete attributes[key];
    const object: TruthObject = { dn, attributes };
    this.#out[side].push(object);
    return dn;
  }

  #account(
    side: 'source' | 'target',
    p: Person,
    more: { sam: string; local: string; id: string; addresses: string[] },
  ): string {
    const shown = this.#r.chance(0.2) ? `${p.family}, ${p.given}` : `${p.given} ${p.family}`;
    const mail = `${more.local}@${side}.test`;
    const proxies = [`SMTP:${mail}`, ...more.addresses];
    // The order in which a directory gives values means nothing.
    if (this.#r.chance(0.5)) proxies.reverse();
    return this.#emit(side, shown, {
      objectClass: ['top', 'person', 'organizationalPerson', 'user'],
      sAMAccountName: [more.sam],
      userPrincipalName: [`${more.sam}@${side}.test`],
      displayName: [shown],
      givenName: this.#some(p.given),
      sn: this.#some(p.family),
      mail: [mail],
      proxyAddresses: proxies,
      mailNickname: [more.sam],
      legacyExchangeDN: [`/o=${side}/ou=x/cn=recipients/cn=${more.sam}`],
      homeMDB: side === 'source' ? ['CN=DB,DC=source,DC=test'] : [],
      userAccountControl: [this.#r.chance(this.#c.disabled) ? '514' : '512'],
      department: this.#some(p.department),
      title: this.#some(p.title),
      telephoneNumber: this.#some(p.phone),
      employeeID: more.id === '' ? [] : [more.id],
    });
  }

  #source(p: Person): { dn: string; sam: string; mail: string; local: string } {
    const [given, family] = [ascii(latin(p.given, 0)), ascii(latin(p.family, 0))];
    const sam = this.#unique('source sam', `${given.slice(0, 1)}${family}`.slice(0, 18));
    const local = this.#unique('source mail', `${given}.${family}`);
    const dn = this.#account('source', p, {
      sam,
      local,
      id: this.#c.sameId > 0 ? `E${10_000 + p.key}` : '',
      addresses: [],
    });
    return { dn, sam, local, mail: `${local}@source.test` };
  }

  #pair(p: Person): { sam: string; mail: string } {
    const r = this.#r;
    const c = this.#c;
    const own = this.#source(p);
    const cases = [...p.cases];
    const other = this.#altered(p, cases);
    const [given, family] = [ascii(other.given), ascii(other.family)];
    const same = r.chance(c.sameSam) && !this.#taken.has(`target sam ${own.sam}`);
    const sam = this.#unique('target sam', same ? own.sam : `${family.slice(0, 5)}${given.slice(0, 3)}${p.key % 90}`);
    const local = this.#unique('target mail', r.chance(c.sameLocalPart) ? own.local : `${family}.${given}`);
    const addresses = r.chance(c.sameAddress) ? [`smtp:${own.mail}`] : [];
    const id = c.sameId > 0 && r.chance(c.sameId) ? `E${10_000 + p.key}` : '';
    const dn = this.#account('target', other, { sam, local, id, addresses });
    this.#settle(own.dn, dn, cases);
    if (r.chance(c.contacts)) this.#contact(p, own.mail);
    return own;
  }

  #altered(p: Person, cases: string[]): Person {
    const r = this.#r;
    const c = this.#c;
    const foreign = /[а-яё]/i.test(p.given + p.family);
    if (foreign) cases.push('transliteration');
    const system = r.below(3) as 0 | 1 | 2;
    const other = { ...p, given: latin(p.given, system), family: latin(p.family, system) };
    if (r.chance(c.married)) {
      cases.push('married');
      other.family = r.pick(POOLS.en.family);
    }
    if (r.chance(c.typos) && other.family.length > 4) {
      cases.push('typo');
      const at = 1 + r.below(other.family.length - 3);
      other.family = other.family.slice(0, at) + other.family.slice(at + 1);
    }
    if (r.chance(c.swapped)) {
      cases.push('swapped');
      [other.given, other.family] = [other.family, other.given];
    }
    if (r.chance(c.moved)) {
      cases.push('moved');
      other.department = `Department ${r.below(c.departments) + 1}`;
      if (r.chance(0.5)) other.phone = `+43 5 ${7_000_000 + p.key * 11}`;
    }
    return other;
  }

  #contact(p: Person, mail: string): void {
    this.#emit('target', `${p.given} ${p.family} (contact)`, {
      objectClass: ['top', 'person', 'organizationalPerson', 'contact'],
      displayName: [`${p.given} ${p.family}`],
      givenName: [p.given],
      sn: [p.family],
      mail: [mail],
      targetAddress: [`SMTP:${mail}`],
      proxyAddresses: [`SMTP:${mail}`],
      mailNickname: [`c${p.key}`],
    });
  }

  #stranger(p: Person, sources: readonly { sam: string; mail: string }[]): void {
    const r = this.#r;
    const [given, family] = [ascii(latin(p.given, 1)), ascii(latin(p.family, 1))];
    const wanted = r.chance(this.#c.reusedSam / Math.max(0.01, this.#c.onlyTarget))
      ? r.pick(sources).sam
      : `${given.slice(0, 1)}${family}`;
    const sam = this.#unique('target sam', wanted.slice(0, 18));
    const local = this.#unique('target mail', `${given}.${family}`);
    const latinized = { ...p, given: latin(p.given, 1), family: latin(p.family, 1) };
    this.#account('target', latinized, { sam, local, id: this.#c.sameId > 0 ? `T${p.key}` : '', addresses: [] });
  }

  #settle(source: string, target: string | null, cases: string[]): void {
    this.#out.truth.set(source, target);
    this.#out.cases.set(source, cases.length > 0 ? cases : ['plain']);
  }
}
