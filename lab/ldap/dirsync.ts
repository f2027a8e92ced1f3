import { type Identity, maySeeDeleted, mayWrite } from './access.ts';
import { readSelection, selectAttributes } from './attributes.ts';
import { type Controls, refused } from './controls.ts';
import type { Directory } from './directory.ts';
import { refuse } from './errors.ts';
import { compile } from './match.ts';
import type { AnsweredAttribute, SearchRequest } from './protocol.ts';
import { findBase } from './search.ts';
import type { Entry } from './tree.ts';

/** LDAP_DIRSYNC_OBJECT_SECURITY: an ordinary account may ask, and gets what it may read. */
const objectSecurity = 1;
const perAnswer = 1000;

/** One answer of DirSync ([MS-ADTS] 3.1.1.3.4.1.3): what changed since the cookie, oldest change first. */
export interface DirSyncPage {
  entries: { entry: Entry; attributes: AnsweredAttribute[] }[];
  more: boolean;
  cookie: Buffer;
}

/** @throws LdapResult when the base is no naming context, the account may not, or the cookie is not ours */
export function dirSync(
  directory: Directory,
  who: Identity,
  request: SearchRequest,
  control: NonNullable<Controls['dirSync']>,
): DirSyncPage {
  const base = findBase(directory, request.base);
  const isContext = base.parent === null || base.nc !== directory.tree.entries.get(base.parent)?.nc;
  if (!isContext) throw refuse.unwilling('DirSync needs the root of a naming context');
  if (who === null || ((control.flags & objectSecurity) === 0 && !mayWrite(directory, who))) throw refuse.access();
  const since = readCookie(directory, control.cookie);
  const holds = compile(directory, request.filter);
  const deleted = maySeeDeleted(directory, who);
  const changed = [...directory.tree.entries.values()]
    .filter((entry) => entry.nc === base.nc && usn(entry) > since)
    .filter((entry) => (deleted || entry.attributes.get('isdeleted') !== 'TRUE') && holds(entry) === true)
    .sort((a, b) => usn(a) - usn(b));
  const page = changed.slice(0, perAnswer);
  const more = changed.length > page.length;
  const last = page.at(-1);
  const reached = more && last ? usn(last) : directory.highestCommittedUsn;
  return {
    entries: page.map((entry) => ({ entry, attributes: changedAttributes(directory, entry, request, since) })),
    more,
    cookie: Buffer.from(`${directory.invocationId}:${reached}`),
  };
}

function usn(entry: Entry): number {
  return Number(entry.attributes.get('usnchanged'));
}

function readCookie(directory: Directory, cookie: Buffer): number {
  if (cookie.length === 0) return 0;
  const match = /^([0-9a-f]{32}):(\d+)$/.exec(cookie.toString('latin1'));
  if (!match) throw refused();
  // Another directory's cookie means everything again, as after a restore.
  return match[1] === directory.invocationId ? Number(match[2]) : 0;
}

/** Of an object the client has seen, only what changed; a value taken away comes as an attribute without values. */
function changedAttributes(
  directory: Directory,
  entry: Entry,
  request: SearchRequest,
  since: number,
): AnsweredAttribute[] {
  const selection = readSelection(request.attributes);
  const isNew = Number(entry.attributes.get('usncreated')) > since;
  const answered = selectAttributes(directory, entry, selection, request.typesOnly).filter(
    ({ name }) => isNew || isChanged(entry, name, since),
  );
  const has = new Set(answered.map(({ name }) => name.toLowerCase().split(';')[0]));
  const always = readSelection([
    'objectGUID',
    'instanceType',
    ...(entry.attributes.has('isdeleted') ? ['isDeleted'] : []),
  ]);
  const wanted = new Set(selection.named.map(({ schema }) => schema.name.toLowerCase()));
  const gone = isNew
    ? []
    : [...entry.changed]
        .filter(([name, at]) => at > since && !has.has(name) && (selection.all || wanted.has(name)))
        .flatMap(([name]) => readSelection([name]).named)
        .map(({ schema }) => ({ name: schema.name, values: [] }));
  return [
    ...answered,
    ...gone,
    ...selectAttributes(directory, entry, always, false).filter(({ name }) => !has.has(name.toLowerCase())),
  ];
}

function isChanged(entry: Entry, name: string, since: number): boolean {
  const key = name.toLowerCase().split(';')[0] ?? '';
  return (entry.changed.get(key) ?? 0) > since;
}
