import { createHash } from 'node:crypto';
import type { Attributes } from '../../../core/domain/recipient.ts';
import type { TruthForests } from './forests.ts';
import { latin, POOLS, SHORT_FORMS } from './names.ts';
import type { Profile } from './profiles.ts';
import { Random } from './random.ts';
import { ascii, slip, spelled, stripped } from './spelling.ts';
import { CITIES, DEPARTMENTS, FIRST_HALVES, GROUPS, LANGUAGES, ROOMS, SECOND_HALVES, SHARED, TITLES } from './words.ts';

interface Person {
  key: number;
  given: string;
  family: string;
  female: boolean;
  cyrillic: boolean;
  department: string;
  title: string;
  city: string;
  office: string;
  phone: string;
  id: string;
  manager: Person | null;
}

/** Generates both forests of a profile; the same seed gives the same forests. */
export function generate(profile: Profile, seed: number): TruthForests {
  return new Generator(profile, seed).run();
}

class Generator {
  readonly #p: Profile;
  readonly #r: Random;
  readonly #out: TruthForests = { source: [], target: [], truth: new Map(), cases: new Map() };
  readonly #sams = { source: new Set<string>(), target: new Set<string>() };
  readonly #addresses = { source: new Set<string>(), target: new Set<string>() };
  readonly #dns = new Set<string>();
  readonly #sourceDn = new Map<Person, string>();
  readonly #targetDn = new Map<Person, string>();
  #count = 0;

  constructor(profile: Profile, seed: number) {
    this.#p = profile;
    this.#r = new Random(`${profile.name}\0${seed}`);
  }

  run(): TruthForests {
    const { people, onlySource, onlyTarget, twins, homonyms } = this.#p;
    const both = Array.from({ length: people }, () => this.#person());
    const left = Array.from({ length: Math.round(people * onlySource) }, () => this.#person());
    const right = Array.from({ length: Math.round(people * onlyTarget) }, () => this.#person());
    for (const p of both)
      p.manager = this.#r.chance(0.8) ? (both[this.#r.below(Math.min(both.length, 40))] ?? null) : null;
    this.#makeTwins(both, Math.round(people * twins));
    this.#makeNamesakes(both, right, Math.round(people * homonyms));
    this.#makeNamesakes(left, right, Math.round(people * homonyms));
    for (const p of both) this.#render(p);
    for (const p of left) this.#renderLeft(p);
    for (const p of right) this.#renderRight(p);
    this.#objects('shared', Math.round(people * this.#p.shared));
    this.#objects('room', Math.round(people * this.#p.rooms));
    this.#objects('group', Math.round(people * this.#p.groups));
    return this.#out;
  }

  #person(): Person {
    const r = this.#r;
    const language = r.pick(LANGUAGES);
    const pool = POOLS[language];
    const female = r.chance(0.5);
    const given = r.skewed(female ? pool.given.female : pool.given.male);
    let family = r.skewed(pool.family);
    if (language === 'de' && r.chance(0.25)) family = `${r.pick(FIRST_HALVES)}${r.pick(SECOND_HALVES)}`;
    if (r.chance(0.03)) family = `${family}-${r.pick(pool.family)}`;
    const key = ++this.#count;
    return {
      key,
      given: r.chance(0.06) ? `${given}-${r.pick(female ? pool.given.female : pool.given.male)}` : given,
      family,
      female,
      cyrillic: language === 'ru',
      department: r.pick(DEPARTMENTS),
      title: r.pick(TITLES),
      city: r.pick(CITIES),
      office: `${r.below(9) + 1}.${String(r.below(60) + 1).padStart(2, '0')}`,
      phone: `+49 89 ${String(1_000_000 + key * 7 + r.below(3)).slice(0, 7)}`,
      id: String(10_000 + key),
      manager: null,
    };
  }

  /** Two of one family in one department, whose given names are a letter or two apart. */
  #makeTwins(people: Person[], pairs: number): void {
    const names = [
      ['Lena', 'Lina'],
      ['Anna', 'Anne'],
      ['Jan', 'Jon'],
      ['Tim', 'Tom'],
      ['Marie', 'Maria'],
      ['Lea', 'Leo'],
      ['Paula', 'Paul'],
    ];
    for (let i = 0; i < pairs; i++) {
      const [a, b] = [people[2 * i], people[2 * i + 1]];
      const [first, second] = names[i % names.length] ?? [];
      if (!a || !b || !first || !second) continue;
      Object.assign(b, { family: a.family, department: a.department, city: a.city, title: a.title, cyrillic: false });
      Object.assign(a, { given: first, cyrillic: false });
      b.given = second;
      if (/[а-я]/i.test(a.family)) a.family = b.family = 'Zwilling';
      this.#case(a, 'twin');
      this.#case(b, 'twin');
    }
  }

  readonly #personCases = new Map<Person, string[]>();
  #case(p: Person, name: string): void {
    this.#personCases.set(p, [...(this.#personCases.get(p) ?? []), name]);
  }

