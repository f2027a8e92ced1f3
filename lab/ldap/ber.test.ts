import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedBer, messageLength } from './ber.ts';
import { readMessage } from './protocol.ts';

const search = Buffer.from('30250201026320040964633d782c64633d790a01020a01000201000201000101008702636e3000', 'hex');

describe('messages from strangers', () => {
  test('a search is read', () => {
    const message = readMessage(search);
    expect(message).toMatchObject({
      id: 2,
      request: { kind: 'search', base: 'dc=x,dc=y', scope: 'sub', filter: { kind: 'present', attribute: 'cn' } },
    });
  });

  test.each([
    ['a length of four bytes with the top bit set', '3084ffffffff'],
    ['an indefinite length', '3080'],
    ['a length of five bytes', '30850000000001'],
    ['no sequence', '02010104'],
  ])('%s is refused', (_what, hex) => {
    expect(() => messageLength(Buffer.from(hex, 'hex'))).toThrow(MalformedBer);
  });

  test('a filter nested without end is refused, not recursed into', () => {
    let filter = Buffer.from('8702636e', 'hex');
    const wrap = (tag: number, content: Buffer) => {
      const length = content.length;
      const head = length < 128 ? [tag, length] : [tag, 0x83, length >> 16, (length >> 8) & 255, length & 255];
      return Buffer.concat([Buffer.from(head), content]);
    };
    for (let i = 0; i < 5000; i += 1) filter = wrap(0xa2, filter);
    const body = Buffer.concat([
      Buffer.from('04000a01020a0100020100020100010100', 'hex'),
      filter,
      Buffer.from('3000', 'hex'),
    ]);
    const message = wrap(0x30, Buffer.concat([Buffer.from('020101', 'hex'), wrap(0x63, body)]));
    expect(() => readMessage(message)).toThrow(MalformedBer);
  });

  test('any bytes are a message or MalformedBer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => expectMessageOrRefusal(Buffer.from(bytes))),
      { numRuns: 2000 },
    );
  });

  test('a message with any bytes changed, cut or added is a message or MalformedBer', () => {
    const edit = fc.tuple(fc.nat(search.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), fc.nat(search.length), (edits, cut) => {
        const bytes = Buffer.from(search);
        for (const [at, value] of edits) bytes[at] = value;
        expectMessageOrRefusal(bytes);
        expectMessageOrRefusal(bytes.subarray(0, cut));
      }),
      { numRuns: 3000 },
    );
  });
});

function expectMessageOrRefusal(bytes: Buffer): void {
  try {
    messageLength(bytes);
    readMessage(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedBer);
  }
}
