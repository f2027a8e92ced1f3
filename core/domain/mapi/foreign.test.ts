import { expect, test } from 'vitest';
import { decodeExportStream, readScalar } from './decode.ts';
import { ARTICLE_STREAM, EXPORT_MIDDLE_ELEMENTS, EXPORT_SAMPLE, UPLOAD_SAMPLE } from './fixtures/foreign.ts';
import type { PropScalar } from './model.ts';
import { ElementScanner, ExportStreamScanner, type ScanHandler, type ScannedProperty } from './scan.ts';
import { Marker } from './stream-format.ts';
import { filetimeToMs } from './time.ts';

type Element = { marker: number } | { tag: number; value: PropScalar };

/** Collects elements and lets a piece of any size arrive. */
class Collector implements ScanHandler {
  readonly elements: Element[] = [];
  #property: ScannedProperty | undefined;
  #pieces: Uint8Array[] = [];
  marker(marker: number): void {
    this.elements.push({ marker });
  }
  property(property: ScannedProperty): void {
    this.#property = { ...property };
  }
  value(): void {
    this.#pieces = [];
  }
  data(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
  }
  endProperty(): void {
    const { id, rawType, scalar } = this.#property ?? { id: 0, rawType: 0, scalar: 0 };
    const value = readScalar(scalar, Buffer.concat(this.#pieces));
    this.elements.push({ tag: ((id << 16) | rawType) >>> 0, value });
  }
}

function scanElements(bytes: Uint8Array, pieceSize: number): { elements: Element[]; scanner: ElementScanner } {
  const collector = new Collector();
  const scanner = new ElementScanner(collector);
  for (let at = 0; at < bytes.length; at += pieceSize) {
    scanner.push(bytes, at, Math.min(bytes.length, at + pieceSize));
  }
  return { elements: collector.elements, scanner };
}

const elementOf = (elements: Element[], tag: number) => elements.find((e) => 'tag' in e && e.tag === tag);

test.each([1, 3, 16, 1000])("the worked example of Microsoft's article, in pieces of %i bytes", (pieceSize) => {
  const { elements, scanner } = scanElements(ARTICLE_STREAM, pieceSize);
  scanner.end();
  expect(elements).toHaveLength(11);
  expect(elements[0]).toEqual({ marker: Marker.incrSyncChange });
  expect(elements[1]).toMatchObject({ tag: 0x65e10102, value: Buffer.alloc(0) });
  expect(elements[2]).toMatchObject({ tag: 0x65e00102 });
  expect(Buffer.from((elements[2] as { value: Uint8Array }).value).toString('hex')).toBe(
    '52f685ec7d432e4aa96034508853d90a0000000003f5',
  );
  const modified = elements[3] as { tag: number; value: bigint };
  expect(modified.tag).toBe(0x30080040);
  // The article says 09:15:12, the clock of its author's time zone (UTC+1 or +2 hours are not told); to the second:
  expect(new Date(filetimeToMs(modified.value)).toISOString().slice(0, 10)).toBe('2015-05-03');
  expect(new Date(filetimeToMs(modified.value)).toISOString().slice(14, 19)).toBe('15:12');
  expect(elements[6]).toEqual({ tag: 0x3001001f, value: 'INBOX' });
  expect(elements[7]).toEqual({ tag: 0x67490014, value: -863846703525003263n });
  expect(elements[8]).toEqual({ tag: 0x66390003, value: 0x3fb });
  expect(elements[10]).toEqual({ tag: 0x10f4000b, value: false });
});

test.each([1, 7, 4096])('the request sample of UploadItems, in pieces of %i bytes', (pieceSize) => {
  const collector = new Collector();
  const scanner = new ExportStreamScanner(collector);
  for (let at = 0; at < UPLOAD_SAMPLE.length; at += pieceSize) scanner.push(UPLOAD_SAMPLE.subarray(at, at + pieceSize));
  expect(collector.elements).toEqual([
    // MetaTagDnPrefix, a string in code page 1252
    {
      tag: 0x400884e4,
      value: '/O=FIRST ORGANIZATION/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=',
    },
    { tag: 0x00170003, value: 1 },
    { tag: 0x001a84b0, value: 'IPM.Note' },
    { tag: 0x0023000b, value: false },
    { tag: 0x00260003, value: 0 },
    { tag: 0x0029000b, value: false },
    { tag: 0x002e0003, value: 0 },
    { tag: 0x00360003, value: 0 },
  ]);
  expect(scanner.end()).toMatchObject({ ok: false, reason: 'truncated' });
});

test('the response sample of ExportItems', () => {
  const collector = new Collector();
  const scanner = new ExportStreamScanner(collector);
  scanner.push(EXPORT_SAMPLE);
  expect(elementOf(collector.elements, 0x003784b0)).toMatchObject({ value: 'Interesting - from EWSMA' });
  expect(elementOf(collector.elements, 0x003d84b0)).toMatchObject({ value: '' });
  expect(elementOf(collector.elements, 0x00390040)).toMatchObject({ value: expect.any(BigInt) });
  const key = elementOf(collector.elements, 0x003b0102) as { value: Uint8Array };
  expect(Buffer.from(key.value).toString('latin1')).toMatch(/^EX:\/O=FIRST ORGANIZATION.*CN=USERONE\0$/);
});

test('recipients and attachments follow as markers, with MetaTagFXDelProp between them', () => {
  const { elements } = scanElements(EXPORT_MIDDLE_ELEMENTS, 5);
  expect(elements.filter((e) => 'marker' in e)).toEqual([
    { marker: Marker.endToRecip },
    { marker: Marker.newAttach },
    { marker: Marker.startEmbed },
  ]);
  expect(elementOf(elements, 0x40160003)).toEqual({ tag: 0x40160003, value: 0x0e13000d });
  expect(elementOf(elements, 0x370e84b0)).toMatchObject({ value: 'message/rfc822' });
  expect(elementOf(elements, 0x37050003)).toEqual({ tag: 0x37050003, value: 5 });
});

test('a shortened sample is refused as truncated, not read as a small item', () => {
  for (const sample of [UPLOAD_SAMPLE, EXPORT_SAMPLE]) {
    expect(decodeExportStream(sample)).toMatchObject({ ok: false, reason: 'truncated' });
  }
});
