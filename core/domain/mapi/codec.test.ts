import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propKey } from './bag.ts';
import { compareMessages } from './compare.ts';
import { decodeExportStream } from './decode.ts';
import { canonicalDigest } from './digest.ts';
import { encodeExportStream, TRANSFER_BUFFER_BYTES } from './encode.ts';
import { type MapiMessage, type Property, type PropertyBag, type PropScalar, PropType } from './model.ts';
import { ExportStreamScanner } from './scan.ts';
import { isMetaProperty } from './stream-format.ts';
import { isVolatile } from './volatile.ts';

const bytes = fc.uint8Array({ maxLength: 60 });
const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((t) => !t.endsWith('\0'));
const SCALARS: [PropType, fc.Arbitrary<PropScalar>][] = [
  [PropType.Integer16, fc.integer({ min: -0x8000, max: 0x7fff })],
  [PropType.Integer32, fc.integer()],
  [PropType.Floating32, fc.float()],
  [PropType.Floating64, fc.double()],
  [PropType.Currency, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [PropType.FloatingTime, fc.double()],
  [PropType.Integer64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [PropType.String, text],
  [PropType.String8, bytes.filter((b) => b.at(-1) !== 0)],
  [PropType.Time, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [PropType.Guid, fc.uuid()],
  [PropType.Binary, bytes],
];
const SINGLES: [PropType, fc.Arbitrary<PropScalar>][] = [
  [PropType.Boolean, fc.boolean()],
  [PropType.ErrorCode, fc.nat()],
  [PropType.ServerId, bytes],
  [PropType.Object, bytes],
];

const key: fc.Arbitrary<Pick<Property, 'id' | 'name'>> = fc.oneof(
  // 0x4000 to 0x40ff are the protocol's own: the stream's markers and meta-properties ([MS-OXCFXICS] 2.2.4.1.4).
  fc.record({ id: fc.integer({ min: 1, max: 0x7fff }).filter((id) => !isMetaProperty(id) && id >> 8 !== 0x40) }),
  fc.record({ id: fc.constant(0x8000), name: fc.record({ set: fc.uuid(), id: fc.nat() }) }),
  fc.record({
    id: fc.constant(0x8000),
    name: fc.record({ set: fc.uuid(), name: text.filter((t) => t !== '' && !t.includes('\0')) }),
  }),
);

const property: fc.Arbitrary<Property> = fc.oneof(
  ...[...SCALARS, ...SINGLES].map(([type, value]) =>
    fc.tuple(key, value).map(([k, v]): Property => ({ ...k, type, value: v })),
  ),
  ...SCALARS.map(([type, value]) =>
    fc
      .tuple(key, fc.array(value, { maxLength: 4 }))
      .map(([k, v]): Property => ({ ...k, type: (type | 0x1000) as PropType, value: v })),
  ),
);
const bag: fc.Arbitrary<PropertyBag> = fc
  .uniqueArray(property, { selector: propKey, maxLength: 12 })
  .map((properties) => ({ properties }));
const message = fc.letrec<{ message: MapiMessage }>((tie) => ({
  message: fc
    .record({
      bag,
      recipients: fc.array(bag, { maxLength: 2 }),
      attachments: fc.array(
        fc
          .record({
            own: bag,
            embedded: fc.option(tie('message'), { nil: undefined, maxDepth: 2, depthSize: 'small' }),
          })
          .map(({ own, embedded }) => (embedded ? { ...own, embedded } : own)),
        { maxLength: 2 },
      ),
    })
    .map(({ bag: own, recipients, attachments }) => ({ ...own, recipients, attachments })),
})).message;

const MARK = { id: 0x6ffe, type: PropType.Integer32, value: 7 } as const;
/** Some property of its own, so that the canonical form is not empty. */
const marked = message.map((m) => ({ ...m, properties: [...m.properties.filter((p) => p.id !== MARK.id), MARK] }));

function decoded(stream: Uint8Array): MapiMessage {
  const result = decodeExportStream(stream);
  if (!result.ok) throw new Error(`${result.reason} at ${result.offset}: ${result.detail}`);
  return result.message;
}

/** Ids of named properties mean nothing, so a round trip may choose others. */
function withoutNamedIds(m: MapiMessage): unknown {
  return JSON.parse(
    JSON.stringify(m, (name, value) => {
      if (value && typeof value === 'object' && 'name' in value && 'id' in value) return { ...value, id: 0 };
      if (typeof value === 'bigint') return `${value}n`;
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value);
      return name === 'value' && Object.is(value, -0) ? '-0' : value;
    }),
  );
}

describe('round trip', () => {
  test('every message comes back as it was', () => {
    fc.assert(
      fc.property(message, (m) => {
        const back = decoded(encodeExportStream(m));
        expect(withoutNamedIds(back)).toEqual(withoutNamedIds(m));
        expect(compareMessages(m, back)).toEqual([]);
        expect(canonicalDigest(back)).toEqual(canonicalDigest(m));
      }),
      { numRuns: 300 },
    );
  });

  test('values that cross many buffers, and exact buffer ends', () => {
    for (const length of [0, 1, 65_535, 65_536, 3 * TRANSFER_BUFFER_BYTES, 1_000_000]) {
      const value = Buffer.alloc(length, 0xa5);
      const m: MapiMessage = {
        properties: [{ id: 0x3701, type: PropType.Binary, value }, MARK],
        recipients: [],
        attachments: [],
      };
      expect(decoded(encodeExportStream(m)).properties[0]?.value).toEqual(new Uint8Array(value));
    }
  });

  test('an unknown frame is passed over and told', () => {
    const stream = encodeExportStream({ properties: [MARK], recipients: [], attachments: [] });
    const frame = Buffer.from('0900000003000000aabbcc', 'hex');
    const result = decodeExportStream(Buffer.concat([stream, frame]));
    expect(result).toMatchObject({ ok: true, unknownFrames: [9], message: { properties: [MARK] } });
  });
});

describe('input that is hostile or cut', () => {
  test('every truncation is refused', () => {
    fc.assert(
      fc.property(marked, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (m, at) => {
        const stream = encodeExportStream(m);
        const cut = stream.subarray(0, Math.floor(stream.length * at));
        expect(decodeExportStream(cut).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('changed bytes never throw, and never read as the same item unless they are', () => {
    const nat = fc.nat();
    fc.assert(
      fc.property(marked, nat, nat, (m, where, flip) => {
        const stream = encodeExportStream(m);
        const at = where % stream.length;
        stream[at] = (stream[at] ?? 0) ^ ((flip % 255) + 1);
        const result = decodeExportStream(stream);
        if (result.ok) canonicalDigest(result.message);
        else expect(result.offset).toBeLessThanOrEqual(stream.length);
      }),
      { numRuns: 500 },
    );
  });

  test('random bytes are no export stream', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        expect(decodeExportStream(garbage).ok).toBe(false);
      }),
    );
  });

  test('a value that claims 4 GB is refused before memory is taken for it', () => {
    const stream = encodeExportStream({
      properties: [{ id: 0x3701, type: PropType.Binary, value: new Uint8Array(16) }],
      recipients: [],
      attachments: [],
    });
    const at = Buffer.from(stream).indexOf(Buffer.from('0201013710000000', 'hex'));
    new DataView(stream.buffer, stream.byteOffset).setUint32(at + 4, 0xfffffff0, true);
    expect(decodeExportStream(stream)).toMatchObject({ ok: false, reason: 'truncated' });
  });

  test("the server's own note of truncation asks for another fetch", () => {
    const stream = encodeExportStream({
      properties: [{ id: 0x3701, type: PropType.Binary, value: new Uint8Array(9000) }],
      recipients: [],
      attachments: [],
    });
    const cut = Buffer.concat([stream.subarray(0, 4000), Buffer.from('=== Truncated Data ===')]);
    expect(decodeExportStream(cut)).toMatchObject({ ok: false, reason: 'truncatedByServer' });
  });

  test('markers out of place and deep nesting are named', () => {
    const marker = (value: number) => {
      const b = Buffer.alloc(4);
      b.writeUInt32LE(value);
      return b;
    };
    const wrap = (elements: Buffer) => {
      const head = Buffer.alloc(24);
      head.writeUInt32LE(1, 0);
      head.writeUInt32LE(8, 4);
      head.writeUInt32LE(2, 16);
      head.writeUInt32LE(elements.length, 20);
      return Buffer.concat([head, elements]);
    };
    expect(decodeExportStream(wrap(marker(0x400e0003)))).toMatchObject({ reason: 'unexpectedMarker', offset: 28 });
    expect(decodeExportStream(wrap(marker(0x40180003)))).toMatchObject({ reason: 'partialItem' });
    expect(decodeExportStream(wrap(marker(0x00370999)))).toMatchObject({ reason: 'unknownType' });
    expect(decodeExportStream(wrap(marker(0x40000003)))).toMatchObject({ reason: 'truncated' });
    const deep = Buffer.concat(Array.from({ length: 100 }, () => [marker(0x40000003), marker(0x40010003)]).flat());
    expect(decodeExportStream(wrap(deep))).toMatchObject({ reason: 'tooDeep' });
  });
});

describe('comparison', () => {
  test('what a server changes is passed over, everything else is found', () => {
    fc.assert(
      fc.property(marked, (m) => {
        const other: MapiMessage = structuredClone(m);
        other.properties.push({ id: 0x65e2, type: PropType.Binary, value: Uint8Array.of(1) });
        other.properties.reverse();
        other.recipients.reverse();
        other.attachments.reverse();
        if (!m.properties.some((p) => p.id === 0x65e2 && !p.name)) {
          expect(compareMessages(m, other)).toEqual([]);
          expect(canonicalDigest(other)).toEqual(canonicalDigest(m));
        }
        other.properties = other.properties.map((p) => (p.id === MARK.id && !p.name ? { ...p, value: 8 } : p));
        expect(compareMessages(m, other)).toContainEqual({
          path: '',
          property: '0x6ffe',
          kind: 'different',
          sizes: { a: 4, b: 4 },
        });
        expect(canonicalDigest(other)).not.toEqual(canonicalDigest(m));
      }),
    );
  });

  test('a lost, added and changed part is named by its place', () => {
    const part = (id: number, value: string): PropertyBag => ({ properties: [{ id, type: PropType.String, value }] });
    const a: MapiMessage = {
      ...part(0x37, 'A'),
      recipients: [part(0x3001, 'x'), part(0x3001, 'y')],
      attachments: [{ ...part(0x3707, 'f'), embedded: { ...part(0x37, 'in'), recipients: [], attachments: [] } }],
    };
    const b = structuredClone(a);
    b.recipients.shift();
    const inner = b.attachments[0]?.embedded;
    if (inner) inner.properties[0] = { id: 0x37, type: PropType.String, value: 'other' };
    expect(compareMessages(a, b)).toEqual([
      { path: 'recipient 1', property: '', kind: 'missing' },
      { path: 'attachment 1 > message', property: '0x0037', kind: 'different', sizes: { a: 4, b: 10 } },
    ]);
    expect(JSON.stringify(compareMessages(a, b))).not.toContain('other');
  });

  test('the list of what servers change stays short', () => {
    expect(isVolatile('0037')).toBe(false);
    expect(isVolatile('300b')).toBe(false);
    expect(isVolatile('65e2')).toBe(true);
  });
});

test('a scan of 150 MB keeps its memory flat', () => {
  const chunk = Buffer.alloc(1 << 20, 7);
  const head = Buffer.from('01000000080000000000000001000000', 'hex');
  const property = Buffer.from('0201013700000000', 'hex');
  property.writeUInt32LE(150 << 20, 4);
  const frame = Buffer.from('0200000000000000', 'hex');
  frame.writeUInt32LE(8 + (150 << 20), 4);
  let seen = 0;
  const scanner = new ExportStreamScanner({
    marker() {},
    property() {},
    value() {},
    data(piece) {
      seen += piece.length;
    },
    endProperty() {},
  });
  const before = process.memoryUsage().rss;
  for (const piece of [head, frame, property]) scanner.push(piece);
  for (let i = 0; i < 150; i++) scanner.push(chunk);
  expect(scanner.end()).toMatchObject({ ok: true });
  expect(seen).toBe(150 << 20);
  expect(process.memoryUsage().rss - before).toBeLessThan(40 << 20);
});
