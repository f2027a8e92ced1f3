import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecipientRecord } from '../domain/recipient.ts';
import { Engine } from './engine.ts';
import type { MatchObject } from './model.ts';
import { matchObject } from './objects.ts';
import { PackedObjects } from './packed.ts';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('Müller', '𝒜nna', 'Юрий', ''));
const record = fc.record({ name: text, given: text, family: text, mail: text, big: fc.constant(0) });

function objectOf(r: { name: string; given: string; family: string; mail: string; big: number }, id: number) {
  const recipient: RecipientRecord = {
    guid: `g${id}`,
    dn: `CN=${r.name},DC=x`,
    kind: id % 3 === 0 ? 'contact' : 'mailbox',
    displayName: r.name,
    mail: r.mail === '' ? null : r.mail,
    sam: r.given === '' ? null : r.given,
    upn: null,
    legacyDn: null,
    department: null,
    nameKey: r.name,
    hidden: id % 2 === 0,
    deleted: false,
    usn: 0,
    whenChanged: null,
    attributes: { givenName: [r.given], sn: [r.family], info: ['x'.repeat(r.big)] },
    addresses: [{ kind: 'smtp', address: r.mail, key: r.mail, primary: true }],
  };
  return matchObject({ ...recipient, id });
}

function comesBack(objects: readonly MatchObject[]): void {
  const packed = new PackedObjects();
  for (const object of objects) packed.push(object);
  expect(packed.length).toBe(objects.length);
  for (let i = objects.length - 1; i >= 0; i--) expect(packed.at(i)).toEqual(objects[i]);
  expect([...packed]).toEqual(objects);
  expect([...packed.filter((o) => o.hidden)]).toEqual(objects.filter((o) => o.hidden));
  expect(packed.at(objects.length)).toBeUndefined();
}

test('what is packed comes back as it was, in any order', () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 12 }), (records) => comesBack(records.map(objectOf))));
});

test('objects larger than a page have one of their own', () => {
  const sizes = [10, 9_000_000, 9_000_000, 20_000_000, 10, 17_000_000];
  comesBack(sizes.map((big, i) => objectOf({ name: 'a', given: 'b', family: 'c', mail: 'd', big }, i)));
});

test('packed forests are matched as plain ones are', () => {
  const people = Array.from({ length: 8300 }, (_, n) =>
    objectOf({ name: `P ${n}`, given: `G${n % 7}`, family: `F${n}`, mail: `p${n - (n % 2)}@x.example`, big: 0 }, n + 1),
  );
  const packed = new PackedObjects();
  for (const person of people) packed.push(person);
  expect([...new Engine(packed, packed).run()]).toEqual([...new Engine(people, people).run()]);
});
