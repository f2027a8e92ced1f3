import { smtpKey, x500Key } from '../domain/addresses.ts';
import { first, type RecipientRecord } from '../domain/recipient.ts';
import type { RecipientKind } from '../domain/words.ts';
import type { MatchObject, ObjectClass } from './model.ts';
import { looseKey, nameWords, type PersonName, parseDisplayName, plain } from './text.ts';

const CLASSES: Record<RecipientKind, ObjectClass> = {
  mailbox: 'person',
  linkedMailbox: 'person',
  mailUser: 'person',
  user: 'person',
  sharedMailbox: 'shared',
  roomMailbox: 'room',
  equipmentMailbox: 'room',
  contact: 'contact',
  group: 'group',
  dynamicGroup: 'group',
  publicFolder: 'publicFolder',
};

/** A stored recipient as matching compares it. */
export function matchObject(r: RecipientRecord & { id: number }): MatchObject {
  const name = personName(r);
  const smtp: string[] = [];
  const x500: string[] = [];
  let target: string | undefined;
  for (const a of r.addresses) {
    if (a.kind === 'smtp') smtp.push(a.key);
    else if (a.kind === 'x500') x500.push(a.key);
    else if (a.kind === 'target') target = a.key;
  }
  if (r.legacyDn && !x500.includes(x500Key(r.legacyDn))) x500.push(x500Key(r.legacyDn));
  const mail = r.mail ? smtpKey(r.mail) : smtp[0];
  return {
    id: r.id,
    guid: r.guid,
    dn: r.dn,
    kind: r.kind,
    class: classOf(r),
    displayName: r.displayName,
    hidden: r.hidden,
    smtp,
    x500,
    target,
    mail,
    name,
    given: name.given.map(looseKey).filter((w) => w !== ''),
    family: name.family.map(looseKey).filter((w) => w !== ''),
    logins: logins(r, smtp),
    attributes: r.attributes,
  };
}

/** A mail user or a prepared account that stands for a room says so by its display type only. */
function classOf(r: RecipientRecord): ObjectClass {
  if (r.kind === 'mailUser' || r.kind === 'user') {
    const display = first(r.attributes, 'msExchRecipientDisplayType');
    if (display === '-2147481850' || display === '-2147481594') return 'room';
  }
  return CLASSES[r.kind];
}

function personName(r: RecipientRecord): PersonName {
  const given = nameWords(first(r.attributes, 'givenName') ?? '');
  const family = nameWords(first(r.attributes, 'sn') ?? '');
  if (given.length > 0 && family.length > 0) return { given, family };
  const shown = parseDisplayName(r.displayName);
  return {
    given: given.length > 0 ? given : shown.given.filter((w) => !family.includes(w)),
    family: family.length > 0 ? family : shown.family,
  };
}

const LONGEST_SAM = 20;

/** Names somebody logs on or is mailed by, without domain: they follow a person through a change of name. */
function logins(r: RecipientRecord, smtp: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (text: string | undefined | null) => {
    if (!text) return;
    const key = loginKey(text);
    if (key.length >= 2) found.add(key);
    // A logon name made of a longer alias or address was cut ([MS-ADTS] 3.1.1.6: 20 characters).
    if (text.length > LONGEST_SAM) found.add(loginKey(text.slice(0, LONGEST_SAM)));
  };
  add(r.sam);
  add(first(r.attributes, 'mailNickname'));
  add(r.upn?.split('@', 1)[0]);
  for (const address of smtp) add(address.slice(0, address.lastIndexOf('@')));
  return [...found];
}

/** A logon name in one form: `Anna.Mueller`, `anna_mueller` and `annamueller` are the same. */
export function loginKey(text: string): string {
  return plain(text).replace(/[^\p{L}\p{N}]+/gu, '');
}
