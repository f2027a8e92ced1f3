import { formatDn, formatRdn, InvalidDn, parseDn, type Rdn, rdnKey } from './dn.ts';
import { Multimap } from './multimap.ts';
import { type AttributeSchema, attributeSchema, isBackLink, isForwardLink, linkPartner } from './schema.ts';
import { parseGuid, parseSid, valueKey } from './values.ts';

/** The naming contexts of a forest with one domain. */
export type NamingContext = 'domain' | 'configuration' | 'schema';

/** One object. Values are strings as values.ts says; link values live in `Tree.links`. */
export interface Entry {
  /** objectGUID, 32 hex digits of its bytes. */
  readonly guid: string;
  /** The parent's guid; null for the domain's root. */
  parent: string | null;
  rdn: Rdn;
  nc: NamingContext;
  /** By lower-case lDAPDisplayName. */
  attributes: Map<string, string | string[]>;
  /** USN of the last change of each attribute that changed after creation, for DirSync. */
  changed: Map<string, number>;
}

/** Attributes that filters ask for by value: looked up instead of scanned. */
const indexed = [
  'objectsid',
  'samaccountname',
  'userprincipalname',
  'mail',
  'mailnickname',
  'proxyaddresses',
  'targetaddress',
  'legacyexchangedn',
  'msexchmailboxguid',
  'msexcharchiveguid',
  'msexchmasteraccountsid',
  'employeeid',
  'displayname',
  'name',
];

/** The objects of one directory in memory: names, links in both directions and value indexes. No rules of LDAP here. */
export class Tree {
  readonly entries = new Map<string, Entry>();
  private readonly rootDn: Rdn[];
  private root: Entry | undefined;
  private readonly children = new Map<string, Map<string, string>>();
  private readonly index = new Map<string, Multimap>(indexed.map((name) => [name, new Multimap()]));
  /** By lower-case name of the forward link: source guid to target guids. */
  private readonly forward = new Map<string, Multimap>();
  private readonly backward = new Map<string, Multimap>();

  constructor(rootDn: string) {
    this.rootDn = parseDn(rootDn);
  }

  /** The entry with this DN, also in the forms `<GUID=…>` and `<SID=…>`. @throws InvalidDn */
  find(dn: string): Entry | undefined {
    const special = /^<(GUID|SID)=([^>]+)>$/i.exec(dn);
    if (special?.[2]) return this.findById(special[2]);
    return this.walk(parseDn(dn)).entry;
  }

  private findById(id: string): Entry | undefined {
    const sid = parseSid(id);
    if (sid) return this.byValue('objectsid', sid)[0];
    return this.entries.get(parseGuid(id) ?? id.toLowerCase());
  }

  /** The DN of the deepest existing ancestor; empty when not even the root matches. */
  nearest(dn: string): string {
    try {
      const last = this.walk(parseDn(dn)).last;
      return last ? this.dn(last) : '';
    } catch (error) {
      if (error instanceof InvalidDn) return '';
      throw error;
    }
  }

  private walk(rdns: Rdn[]): { entry: Entry | undefined; last: Entry | undefined } {
    const depth = rdns.length - this.rootDn.length;
    const isBelow = depth >= 0 && this.rootDn.every((rdn, i) => rdnKey(rdn) === rdnKey(rdns[depth + i] ?? rdn));
    if (!isBelow || !this.root) return { entry: undefined, last: undefined };
    let last: Entry = this.root;
    for (let i = depth - 1; i >= 0; i -= 1) {
      const rdn = rdns[i];
      const next = rdn && this.child(last, rdn);
      if (!next) return { entry: undefined, last };
      last = next;
    }
    return { entry: last, last };
  }

  child(parent: Entry, rdn: Rdn): Entry | undefined {
    const guid = this.children.get(parent.guid)?.get(rdnKey(rdn));
    return guid === undefined ? undefined : this.entries.get(guid);
  }

  *childrenOf(entry: Entry): Iterable<Entry> {
    for (const guid of this.children.get(entry.guid)?.values() ?? []) {
      const child = this.entries.get(guid);
      if (child) yield child;
    }
  }

  hasChildren(entry: Entry): boolean {
    return (this.children.get(entry.guid)?.size ?? 0) > 0;
  }

  dn(entry: Entry): string {
    const rdns: Rdn[] = [];
    for (let at: Entry | undefined = entry; at && at.parent !== null; at = this.entries.get(at.parent))
      rdns.push(at.rdn);
    return formatDn([...rdns, ...this.rootDn]);
  }

  isWithin(entry: Entry, base: Entry): boolean {
    for (let at: Entry | undefined = entry; at; at = at.parent === null ? undefined : this.entries.get(at.parent))
      if (at === base) return true;
    return false;
  }

  // Structure

  insert(entry: Entry): void {
    this.entries.set(entry.guid, entry);
    if (entry.parent === null) this.root = entry;
    else {
      const siblings = this.children.get(entry.parent) ?? new Map<string, string>();
      siblings.set(rdnKey(entry.rdn), entry.guid);
      this.children.set(entry.parent, siblings);
    }
    this.indexName(entry, 'add');
    for (const [name, values] of entry.attributes) this.indexValues(entry, name, values, 'add');
  }

