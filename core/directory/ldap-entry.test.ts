import fc from 'fast-check';
import { Attribute, BerReader, BerWriter, type Entry } from 'ldapts';
import { expect, test } from 'vitest';
import { asEntry, plainEntry, type RawEntry } from './ldap-entry.ts';

/** An attribute as a server sends it (RFC 4511 4.1.7), followed by what belongs to the next one. */
function sent(type: string, values: readonly Buffer[]): BerReader {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeString(type);
  writer.startSequence(0x31);
  for (const value of values) writer.writeBuffer(value, 0x04);
  writer.endSequence();
  writer.endSequence();
  return new BerReader(Buffer.concat([writer.buffer, Buffer.from('next')]));
}

function received(type: string, values: readonly Buffer[], asBytes: string[]): Entry {
  const reader = sent(type, values);
  const attribute = new Attribute();
  attribute.parse(reader);
  expect(reader.remainingBuffer.toString()).toBe('next');
  return asEntry.call({ name: 'CN=X', attributes: [attribute] } as unknown as RawEntry, [], asBytes);
}

/** Lengths around the border where BER needs more bytes for them. */
const value = fc.oneof(
  fc.string({ maxLength: 300 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => Buffer.from(text)),
  fc.constantFrom(0, 1, 126, 127, 128, 129, 255, 256, 70_000).map((length) => Buffer.alloc(length, 'a')),
);

test('text of any length and alphabet is read as it was sent', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (values) => {
      const problems: never[] = [];
      const { attributes } = plainEntry(received('description', values, []), problems);
      expect(attributes.description ?? []).toEqual(values.map((v) => v.toString('utf8')));
      expect(problems).toEqual([]);
    }),
  );
});

test('bytes stay bytes, also those that look like text', () => {
  const bytes = fc.oneof(value, fc.uint8Array({ maxLength: 300 }).map(Buffer.from));
  const names = fc.constantFrom('objectGUID', 'userCertificate;binary', 'tokenGroups');
  fc.assert(
    fc.property(names, fc.array(bytes, { minLength: 1, maxLength: 5 }), (name, values) => {
      const entry = received(name, values, [name]);
      expect(entry[name]).toEqual(values);
    }),
  );
});
