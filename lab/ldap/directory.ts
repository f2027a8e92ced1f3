import { randomBytes } from 'node:crypto';
import { Journal } from './journal.ts';
import { attributeSchema, isForwardLink } from './schema.ts';
import { type Entry, Tree } from './tree.ts';
import { formatSid, formatTime, parseSid } from './values.ts';

/** What names a forest with one domain. */
export interface ForestNames {
  /** DNS name, lower case: source.test. */
  dnsName: string;
  /** NetBIOS name, upper case. */
  netbios: string;
  /** DNS name of the one domain controller. */
  dcName: string;
  /** DC=source,DC=test. */
  baseDn: string;
  configurationDn: string;
  schemaDn: string;
}

export function forestNames(dnsName: string): ForestNames {
  const dns = dnsName.toLowerCase();
  const [first = dns] = dns.split('.');
  const baseDn = dns
    .split('.')
    .map((label) => `DC=${label}`)
    .join(',');
  return {
    dnsName: dns,
    netbios: first.toUpperCase().slice(0, 15),
    dcName: `${first}-dc1.${dns}`,
    baseDn,
    configurationDn: `CN=Configuration,${baseDn}`,
    schemaDn: `CN=Schema,CN=Configuration,${baseDn}`,
  };
}

const seededRids = 1_000_000;

export interface Change {
  kind: 'add' | 'modify' | 'rename' | 'delete';
  entry: Entry;
  /** Lower-case names of the attributes written. */
  attributes: ReadonlySet<string>;
}

/** The new values of attributes; for links the guids to add and take away. */
export interface Draft {
  values: Map<string, string[]>;
  links: { name: string; add: string[]; remove: string[] }[];
}

/** A directory: the tree in memory, its journal on disk, and what every write must stamp. Rules of LDAP stand above it. */
export class Directory {
  readonly names: ForestNames;
  readonly tree: Tree;
  private readonly journal: Journal;
  private readonly listeners = new Set<(change: Change) => void>();
  private usn: number;
  private nextRid: number;
  readonly invocationId: string;
  /** `S-1-5-21-a-b-c` of the domain. */
  readonly domainSid: string;

  /** Opens or creates the directory in a file; a new one gets the SID given, or a random one. */
  constructor(file: string, dnsName: string, domainSid?: string) {
    this.names = forestNames(dnsName);
    this.tree = new Tree(this.names.baseDn);
    this.journal = new Journal(file);
    this.journal.load(this.tree);
    this.usn = Number(this.journal.meta('usn') ?? 8192);
    this.nextRid = Number(this.journal.meta('nextRid') ?? 1103);
    this.invocationId = this.journal.meta('invocationId') ?? randomBytes(16).toString('hex');
    this.domainSid = this.journal.meta('domainSid') ?? domainSid ?? randomDomainSid();
    this.journal.setMeta('invocationId', this.invocationId);
    this.journal.setMeta('domainSid', this.domainSid);
  }

  get isEmpty(): boolean {
    return this.tree.entries.size === 0;
  }

  get highestCommittedUsn(): number {
    return this.usn;
  }

  /** A fresh SID of the domain, as value bytes. */
  allocateSid(): string {
    const rid = this.nextRid;
    this.nextRid += 1;
    this.journal.setMeta('nextRid', String(this.nextRid));
    return this.sid(rid);
  }

  sid(rid: number): string {
    const sid = parseSid(`${this.domainSid}-${rid}`);
    if (sid === undefined) throw new Error('the domain SID is damaged');
    return sid;
  }