  /** Other people with the same name: half of them even in a department of the same name. */
  #makeNamesakes(of: Person[], among: Person[], count: number): void {
    for (let i = 0; i < count; i++) {
      const [a, b] = [this.#r.pick(of), this.#r.pick(among)];
      Object.assign(b, { given: a.given, family: a.family, cyrillic: a.cyrillic });
      if (this.#r.chance(0.3)) b.department = a.department;
      this.#case(a, 'homonym');
    }
  }

  #dn(side: 'source' | 'target', name: string, ou: string): string {
    const clean = name.replace(/[\\,+"<>;=#/]/g, ' ').trim();
    for (let n = 1; ; n++) {
      const dn = `CN=${clean}${n > 1 ? ` ${n}` : ''},OU=${ou},DC=${side},DC=test`;
      // Directories compare names without case, and several spaces as one.
      const key = dn.toUpperCase().replace(/\s+/g, ' ');
      if (this.#dns.has(key)) continue;
      this.#dns.add(key);
      return dn;
    }
  }

  #unique(set: Set<string>, wanted: string): string {
    for (let n = 1; ; n++) {
      const name = `${wanted}${n > 1 ? n : ''}`;
      if (set.has(name)) continue;
      set.add(name);
      return name;
    }
  }

  #login(side: 'source' | 'target', given: string, family: string): string {
    const [g, f] = [ascii(given), ascii(family)];
    const wanted = side === 'source' ? `${g.slice(0, 1)}${f}` : `${f.slice(0, 6)}${g.slice(0, 2)}`;
    return this.#unique(this.#sams[side], wanted.slice(0, 18) || 'user');
  }

  #latinName(p: Person, system: 0 | 1 | 2): { given: string; family: string } {
    return p.cyrillic ? { given: latin(p.given, system), family: latin(p.family, system) } : p;
  }

