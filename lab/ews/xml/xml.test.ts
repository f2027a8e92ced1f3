import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseXml, XmlError, XmlReader } from './parse.ts';
import { el, esc, escAttribute, tx } from './write.ts';

const T = 'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"';

describe('reading', () => {
  test('namespaces, attributes and text, whatever the pieces', () => {
    const document = Buffer.from(
      `<?xml version="1.0"?><x:A xmlns:x="urn:a" b="1 &amp; 2"><c>Zürich &#x41;<![CDATA[<&]]></c></x:A>`,
    );
    for (let size = 1; size < document.length; size += 3) {
      const reader = new XmlReader();
      for (let at = 0; at < document.length; at += size) reader.write(document.subarray(at, at + size));
      const root = reader.end();
      expect(root).toMatchObject({ ns: 'urn:a', name: 'A', attributes: { b: '1 & 2' } });
      expect(root.children[0]?.text).toBe('Zürich A<&');
    }
  });

  test('base64 content comes as bytes, in any pieces, with line ends and references', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.boolean(),
        (data, size, wrap) => {
          let text = Buffer.from(data).toString('base64');
          if (wrap) text = text.replace(/.{76}/g, (line) => `${line}&#xD;\r\n`);
          const document = Buffer.from(`<t:Data ${T}>${text}</t:Data>`);
          const reader = new XmlReader({ contentLength: document.length });
          for (let at = 0; at < document.length; at += size) reader.write(document.subarray(at, at + size));
          expect(Buffer.from(reader.end().data ?? []).equals(Buffer.from(data))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('large base64 content is held once', () => {
    const piece = Buffer.alloc(3 * 1024 * 1024, 7);
    const text = Buffer.from(piece.toString('base64'));
    const head = Buffer.from(`<t:Data ${T}>`);
    const reader = new XmlReader({ contentLength: head.length + 8 * text.length + 9 });
    reader.write(head);
    for (let i = 0; i < 8; i++)
      for (let at = 0; at < text.length; at += 65_536) reader.write(text.subarray(at, at + 65_536));
    reader.write(Buffer.from('</t:Data>'));
    const data = reader.end().data;
    expect(data?.length).toBe(8 * piece.length);
    expect(data?.buffer.byteLength).toBeLessThan(8 * piece.length * 1.01);
  });

  test.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an early end', '<a><b></b>'],
    ['no end of a tag', '<a><b'],
    ['crossed tags', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['an unbound prefix', '<x:a/>'],
    ['nothing', ''],
    ['base64 that is none', `<t:Data ${T}>AA$A</t:Data>`],
    ['base64 cut short', `<t:Data ${T}>AAA</t:Data>`],
    ['data after the padding', `<t:Data ${T}>AA==AAAA</t:Data>`],
    ['a processing instruction', '<a><?php exit ?></a>'],
    ['deep nesting', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`],
  ])('%s is refused', (_, document) => {
    expect(() => parseXml(document)).toThrow(XmlError);
  });

  test('too many elements are refused', () => {
    expect(() => parseXml(`<a>${'<b/>'.repeat(50)}</a>`, { depth: 5, elements: 40, text: 100 })).toThrow(XmlError);
    expect(() => parseXml(`<a>${'b'.repeat(200)}</a>`, { depth: 5, elements: 40, text: 100 })).toThrow(XmlError);
  });
});

describe('writing', () => {
  test('any text can be read again, but for what XML cannot carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML cannot carry
        const expected = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
        const root = parseXml(`<a b="${escAttribute(text)}">${esc(text)}</a>`);
        expect(root.text).toBe(expected);
        expect(root.attributes.b).toBe(expected);
      }),
    );
  });

  test('elements', () => {
    expect(el('t:A', '', { b: 1, c: undefined })).toBe('<t:A b="1"/>');
    expect(tx('t:A', 'x<y')).toBe('<t:A>x&lt;y</t:A>');
    expect(tx('t:A', undefined)).toBe('');
  });
});