  /** Is told of each committed change, in order; returns what ends it. */
  subscribe(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  transaction<T>(work: () => T): T {
    return this.journal.transaction(work);
  }

  /** Creates an object whose values were checked. */
  create(entry: Pick<Entry, 'parent' | 'rdn' | 'nc'> & { guid?: string }, draft: Draft): Entry {
    const now = formatTime(Date.now());
    const created: Entry = {
      guid: entry.guid ?? randomBytes(16).toString('hex'),
      parent: entry.parent,
      rdn: entry.rdn,
      nc: entry.nc,
      attributes: new Map(),
      changed: new Map(),
    };
    const usn = this.stampUsn();
    const names = new Set<string>();
    for (const [name, values] of draft.values) {
      names.add(name);
      const [first] = values;
      if (first !== undefined) created.attributes.set(name, values.length === 1 ? first : values);
    }
    this.keepRidFree(created.attributes.get('objectsid'));
    created.attributes.set('whencreated', now).set('whenchanged', now);
    created.attributes.set('usncreated', String(usn)).set('usnchanged', String(usn));
    this.journal.transaction(() => {
      this.tree.insert(created);
      this.journal.save(created);
      this.journal.setMeta('usn', String(this.usn));
      this.applyLinks(created, draft, names);
    });
    this.tell({ kind: 'add', entry: created, attributes: names });
    return created;
  }

  /** Writes new values of an object, checked before; stamps uSNChanged and whenChanged. */
  write(entry: Entry, draft: Draft, kind: Change['kind'] = 'modify', place?: () => void): void {
    const usn = this.stampUsn();
    const names = new Set<string>(draft.values.keys());
    if (place) names.add('name').add('cn').add('ou');
    this.journal.transaction(() => {
      place?.();
      for (const [name, values] of draft.values) this.tree.set(entry, name, values);
      this.applyLinks(entry, draft, names);
      for (const name of names) entry.changed.set(name, usn);
      this.tree.set(entry, 'usnchanged', [String(usn)]);
      this.tree.set(entry, 'whenchanged', [formatTime(Date.now())]);
      this.journal.save(entry);
      this.journal.setMeta('usn', String(this.usn));
    });
    this.tell({ kind, entry, attributes: names });
  }

  /** A SID given to an object is not given out again; seeds take theirs from far above what a domain ever gives. */
  private keepRidFree(sid: string | string[] | undefined): void {
    const match = typeof sid === 'string' ? /^(.*)-(\d+)$/.exec(formatSid(sid)) : null;
    if (match?.[1] !== this.domainSid || Number(match[2]) < this.nextRid || Number(match[2]) >= seededRids) return;
    this.nextRid = Number(match[2]) + 1;
    this.journal.setMeta('nextRid', String(this.nextRid));
  }

  /** Links that belong to the making of an object and are no change of it. */
  linkNew(entry: Entry, name: string, targets: readonly string[]): void {
    this.applyLinks(entry, { values: new Map(), links: [{ name, add: [...targets], remove: [] }] }, new Set());
  }

  private applyLinks(entry: Entry, draft: Draft, names: Set<string>): void {
    for (const { name, add, remove } of draft.links) {
      names.add(name.toLowerCase());
      for (const target of remove) this.unlink(name, entry.guid, target);
      for (const target of add) {
        this.tree.link(name, entry.guid, target);
        this.journal.link(name, entry.guid, target);
      }
    }
  }

  private unlink(name: string, source: string, target: string): void {
    this.tree.unlink(name, source, target);
    this.journal.unlink(name, source, target);
  }

  /** Takes away every link from and to an object that is being deleted; the other ends keep their USN, as in AD. */
  dropLinks(entry: Entry): void {
    this.journal.transaction(() => {
      for (const [name, source, target] of this.tree.linksOf(entry.guid)) this.unlink(name, source, target);
    });
  }

  private stampUsn(): number {
    this.usn += 1;
    return this.usn;
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  /** A note that is kept with the directory and is no attribute of any object. */
  note(name: string): string | undefined {
    return this.journal.meta(`note:${name}`);
  }

  setNote(name: string, value: string): void {
    this.journal.setMeta(`note:${name}`, value);
  }

  /** Target guids of a forward link by name. */
  targets(entry: Entry, forwardName: string): string[] {
    const schema = attributeSchema(forwardName);
    return schema && isForwardLink(schema) ? this.tree.linkedGuids(entry.guid, schema) : [];
  }

  close(): void {
    this.journal.close();
  }
}

function randomDomainSid(): string {
  const bytes = randomBytes(12);
  return `S-1-5-21-${bytes.readUInt32LE(0)}-${bytes.readUInt32LE(4)}-${bytes.readUInt32LE(8)}`;
}
