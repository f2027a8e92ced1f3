import { type Identity, maySeeDeleted } from './access.ts';
import type { Controls } from './controls.ts';
import type { Directory } from './directory.ts';
import { InvalidDn, parseDn } from './dn.ts';
import { LdapResult, ResultCode, refuse } from './errors.ts';
import { candidates, compile, valuesFor } from './match.ts';
import type { SearchRequest } from './protocol.ts';
import { attributeSchema } from './schema.ts';
import type { Entry } from './tree.ts';
import { compareValues } from './values.ts';

/** AD's MaxPageSize: what one answer holds at most. */
export const maxPageSize = 1000;

export interface Found {
  /** Guids, so that an entry deleted while a client pages is left out rather than shown dead. */
  guids: string[];
  references: string[];
}

/** Entries a search selects, in the order of creation or as the sort control asks. @throws LdapResult */
export function findEntries(
  directory: Directory,
  who: Identity,
  request: SearchRequest,
  controls: Controls,
  globalCatalog: boolean,
): Found {
  if (who === null)
    throw new LdapResult(
      ResultCode.operationsError,
      '000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563',
    );
  const base = request.base === '' && globalCatalog ? rootOf(directory) : findBase(directory, request.base);
  const visible = visibility(directory, who, controls.showDeleted);
  if (!visible(base)) throw refuse.noSuchObject(directory.tree.nearest(directory.names.baseDn));
  const holds = compile(directory, request.filter);
  const everywhere = globalCatalog && request.base === '';
  const inScope = (entry: Entry) => everywhere || isInScope(directory, entry, base, request.scope);
  const pool = candidates(directory, request.filter) ?? scan(directory, base, request.scope, everywhere);
  const found: Entry[] = [];
  for (const entry of pool) if (inScope(entry) && visible(entry) && holds(entry) === true) found.push(entry);
  sortEntries(directory, found, controls.sort);
  return { guids: found.map((entry) => entry.guid), references: references(directory, base, request, controls) };
}

function rootOf(directory: Directory): Entry {
  return findBase(directory, directory.names.baseDn);
}

/** @throws LdapResult noSuchObject, invalidDNSyntax, or a referral for another forest's name */
export function findBase(directory: Directory, dn: string): Entry {
  let entry: Entry | undefined;
  try {
    entry = directory.tree.find(dn);
    if (!entry) refer(directory, dn);
  } catch (error) {
    if (error instanceof InvalidDn) throw refuse.invalidDn(dn);
    throw error;
  }
  if (!entry) throw refuse.noSuchObject(directory.tree.nearest(dn));
  return entry;
}

/** A name outside the forest is referred to the server that its domain components name ([MS-ADTS] 3.1.1.3.1.5.1). */
function refer(directory: Directory, dn: string): void {
  if (dn.startsWith('<') || dn === '') return;
  const domain = parseDn(dn)
    .filter((rdn) => rdn.type === 'DC')
    .map((rdn) => rdn.value)
    .join('.')
    .toLowerCase();
  if (domain === '' || domain === directory.names.dnsName) return;
  throw new LdapResult(
    ResultCode.referral,
    `0000202B: RefErr: DSID-0310084A, data 0, 1 access points\n\tref 1: '${domain}'\n`,
    { referrals: [`ldap://${domain}/${encodeURI(dn)}`] },
  );
}

/** Tombstones need the control and the right; the container itself shows to anybody with the control. */
function visibility(directory: Directory, who: Identity, showDeleted: boolean): (entry: Entry) => boolean {
  if (!showDeleted) return (entry) => entry.attributes.get('isdeleted') !== 'TRUE';
  if (maySeeDeleted(directory, who)) return () => true;
  return (entry) => entry.attributes.get('isdeleted') !== 'TRUE' || entry.rdn.value === 'Deleted Objects';
}

function isInScope(directory: Directory, entry: Entry, base: Entry, scope: SearchRequest['scope']): boolean {
  switch (scope) {
    case 'base':
      return entry === base;
    case 'one':
      return entry.parent === base.guid && entry.nc === base.nc;
    case 'sub':
      return entry.nc === base.nc && directory.tree.isWithin(entry, base);
  }
}

function* scan(directory: Directory, base: Entry, scope: SearchRequest['scope'], all: boolean): Iterable<Entry> {
  if (all || (scope === 'sub' && base.parent === null)) yield* directory.tree.entries.values();
  else if (scope === 'base') yield base;
  else if (scope === 'one') yield* directory.tree.childrenOf(base);
  else yield* descend(directory, base);
}

function* descend(directory: Directory, entry: Entry): Iterable<Entry> {
  yield entry;
  for (const child of directory.tree.childrenOf(entry)) yield* descend(directory, child);
}

function sortEntries(directory: Directory, entries: Entry[], keys: Controls['sort']): void {
  const [key] = keys;
  const schema = key && attributeSchema(key.attribute);
  if (!key || !schema) return;
  const sign = key.descending ? -1 : 1;
  const values = new Map(entries.map((entry) => [entry, valuesFor(directory, entry, schema)[0]]));
  entries.sort((a, b) => {
    const [x, y] = [values.get(a), values.get(b)];
    // Entries without the attribute come last (RFC 2891 2.2).
    if (x === undefined || y === undefined) return sign * (Number(x === undefined) - Number(y === undefined));
    return sign * compareValues(schema.syntax, x, y);
  });
}

/** A subtree search of the domain points at the naming contexts beneath it, which it does not enter. */
function references(directory: Directory, base: Entry, request: SearchRequest, controls: Controls): string[] {
  if (controls.domainScope || request.scope !== 'sub' || request.base === '') return [];
  const { dnsName, configurationDn, schemaDn } = directory.names;
  const below = base.parent === null ? configurationDn : directory.tree.dn(base) === configurationDn ? schemaDn : '';
  return below === '' ? [] : [`ldap://${dnsName}/${below}`];
}
