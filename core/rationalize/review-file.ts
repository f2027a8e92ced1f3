import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { TransplantError, UsageError } from '../domain/errors.ts';
import { readCell, safeCell } from '../domain/spreadsheet.ts';
import { REVIEW_COLUMNS, type ReviewRow } from './review.ts';

/** Review files are CSV (RFC 4180, UTF-8; Excel needs a BOM for it, other programs stumble over one) or XLSX, by name. */
const isXlsx = (file: string) => file.toLowerCase().endsWith('.xlsx');

/** The file cannot be written where it was to go. */
export class ReviewWriteError extends TransplantError {}

/** Writes rows as they come; the file appears under its name only when it is complete. @returns the number of rows */
export async function writeReview(
  file: string,
  pages: AsyncIterable<readonly ReviewRow[]>,
  { bom = false } = {},
): Promise<number> {
  const part = `${file}.part`;
  try {
    const rows = isXlsx(file) ? await writeXlsx(part, pages) : await writeCsv(part, pages, bom);
    await rename(part, file);
    return rows;
  } catch (error) {
    await rm(part, { force: true });
    if (!isFileError(error)) throw error;
    throw new ReviewWriteError(
      {
        tried: `write ${file}`,
        happened: `The file cannot be written (${error.code}).`,
        next: 'Choose another place, or close the program that has it open.',
      },
      { cause: error },
    );
  }
}

async function writeCsv(file: string, pages: AsyncIterable<readonly ReviewRow[]>, bom: boolean): Promise<number> {
  const { stringify } = await import('csv-stringify/sync');
  const handle = await open(file, 'w', 0o600);
  let count = 0;
  try {
    await handle.write(stringify([[...REVIEW_COLUMNS]], { record_delimiter: 'windows', bom }));
    for await (const rows of pages) {
      count += rows.length;
      const cells = rows.map((row) => REVIEW_COLUMNS.map((column) => safeCell(row[column])));
      await handle.write(stringify(cells, { record_delimiter: 'windows' }));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return count;
}

async function writeXlsx(file: string, pages: AsyncIterable<readonly ReviewRow[]>): Promise<number> {
  const { default: Excel } = await import('@protobi/exceljs');
  const workbook = new Excel.stream.xlsx.WorkbookWriter({ filename: file });
  const sheet = workbook.addWorksheet('Matches', { views: [{ state: 'frozen', ySplit: 1 }] });
  sheet.columns = REVIEW_COLUMNS.map((key) => ({ header: key, key, width: key.endsWith('dn') ? 60 : 20 }));
  let count = 0;
  for await (const rows of pages) {
    // Cells are written as text, which a spreadsheet never runs; the apostrophe guards a later "save as CSV".
    for (const row of rows) sheet.addRow(REVIEW_COLUMNS.map((column) => safeCell(row[column]))).commit();
    count += rows.length;
  }
  sheet.commit();
  await workbook.commit();
  return count;
}

/** Reads a reviewed file; columns may be fewer, more and in another order. Cells are text, never formulas. */
export async function readReview(file: string): Promise<Partial<ReviewRow>[]> {
  try {
    const rows = isXlsx(file) ? await readXlsx(file) : await readCsv(file);
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, text]) => [name, readCell(text)])));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      {
        tried: `read the reviewed matches ${file}`,
        happened: `It cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        next: 'Give a file that transplant match export wrote, saved as CSV or XLSX.',
      },
      { cause: error },
    );
  }
}

async function readCsv(file: string): Promise<Record<string, string>[]> {
  const { parse } = await import('csv-parse');
  const found: Record<string, string>[] = [];
  const delimiter = await delimiterOf(file);
  const parser = createReadStream(file).pipe(
    parse({
      bom: true,
      delimiter,
      columns: (heading: string[]) => heading.map(columnName),
      skip_empty_lines: true,
      relax_column_count: true,
    }),
  );
  for await (const record of parser) found.push(record as Record<string, string>);
  requireColumns(found[0], file);
  return found;
}

/** Excel saves CSV with the list separator of its country. */
async function delimiterOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const heading = buffer.subarray(0, bytesRead).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
    const counts = [',', ';', '\t'].map((sign) => ({ sign, n: heading.split(sign).length }));
    return counts.sort((a, b) => b.n - a.n)[0]?.sign ?? ',';
  } finally {
    await handle.close();
  }
}

async function readXlsx(file: string): Promise<Record<string, string>[]> {
  const { default: Excel } = await import('@protobi/exceljs');
  const workbook = new Excel.Workbook();
  await workbook.xlsx.readFile(file);
  const sheet = workbook.worksheets[0];
  const found: Record<string, string>[] = [];
  let names: string[] = [];
  sheet?.eachRow({ includeEmpty: false }, (row, number) => {
    const cells = Array.from({ length: row.cellCount }, (_, i) => cellText(row.getCell(i + 1).value));
    if (number === 1) names = cells.map(columnName);
    else found.push(Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ''])));
  });
  requireColumns(found[0], file);
  return found;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') {
    if ('richText' in value && Array.isArray(value.richText)) {
      return value.richText.map((part: { text?: unknown }) => String(part.text ?? '')).join('');
    }
    // A formula's result is not what was exported; its text is refused row by row.
    if ('formula' in value) return `=${String(value.formula)}`;
    if ('text' in value) return String(value.text);
    return '';
  }
  return String(value);
}

const columnName = (text: string) => text.trim().toLowerCase().replace(/\s+/g, '_');

function requireColumns(row: Record<string, string> | undefined, file: string): void {
  if (!row || (('source_dn' in row || 'source_guid' in row) && 'state' in row)) return;
  throw new UsageError({
    tried: `read the reviewed matches ${file}`,
    happened: 'Its first row does not name the columns source_dn, target_dn and state.',
    next: 'Give a file that transplant match export wrote.',
  });
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
}
