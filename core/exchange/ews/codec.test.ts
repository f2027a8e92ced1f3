import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Base64Decoder, base64Length, wireChunks } from './base64.ts';
import { authenticateMessage, negotiateMessage, readChallenge, responseKey } from './ntlm.ts';
import { escapeXml, FORBIDDEN, type XmlNode } from './xml.ts';
import { parseRecords, XmlStream } from './xml-stream.ts';

/** Bytes cut into pieces of the given lengths, round and round. */
function pieces(bytes: Uint8Array, lengths: number[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? 1);
    out.push(bytes.subarray(at, at + length));
    at += length;
  }
  return out;
}

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

describe('base64 in pieces', () => {
  test('any bytes, cut anyhow, come back the same and have the promised length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), cuts, cuts, (bytes, cutBytes, cutText) => {
        const text = Array.from(wireChunks(['', { parts: pieces(bytes, cutBytes) }]), String).join('');
        expect(text.length).toBe(base64Length(bytes.length));
        const decoder = new Base64Decoder();
        for (const piece of pieces(Buffer.from(text), cutText)) decoder.write(Buffer.from(piece).toString());
        decoder.end();
        expect(Buffer.concat(decoder.parts)).toEqual(Buffer.from(bytes));
        expect(decoder.truncated).toBe(false);
        expect(decoder.size).toBe(bytes.length);
      }),
    );
  });

  test('large bytes pass in chunks', () => {
    const bytes = Buffer.alloc(1_000_003, 'abcdefg');
    const chunks = Array.from(
      wireChunks(['<a>', { parts: [bytes.subarray(0, 500_001), bytes.subarray(500_001)] }, '</a>']),
      String,
    );
    expect(chunks.length).toBeGreaterThan(8);
    expect(chunks.join('')).toBe(`<a>${bytes.toString('base64')}</a>`);
  });

  test('the truncation mark is seen however it is cut, and is no data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), cuts, (bytes, cutText) => {
        const text = `${Buffer.from(bytes).toString('base64').replaceAll('=', '')}=== Truncated Data ===`;
        const decoder = new Base64Decoder();
        for (const piece of pieces(Buffer.from(text), cutText)) decoder.write(Buffer.from(piece).toString());
        decoder.end();
        expect(decoder.truncated).toBe(true);
      }),
    );
  });
});

describe('XML as it arrives', () => {
  const read = (text: string, cutText: number[]): XmlNode[] => {
    const found: XmlNode[] = [];
    const stream = new XmlStream({
      records: new Set(['Message']),
      blobs: new Set(['Data']),
      onRecord: (node) => found.push(node),
    });
    for (const piece of pieces(Buffer.from(text), cutText)) stream.write(piece);
    stream.end();
    return found;
  };

  test('blobs and texts come whole, however the answer is cut', () => {
    const blob = fc.uint8Array({ maxLength: 200 });
    const word = fc.string({ maxLength: 20, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(fc.tuple(blob, word), { maxLength: 4 }), cuts, (items, cutText) => {
        const body = items
          .map(
            ([bytes, text]) =>
              `<m:Message A="${escapeXml(text)}"><t:Name>${escapeXml(text)}</t:Name><m:Data>${Buffer.from(bytes).toString('base64')}</m:Data></m:Message>`,
          )
          .join('\r\n');
        const nodes = read(`<s:Envelope xmlns:s="s"><s:Body>${body}</s:Body></s:Envelope>`, cutText);
        expect(nodes.length).toBe(items.length);
        for (const [index, node] of nodes.entries()) {
          const [bytes, text] = items[index] ?? [new Uint8Array(), ''];
          expect(Buffer.concat(node.children[1]?.blob?.parts ?? [])).toEqual(Buffer.from(bytes));
          const carried = text.toWellFormed().replace(FORBIDDEN, '\ufffd');
          expect(node.children[0]?.text).toBe(carried);
          expect(node.attributes.A).toBe(carried);
        }
      }),
    );
  });

  test('other prefixes, attributes, CDATA, line breaks and character references in a blob are all the same', () => {
    for (const data of [
      '<Data>AAEC</Data>',
      '<x:Data xmlns:x="u" y="1">AAEC</x:Data>',
      '<Data><![CDATA[AAEC]]></Data>',
      '<Data>AA\r\nEC&#xD;\n</Data>',
    ]) {
      const [node] = read(`<a><Message>${data}</Message></a>`, [7]);
      expect(Buffer.concat(node?.children[0]?.blob?.parts ?? [])).toEqual(Buffer.from([0, 1, 2]));
    }
  });

  test('what is cut off, not closed or nested without end is an error, not an answer', () => {
    expect(() => read('<a><Message><Data>AAEC', [9])).toThrow();
    expect(() => read('<a><Message></a>', [9])).toThrow();
    expect(() => read('', [9])).toThrow();
    expect(() => read('<a>'.repeat(1000) + '</a>'.repeat(1000), [999])).toThrow(/nested/);
    expect(() => parseRecords('no xml at all', 'a')).toThrow();
  });

  test('entities of a document type are not expanded', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">]><a><Message><Name>&x;</Name></Message></a>';
    expect(() => read(bomb, [1000])).toThrow();
  });
});

describe('NTLMv2 on the worked example of [MS-NLMP] 4.2.4', () => {
  test('the key of the password', () => {
    const key = responseKey({ user: 'User', domain: 'Domain', password: 'Password' });
    expect(key.toString('hex')).toBe('0c868a403bfd7a93a3001ef22ef02e3f');
  });

  test('a challenge is read, anything else is refused', () => {
    const challenge = Buffer.alloc(48);
    challenge.write('NTLMSSP\0', 0, 'latin1');
    challenge.writeUInt32LE(2, 8);
    Buffer.from('0123456789abcdef', 'hex').copy(challenge, 24);
    challenge.writeUInt32LE(48, 44);
    expect(readChallenge(challenge)?.serverChallenge.toString('hex')).toBe('0123456789abcdef');
    expect(readChallenge(challenge.subarray(0, 40))).toBeUndefined();
    expect(readChallenge(negotiateMessage())).toBeUndefined();
    const answer = authenticateMessage({
      login: { user: 'User', domain: 'Domain', password: 'Password' },
      negotiate: negotiateMessage(),
      challenge,
      host: 'server',
    });
    expect(answer.toString('latin1', 0, 7)).toBe('NTLMSSP');
    expect(answer.readUInt32LE(8)).toBe(3);
    expect(answer.includes(Buffer.from('Password', 'utf16le'))).toBe(false);
  });
});
