import type { PDFDocument, PDFFont, PDFPage } from 'pdf-lib';
import { formatCount } from '../domain/format.ts';
import type { SignedCertificate } from './certificate.ts';
import { statement } from './certificate-page.ts';

/** A4 in points. */
const WIDTH = 595.28;
const HEIGHT = 841.89;
const MARGIN = 56;
/** Members and exceptions that are printed; the JSON holds all of them. */
const ROWS = 400;

/** A certificate as PDF. Letters that the built-in fonts do not have are shown as `?`; the JSON has the names whole. */
export async function certificatePdf(signed: SignedCertificate): Promise<Uint8Array> {
  const { PDFDocument, StandardFonts } = await import('pdf-lib');
  const document = await PDFDocument.create();
  document.setTitle(`Certificate of migration: ${signed.certificate.batch}`);
  document.setProducer('Transplant');
  document.setCreator('Transplant');
  const at = new Date(signed.certificate.issuedAt);
  document.setCreationDate(at);
  document.setModificationDate(at);
  const writer = new Writer(
    document,
    await document.embedFont(StandardFonts.Helvetica),
    await document.embedFont(StandardFonts.HelveticaBold),
    await document.embedFont(StandardFonts.Courier),
  );
  write(writer, signed);
  return document.save();
}

function write(writer: Writer, { certificate, signature }: SignedCertificate): void {
  writer.text('Transplant', { size: 10 });
  writer.text('Certificate of migration', { size: 24, font: 'bold', after: 8 });
  writer.text(certificate.grade ?? 'Not compared', { size: 32, font: 'bold', after: 4 });
  writer.text(certificate.batch, { size: 14, font: 'bold', after: 8 });
  writer.text(statement(certificate), { size: 11, after: 16 });
  writer.text('Members', { size: 13, font: 'bold' });
  for (const m of certificate.members.slice(0, ROWS)) {
    writer.text(
      `${m.name} - ${m.grade ?? 'not compared'}: ${formatCount(m.items?.verified ?? 0)} of ${formatCount(m.items?.source ?? 0)} items`,
      { size: 9 },
    );
    if (m.contentHash !== '') writer.text(m.contentHash, { size: 7, font: 'mono', after: 2 });
  }
  rest(writer, certificate.members.length);
  writer.text('Exceptions', { size: 13, font: 'bold', before: 12 });
  if (certificate.exceptions.length === 0) writer.text('None.', { size: 9 });
  for (const e of certificate.exceptions.slice(0, ROWS))
    writer.text(
      `${e.finding}: ${e.mailbox} ${e.folder}, ${e.itemClass}, ${e.decision}${e.details.length > 0 ? ` (${e.details.join('; ')})` : ''}`,
      { size: 8 },
    );
  rest(writer, certificate.exceptionsTotal);
  writer.text('Issued', { size: 13, font: 'bold', before: 12 });
  writer.text(`${certificate.issuedAt} by ${certificate.issuedBy} on ${certificate.host}, ${certificate.program}`, {
    size: 9,
  });
  writer.text(`Ed25519 ${signature.value}`, { size: 7, font: 'mono', before: 8 });
  writer.text(`Key ${signature.fingerprint}`, { size: 7, font: 'mono' });
}

function rest(writer: Writer, total: number): void {
  if (total > ROWS) writer.text(`… and ${formatCount(total - ROWS)} more in certificate.json`, { size: 9 });
}

type FontName = 'plain' | 'bold' | 'mono';

/** Writes lines from top to bottom, breaks them at the margin and pages at the end. */
class Writer {
  readonly #document: PDFDocument;
  readonly #fonts: Record<FontName, PDFFont>;
  #page: PDFPage;
  #y = HEIGHT - MARGIN;

  constructor(document: PDFDocument, plain: PDFFont, bold: PDFFont, mono: PDFFont) {
    this.#document = document;
    this.#fonts = { plain, bold, mono };
    this.#page = document.addPage([WIDTH, HEIGHT]);
  }

  text(text: string, o: { size: number; font?: FontName; before?: number; after?: number }): void {
    const font = this.#fonts[o.font ?? 'plain'];
    this.#y -= o.before ?? 0;
    for (const line of wrap(encodable(text, font), font, o.size)) {
      const height = o.size * 1.35;
      if (this.#y - height < MARGIN) {
        this.#page = this.#document.addPage([WIDTH, HEIGHT]);
        this.#y = HEIGHT - MARGIN;
      }
      this.#y -= height;
      this.#page.drawText(line, { x: MARGIN, y: this.#y, size: o.size, font });
    }
    this.#y -= o.after ?? 0;
  }
}

function encodable(text: string, font: PDFFont): string {
  const known = new Set(font.getCharacterSet());
  return [...text.replace(/\s+/gu, ' ')].map((c) => (known.has(c.codePointAt(0) ?? 0) ? c : '?')).join('');
}

function wrap(text: string, font: PDFFont, size: number): string[] {
  const width = WIDTH - 2 * MARGIN;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((w) => w.match(/.{1,60}/gsu) ?? [''])) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (font.widthOfTextAtSize(longer, size) <= width) line = longer;
    else {
      if (line !== '') lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
