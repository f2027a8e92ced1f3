import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daclEntries, withoutEntries } from './security-descriptor.ts';
import { sidBytes } from './values.ts';

const ace = (sid: string, type = 0, mask = 1) => {
  const body = sidBytes(sid) ?? Buffer.alloc(0);
  const head = Buffer.alloc(8);
  head[0] = type;
  head.writeUInt16LE(8 + body.length, 2);
  head.writeUInt32LE(mask, 4);
  return Buffer.concat([head, body]);
};

/** Self-relative, the list first and the owner behind it, as Windows writes it at times. */
function descriptor(entries: readonly Buffer[], owner = 'S-1-5-32-544'): Buffer {
  const list = Buffer.concat(entries);
  const acl = Buffer.alloc(8);
  acl[0] = 2;
  acl.writeUInt16LE(8 + list.length, 2);
  acl.writeUInt16LE(entries.length, 4);
  const head = Buffer.alloc(20);
  head[0] = 1;
  head.writeUInt16LE(0x8004, 2);
  head.writeUInt32LE(20, 16);
  head.writeUInt32LE(20 + 8 + list.length, 4);
  return Buffer.concat([head, acl, list, sidBytes(owner) ?? Buffer.alloc(0)]);
}

const OLD = 'S-1-5-21-1-1-1-';
const NEW = 'S-1-5-21-2-2-2-';

describe('permission entries', () => {
  test('of the old domain are listed and taken off; the others, the order and the owner stay', () => {
    const before = descriptor([ace('S-1-5-10'), ace(`${OLD}1104`), ace(`${NEW}1105`), ace(`${OLD}1106`, 1)]);
    expect(daclEntries(before)?.map((e) => e.sid)).toEqual(['S-1-5-10', `${OLD}1104`, `${NEW}1105`, `${OLD}1106`]);
    const after = withoutEntries(before, (e) => e.sid.startsWith(OLD));
    expect(after && daclEntries(after)?.map((e) => e.sid)).toEqual(['S-1-5-10', `${NEW}1105`]);
    expect(after?.subarray(after.readUInt32LE(4))).toEqual(sidBytes('S-1-5-32-544'));
    expect(withoutEntries(before, (e) => e.sid.startsWith('S-1-5-21-9'))).toBeUndefined();
  });

  test('an entry of a form that is not known is never taken off', () => {
    const strange = Buffer.from([17, 0, 12, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    const after = withoutEntries(descriptor([strange, ace(`${OLD}1`)]), () => true);
    expect(after && daclEntries(after)?.map((e) => e.type)).toEqual([17]);
  });

  test('bytes that are no descriptor are left alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const made = withoutEntries(Buffer.from(bytes), () => true);
        if (made) expect(daclEntries(made)?.every((e) => e.sid === '')).toBe(true);
      }),
    );
    const cut = descriptor([ace(`${OLD}1`)]).subarray(0, 40);
    expect(withoutEntries(cut, () => true)).toBeUndefined();
  });
});
