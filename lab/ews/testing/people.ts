import type { DirectoryAccount, DirectoryEntry, OrganisationDirectory } from '../../model.ts';
import { ntHash } from '../http/ntlm.ts';

/** A directory of a few people, for tests of the front without an LDAP server behind it. */
export interface Person {
  name: string;
  displayName: string;
  password: string;
  mailbox?: boolean;
  roles?: DirectoryAccount['roles'];
  disabled?: boolean;
  hidden?: boolean;
}
export interface Group {
  name: string;
  displayName: string;
  /** Names of people and groups. */
  members: string[];
}

export class PeopleDirectory implements OrganisationDirectory {
  readonly #domain: string;
  readonly #netbios: string;
  readonly #people: Person[];
  readonly #groups: Group[];

  constructor(domain: string, people: Person[], groups: Group[] = []) {
    this.#domain = domain;
    this.#netbios = (domain.split('.')[0] ?? domain).toUpperCase();
    this.#people = people;
    this.#groups = groups;
  }

  account(name: string): DirectoryAccount | undefined {
    const wanted = name.toLowerCase();
    const index = this.#people.findIndex((p) =>
      [p.name, `${this.#netbios}\\${p.name}`, `${p.name}@${this.#domain}`, sid(p.name)].some(
        (n) => n.toLowerCase() === wanted,
      ),
    );
    const person = this.#people[index];
    if (!person) return undefined;
    return {
      name: person.name,
      domain: this.#netbios,
      userPrincipalName: `${person.name}@${this.#domain}`,
      address: person.mailbox === false ? null : `${person.name}@${this.#domain}`,
      displayName: person.displayName,
      sid: sid(person.name),
      disabled: person.disabled ?? false,
      ntHash: ntHash(person.password),
      roles: person.roles ?? [],
    };
  }

  entry(address: string): DirectoryEntry | undefined {
    const wanted = address.toLowerCase().replace(/^(smtp|x500|ex):/, '');
    return this.#entries().find((e) => e.address === wanted || e.legacyDn.toLowerCase() === wanted);
  }

  resolve(text: string, limit: number): DirectoryEntry[] {
    const wanted = text.toLowerCase().replace(/^smtp:/, '');
    return this.#entries()
      .filter((e) => !e.hidden)
      .filter((e) => [e.displayName, e.alias, e.address, e.surname].some((n) => n.toLowerCase().startsWith(wanted)))
      .slice(0, limit);
  }

  members(address: string): DirectoryEntry[] | undefined {
    const group = this.#groups.find((g) => `${g.name}@${this.#domain}` === address.toLowerCase());
    return group?.members.flatMap((name) => this.entry(`${name}@${this.#domain}`) ?? []);
  }

  #entries(): DirectoryEntry[] {
    const entry = (
      name: string,
      displayName: string,
      kind: DirectoryEntry['kind'],
      hidden: boolean,
    ): DirectoryEntry => {
      const [givenName = '', surname = ''] = displayName.split(' ');
      return {
        kind,
        address: `${name}@${this.#domain}`,
        displayName,
        alias: name,
        legacyDn: `/o=Lab/ou=Exchange Administrative Group/cn=Recipients/cn=${name}`,
        givenName,
        surname,
        department: 'Research',
        company: 'Lab',
        jobTitle: '',
        office: '',
        phone: '',
        forwardTo: null,
        copyTo: null,
        hidden,
      };
    };
    return [
      ...this.#people
        .filter((p) => p.mailbox !== false)
        .map((p) => entry(p.name, p.displayName, 'mailbox', p.hidden ?? false)),
      ...this.#groups.map((g) => entry(g.name, g.displayName, 'group', false)),
    ];
  }
}

function sid(name: string): string {
  const number = [...name].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 1_000_000, 7);
  return `S-1-5-21-1-2-3-${number}`;
}
