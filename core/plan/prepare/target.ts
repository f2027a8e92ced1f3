import { dnKey, dnsDomain, parentDn } from '../../directory/dn.ts';
import type { ForestFacts } from '../../directory/writer.ts';
import { addressKey, parseProxyAddress } from '../../domain/addresses.ts';
import { first, values } from '../../domain/recipient.ts';
import type { StoredRecipient } from '../../store/recipients.ts';
import { MAILBOX_KINDS } from './constants.ts';

/** Counts values and knows the most common one. */
class Tally {
  readonly #counts = new Map<string, number>();
  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }
  top(): string | undefined {
    return [...this.#counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  }
}

/** What is taken in a forest, and what its objects usually look like: the ground on which new ones are planned. */
export class TargetForest {
  readonly #holders = new Map<string, number>();
  readonly #sams = new Set<string>();
  readonly #upns = new Set<string>();
  readonly #aliases = new Set<string>();
  readonly #names = new Set<string>();
  readonly #database = new Tally();
  readonly #server = new Tally();
  readonly #legacy = new Tally();
  readonly #lists = new Tally();
  readonly #facts: ForestFacts | undefined;
  #baseDn = '';

  constructor(facts: ForestFacts | undefined) {
    this.#facts = facts;
    for (const name of facts?.sams ?? []) this.#sams.add(name);
    for (const name of facts?.upns ?? []) this.#upns.add(name);
    if (facts) this.#baseDn = facts.baseDn;
  }

  /** Takes a recipient of the forest into account. */
  add(r: StoredRecipient): void {
    for (const a of r.addresses) {
      if (a.kind === 'smtp' || a.kind === 'x500') this.#holders.set(`${a.kind}:${a.key}`, r.id);
    }
    if (r.sam) this.#sams.add(r.sam.toLowerCase());
    if (r.upn) this.#upns.add(r.upn.toLowerCase());
    const alias = first(r.attributes, 'mailNickname');
    if (alias) this.#aliases.add(alias.toLowerCase());
    this.#names.add(dnKey(r.dn));
    if (this.#baseDn === '') this.#baseDn = domainPart(r.dn);
    if (MAILBOX_KINDS.has(r.kind)) {
      for (const value of values(r.attributes, 'homeMDB')) this.#database.add(value);
      for (const value of values(r.attributes, 'msExchHomeServerName')) this.#server.add(value);
      const lists = [...values(r.attributes, 'showInAddressBook')].sort();
      if (lists.length > 0 && !r.hidden) this.#lists.add(JSON.stringify(lists));
    }
    const legacy = /^(.*\/cn=)[^/]+$/i.exec(r.legacyDn ?? '')?.[1];
    if (legacy) this.#legacy.add(legacy);
  }

  get baseDn(): string {
    return this.#baseDn;
  }
  get database(): string | undefined {
    return this.#database.top();
  }
  get homeServer(): string | undefined {
    return this.#server.top();
  }
  /** Address lists that mailboxes of the forest are shown in. */
  get addressLists(): string[] {
    const lists = this.#lists.top();
    return lists === undefined ? [] : (JSON.parse(lists) as string[]);
  }
  /** `/o=…/ou=…/cn=Recipients/cn=`, as most of the forest's legacyExchangeDN begin. */
  get legacyPrefix(): string | undefined {
    return this.#legacy.top();
  }

  /** Whether the forest's schema has an attribute; unknown schemas are taken to have it. */
  knows(attribute: string): boolean {
    return this.#facts?.schema?.has(attribute.toLowerCase()) ?? true;
  }

  /** Who holds an address, by the recipient's number. */
  holder(proxyAddress: string): number | undefined {
    const proxy = parseProxyAddress(proxyAddress);
    return proxy && this.#holders.get(`${proxy.kind}:${addressKey(proxy.kind, proxy.address)}`);
  }

  /** Reserves an address for a recipient, or for a planned one (negative numbers). */
  reserve(proxyAddress: string, holder: number): void {
    const proxy = parseProxyAddress(proxyAddress);
    if (proxy) this.#holders.set(`${proxy.kind}:${addressKey(proxy.kind, proxy.address)}`, holder);
  }

  /** A logon name nobody has: at most 20 characters, none that Windows refuses ([MS-ADTS] sAMAccountName). */
  uniqueSam(wanted: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    const clean = wanted.replace(/["/\\[\]:;|=,+*?<>@\u0000-\u001f]/g, '').replace(/^[. ]+|[. ]+$/g, '') || 'user';
    // Every account has the UPN made of its logon name and the domain as well ([MS-ADTS] 3.1.1.1.5), so neither may
    // be somebody else's other name.
    const domain = dnsDomain(this.#baseDn).toLowerCase();
    const sam = unique(clean, 20, (key) => this.#sams.has(key) || this.#upns.has(`${key}@${domain}`));
    this.#sams.add(sam.toLowerCase());
    return sam;
  }

  /** A UPN nobody has; `sam` is the object's own logon name. */
  uniqueUpn(local: string, suffix: string, sam: string): string {
    const clean = local.replace(/[^\p{L}\p{N}._-]/gu, '') || 'user';
    const implied = suffix.toLowerCase() === dnsDomain(this.#baseDn).toLowerCase();
    const name = unique(clean, 64, (key) => {
      if (this.#upns.has(`${key}@${suffix}`.toLowerCase())) return true;
      return implied && key !== sam.toLowerCase() && this.#sams.has(key);
    });
    this.#upns.add(`${name}@${suffix}`.toLowerCase());
    return `${name}@${suffix}`;
  }

  /** An alias nobody has, of the characters Exchange allows. */
  uniqueAlias(wanted: string): string {
    const clean =
      wanted
        .normalize('NFKD')
        .replace(/\p{M}/gu, '')
        .replace(/[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]/g, '')
        .replace(/\//g, '')
        .replace(/^\.+|\.+$/g, '')
        .replace(/\.{2,}/g, '.') || 'user';
    const alias = unique(clean, 64, (key) => this.#aliases.has(key));
    this.#aliases.add(alias.toLowerCase());
    return alias;
  }

  /** A common name that is free in a container, at most 64 characters. */
  uniqueCn(wanted: string, container: string, child: (cn: string) => string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    const clean = wanted.replace(/[\u0000-\u001f]/g, ' ').trim() || 'user';
    for (let n = 1; ; n++) {
      const suffix = n === 1 ? '' : ` (${n})`;
      const cn = `${cutTo(clean, 64 - suffix.length).trimEnd()}${suffix}`;
      const key = dnKey(child(cn));
      if (!this.#names.has(key)) {
        this.#names.add(key);
        return cn;
      }
      if (n > 10_000) throw new Error(`no free name in ${container}`);
    }
  }
}

/** The name, or the name with the first number that makes it free. */
function unique(wanted: string, max: number, taken: (key: string) => boolean): string {
  for (let n = 1; ; n++) {
    const number = n === 1 ? '' : String(n);
    const name = `${cutTo(wanted, max - number.length)}${number}`;
    if (!taken(name.toLowerCase())) return name;
  }
}

/** Cuts to a number of UTF-16 units without halving a character. */
function cutTo(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** The `DC=…` end of a DN. */
export function domainPart(dn: string): string {
  let rest = dn;
  while (rest !== '' && !/^dc=/i.test(rest)) rest = parentDn(rest);
  return rest;
}

/** `Users` of the domain, which every Active Directory has. */
export function defaultContainer(baseDn: string): string {
  return `CN=Users,${baseDn}`;
}