  place(entry: Entry, parent: string, rdn: Rdn): void {
    this.indexName(entry, 'delete');
    if (entry.parent !== null) this.children.get(entry.parent)?.delete(rdnKey(entry.rdn));
    entry.parent = parent;
    entry.rdn = rdn;
    const siblings = this.children.get(parent) ?? new Map<string, string>();
    siblings.set(rdnKey(rdn), entry.guid);
    this.children.set(parent, siblings);
    this.indexName(entry, 'add');
  }

  private indexName(entry: Entry, how: 'add' | 'delete'): void {
    this.index.get('name')?.[how](entry.rdn.value.toLowerCase(), entry.guid);
  }

  // Values

  /** Replaces the stored values of an attribute; none removes it. Not for links. */
  set(entry: Entry, name: string, values: readonly string[]): void {
    const before = entry.attributes.get(name);
    if (before !== undefined) this.indexValues(entry, name, before, 'delete');
    const [first] = values;
    if (first === undefined) entry.attributes.delete(name);
    else entry.attributes.set(name, values.length === 1 ? first : [...values]);
    if (first !== undefined) this.indexValues(entry, name, [...values], 'add');
  }

  private indexValues(entry: Entry, name: string, values: string | string[], how: 'add' | 'delete'): void {
    const index = this.index.get(name);
    if (!index || name === 'name') return;
    const syntax = attributeSchema(name)?.syntax ?? 'string';
    for (const value of typeof values === 'string' ? [values] : values) index[how](valueKey(syntax, value), entry.guid);
  }

  /** Entries that hold the value, when the attribute is indexed; callers check `isIndexed` first. */
  byValue(name: string, value: string): Entry[] {
    const index = this.index.get(name);
    if (!index) return [];
    const guids = index.get(valueKey(attributeSchema(name)?.syntax ?? 'string', value));
    return guids.flatMap((guid) => this.entries.get(guid) ?? []);
  }

  isIndexed(name: string): boolean {
    return this.index.has(name);
  }

  /** Stored, named and linked values in wire form; constructed ones are the search's business. */
  values(entry: Entry, schema: AttributeSchema): string[] {
    const name = schema.name.toLowerCase();
    switch (name) {
      case 'distinguishedname':
        return [this.dn(entry)];
      case 'name':
        return [entry.rdn.value];
      case 'objectguid':
        return [Buffer.from(entry.guid, 'hex').toString('latin1')];
      default:
    }
    if (name === entry.rdn.type.toLowerCase()) return [entry.rdn.value];
    if (schema.link !== undefined) return this.linked(entry, schema).map((other) => this.dn(other));
    const values = entry.attributes.get(name);
    return values === undefined ? [] : typeof values === 'string' ? [values] : values;
  }

  /** First value of a stored attribute, by lower-case name. */
  first(entry: Entry, name: string): string | undefined {
    const values = entry.attributes.get(name);
    return typeof values === 'string' ? values : values?.[0];
  }

  rdnText(entry: Entry): string {
    return formatRdn(entry.rdn);
  }

  // Links

  private linkMaps(forwardName: string): [Multimap, Multimap] {
    const name = forwardName.toLowerCase();
    const [known, knownBack] = [this.forward.get(name), this.backward.get(name)];
    if (known && knownBack) return [known, knownBack];
    const [forward, backward] = [new Multimap(), new Multimap()];
    this.forward.set(name, forward);
    this.backward.set(name, backward);
    return [forward, backward];
  }

  link(forwardName: string, source: string, target: string): void {
    const [forward, backward] = this.linkMaps(forwardName);
    forward.add(source, target);
    backward.add(target, source);
  }

  unlink(forwardName: string, source: string, target: string): void {
    const [forward, backward] = this.linkMaps(forwardName);
    forward.delete(source, target);
    backward.delete(target, source);
  }

  isLinked(forwardName: string, source: string, target: string): boolean {
    return this.linkMaps(forwardName)[0].has(source, target);
  }

  /** Guids at the other end of a forward or back link. */
  linkedGuids(guid: string, schema: AttributeSchema): string[] {
    const forward = isForwardLink(schema) ? schema : linkPartner(schema);
    if (!forward) return [];
    return this.linkMaps(forward.name)[isBackLink(schema) ? 1 : 0].get(guid);
  }

  linked(entry: Entry, schema: AttributeSchema): Entry[] {
    return this.linkedGuids(entry.guid, schema).flatMap((guid) => this.entries.get(guid) ?? []);
  }

  /** Every link that begins or ends at the entry, as [forward name, source, target]. */
  linksOf(guid: string): [string, string, string][] {
    const found: [string, string, string][] = [];
    for (const [name, map] of this.forward) for (const target of map.get(guid)) found.push([name, guid, target]);
    for (const [name, map] of this.backward) for (const source of map.get(guid)) found.push([name, source, guid]);
    return found;
  }
}