  #emit(side: 'source' | 'target', ou: string, name: string, attributes: Attributes): string {
    const dn = this.#dn(side, name, ou);
    const guid = createHash('sha256').update(`${side}\0${dn}`).digest('hex');
    attributes.objectGUID = [
      [guid.slice(0, 8), guid.slice(8, 12), guid.slice(12, 16), guid.slice(16, 20), guid.slice(20, 32)].join('-'),
    ];
    for (const [key, list] of Object.entries(attributes)) if (list.every((v) => v === '')) delete attributes[key];
    this.#out[side].push({ dn, attributes });
    return dn;
  }

  #sourceMailbox(p: Person): { dn: string; mail: string; sam: string; old: string } {
    const name = this.#latinName(p, 0);
    const sam = this.#login('source', name.given, name.family);
    const local = this.#unique(this.#addresses.source, `${ascii(name.given)}.${ascii(name.family)}`);
    const mail = `${local}@old.example`;
    const old = `${sam}@old.example`;
    const display = p.cyrillic && this.#r.chance(0.3) ? `${p.given} ${p.family}` : `${name.given} ${name.family}`;
    const dn = this.#emit('source', p.department, display, {
      objectClass: ['user'],
      sAMAccountName: [sam],
      userPrincipalName: [`${sam}@old.example`],
      mail: [mail],
      mailNickname: [sam],
      proxyAddresses: [`SMTP:${mail}`, `smtp:${old}`],
      legacyExchangeDN: [`/o=Old/ou=First/cn=Recipients/cn=${sam}`],
      homeMDB: ['CN=DB1,CN=Old'],
      displayName: [display],
      givenName: [p.cyrillic && display.startsWith(p.given) ? p.given : name.given],
      sn: [p.cyrillic && display.startsWith(p.given) ? p.family : name.family],
      department: [p.department],
      title: [p.title],
      l: [p.city],
      physicalDeliveryOfficeName: [p.office],
      telephoneNumber: [this.#r.chance(0.9) ? p.phone : ''],
      employeeID: [this.#r.chance(0.95) || this.#p.employeeId > 0.9 ? p.id : ''],
      ...(p.manager && this.#sourceDn.get(p.manager) ? { manager: [this.#sourceDn.get(p.manager) ?? ''] } : {}),
    });
    this.#sourceDn.set(p, dn);
    return { dn, mail, sam, old };
  }

  #render(p: Person): void {
    const r = this.#r;
    const cases = [...(this.#personCases.get(p) ?? [])];
    const own = this.#sourceMailbox(p);
    const say = (name: string) => cases.push(name);
    if (r.chance(this.#p.contacts)) {
      say('contact');
      this.#settle(own.dn, this.#contactFor(p, own.mail), cases);
      return;
    }
    const target = this.#targetAccount(p, own, say);
    if (r.chance(this.#p.contactsToo)) {
      say('account and contact');
      this.#contactFor(p, own.mail);
    }
    if (r.chance(0.15)) this.#contactInSource(p, target);
    this.#settle(own.dn, target.dn, cases);
  }

  #settle(source: string, target: string | null, cases: string[]): void {
    this.#out.truth.set(source, target);
    this.#out.cases.set(source, cases.length > 0 ? cases : ['plain']);
  }

  #contactFor(p: Person, mail: string): string {
    const name = this.#latinName(p, 1);
    return this.#emit('target', 'Contacts', `${name.family} ${name.given} (ext)`, {
      objectClass: ['contact'],
      displayName: [`${name.family}, ${name.given} (ext)`],
      givenName: [name.given],
      sn: [name.family],
      mail: [mail],
      targetAddress: [`SMTP:${mail}`],
      proxyAddresses: [`SMTP:${mail}`],
      mailNickname: [`ext-${ascii(mail.split('@')[0] ?? '')}`],
      legacyExchangeDN: [`/o=New/ou=First/cn=Recipients/cn=ext-${p.key}`],
    });
  }

  /** The target's people stand in the source's address book as contacts. */
  #contactInSource(p: Person, target: { dn: string; mail: string }): void {
    if (target.mail === '') return;
    const name = this.#latinName(p, 1);
    const dn = this.#emit('source', 'Contacts', `${name.given} ${name.family} (new)`, {
      objectClass: ['contact'],
      displayName: [`${name.given} ${name.family} (new)`],
      mail: [target.mail],
      targetAddress: [`SMTP:${target.mail}`],
      proxyAddresses: [`SMTP:${target.mail}`],
      mailNickname: [`new-${p.key}`],
    });
    this.#settle(dn, target.dn, ['contact of the source']);
  }

  #targetAccount(
    p: Person,
    own: { mail: string; sam: string; old: string },
    say: (name: string) => void,
  ): { dn: string; mail: string } {
    const r = this.#r;
    const name = this.#otherName(p, say);
    const work = this.#otherDesk(p, say);
    const sam = r.chance(this.#p.sameLogin) && !this.#sams.target.has(own.sam) ? own.sam : undefined;
    if (sam !== undefined) this.#sams.target.add(sam);
    const login = sam ?? this.#targetLogin(name, say);
    const hasMail = r.chance(0.7);
    const local = this.#unique(this.#addresses.target, `${ascii(name.family)}.${ascii(name.given)}`);
    const mail = hasMail ? `${local}@new.example` : '';
    const addresses = hasMail ? [`SMTP:${mail}`] : [];
    const shares = r.chance(this.#p.sharedAddress);
    if (shares) addresses.push(r.chance(0.8) ? `smtp:${own.mail}` : `smtp:${own.old.toUpperCase()}`);
    const hasId = r.chance(this.#p.employeeId) || (!shares && r.chance(0.85));
    const display = r.chance(0.3) ? `${name.family}, ${name.given}` : `${name.given} ${name.family}`;
    const dn = this.#emit('target', 'Staff', display, {
      objectClass: ['user'],
      sAMAccountName: [login],
      userPrincipalName: [`${login}@new.example`],
      mail: [mail],
      proxyAddresses: addresses,
      mailNickname: [hasMail ? login : ''],
      legacyExchangeDN: [hasMail ? `/o=New/ou=First/cn=Recipients/cn=${login}` : ''],
      displayName: [display],
      givenName: [name.given],
      sn: [name.family],
      ...work,
      telephoneNumber: [
        !this.#p.phones
          ? ''
          : r.chance(this.#p.samePhone)
            ? p.phone.replace(/ /g, '-')
            : `+49 30 ${2_000_000 + this.#count + p.key}`,
      ],
      employeeID: [hasId && this.#p.employeeId > 0 ? this.#idInTarget(p) : ''],
      ...(p.manager && this.#targetDn.get(p.manager) ? { manager: [this.#targetDn.get(p.manager) ?? ''] } : {}),
    });
    this.#targetDn.set(p, dn);
    return { dn, mail };
  }

  #idInTarget(p: Person): string {
    return this.#r.chance(0.1) ? `000${p.id}` : p.id;
  }

  #targetLogin(name: { given: string; family: string }, say: (name: string) => void): string {
    const r = this.#r;
    if (r.chance(this.#p.reusedLogins)) {
      // A logon name that somebody else has in the source, as two companies' naming rules make them.
      const others = [...this.#sams.source].filter((s) => !this.#sams.target.has(s));
      const taken = others[r.below(others.length)];
      if (taken) {
        say('reused logon name');
        this.#sams.target.add(taken);
        return taken;
      }
    }
    return this.#login('target', name.given, name.family);
  }

  #otherName(p: Person, say: (name: string) => void): { given: string; family: string } {
    const r = this.#r;
    const system = r.below(3) as 0 | 1 | 2;
    if (p.cyrillic) say('transliteration');
    let { given, family } = this.#latinName(p, system);
    if (r.chance(this.#p.married)) {
      say('married');
      const other = r.pick(POOLS.de.family);
      family = r.chance(0.4) ? `${family}-${other}` : other;
    }
    if (r.chance(this.#p.renamed)) {
      say('renamed');
      given = r.pick(p.female ? POOLS.de.given.female : POOLS.de.given.male);
    }
    const short = SHORT_FORMS[given];
    if (short && r.chance(this.#p.nicknames * 4)) {
      say('nickname');
      given = short;
    }
    if (r.chance(0.15)) [given, family] = [stripped(given), stripped(family)];
    else if (r.chance(0.3)) [given, family] = [spelled(given), spelled(family)];
    if (r.chance(this.#p.typos)) {
      say('typo');
      if (r.chance(0.5)) given = slip(given, r);
      else family = slip(family, r);
    }
    if (r.chance(this.#p.swapped)) {
      say('swapped');
      [given, family] = [family, given];
    }
    return { given, family };
  }

  #otherDesk(p: Person, say: (name: string) => void): Attributes {
    const r = this.#r;
    if (!r.chance(this.#p.desks)) return {};
    if (!r.chance(this.#p.moved)) {
      return { department: [p.department], title: [p.title], l: [p.city], physicalDeliveryOfficeName: [p.office] };
    }
    say('moved');
    return {
      department: [r.pick(DEPARTMENTS)],
      title: [r.chance(0.5) ? p.title : r.pick(TITLES)],
      l: [r.chance(0.5) ? p.city : r.pick(CITIES)],
      physicalDeliveryOfficeName: [`${r.below(9) + 1}.${r.below(60) + 1}`],
    };
  }

  #renderLeft(p: Person): void {
    const own = this.#sourceMailbox(p);
    this.#settle(own.dn, null, [...(this.#personCases.get(p) ?? []), 'only in the source']);
  }

  #renderRight(p: Person): void {
    const r = this.#r;
    const name = this.#latinName(p, 1);
    const say = () => {};
    const login = this.#targetLogin(name, say);
    const local = this.#unique(this.#addresses.target, `${ascii(name.family)}.${ascii(name.given)}`);
    const mail = `${local}@new.example`;
    // Numbers that the other company gave to somebody else.
    const id = this.#p.overlappingIds ? String(10_000 + r.below(this.#p.people)) : `N${p.id}`;
    const addresses = [`SMTP:${mail}`];
    if (r.chance(this.#p.reusedAddresses * 3))
      addresses.push(`smtp:${ascii(name.given)}.${ascii(name.family)}@old.example`);
    this.#emit('target', 'Staff', `${name.given} ${name.family}`, {
      objectClass: ['user'],
      sAMAccountName: [login],
      userPrincipalName: [`${login}@new.example`],
      mail: [mail],
      proxyAddresses: addresses,
      mailNickname: [login],
      legacyExchangeDN: [`/o=New/ou=First/cn=Recipients/cn=${login}`],
      homeMDB: ['CN=DB1,CN=New'],
      displayName: [`${name.given} ${name.family}`],
      givenName: [name.given],
      sn: [name.family],
      department: [p.department],
      title: [p.title],
      l: [p.city],
      physicalDeliveryOfficeName: [p.office],
      telephoneNumber: [`+49 30 ${5_000_000 + p.key}`],
      employeeID: [r.chance(this.#p.employeeId) ? id : ''],
    });
  }

  /** Shared mailboxes, rooms and groups: half of them are the same thing and share an address, others only a name. */
  #objects(kind: 'shared' | 'room' | 'group', count: number): void {
    const r = this.#r;
    const names = { shared: SHARED, room: ROOMS, group: GROUPS }[kind];
    for (let i = 0; i < count; i++) {
      const name = `${names[i % names.length]}${i >= names.length ? ` ${Math.floor(i / names.length) + 1}` : ''}`;
      const local = ascii(name);
      const make = (side: 'source' | 'target', domain: string, more: string[]) =>
        this.#emit(side, 'Objects', name, {
          objectClass: [kind === 'group' ? 'group' : 'user'],
          displayName: [name],
          sAMAccountName: [this.#unique(this.#sams[side], `${kind}-${local}`.slice(0, 20))],
          mail: [`${local}@${domain}`],
          mailNickname: [local],
          proxyAddresses: [`SMTP:${local}@${domain}`, ...more],
          legacyExchangeDN: [`/o=${side}/ou=First/cn=Recipients/cn=${kind}-${local}`],
          msExchRecipientTypeDetails: [{ shared: '4', room: '16', group: '256' }[kind]],
        });
      const source = make('source', 'old.example', []);
      const fate = r.next();
      if (fate < 0.5) this.#settle(source, make('target', 'new.example', [`smtp:${local}@old.example`]), [kind]);
      else {
        // The other company has one of the same name; it is another one.
        if (fate < 0.7) make('target', 'new.example', []);
        this.#settle(source, null, [`${kind} of the same name`]);
      }
    }
  }
}
