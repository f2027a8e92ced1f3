import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { Attributes } from '../domain/recipient.ts';
import { attributeName, DN_ATTRIBUTES, valueForm } from './attributes.ts';
import { DirectoryFileError } from './errors.ts';
import type { FileRecord } from './ldif.ts';
import { textOf } from './text-stream.ts';
import { decodeValue } from './values.ts';

/** Attributes with several values: csvde writes them into one cell, joined by semicolons. */
const MULTI_VALUED = new Set([
  ...['proxyAddresses', 'objectClass', 'otherTelephone', 'msExchPoliciesExcluded', 'sIDHistory', 'description'],
  ...DN_ATTRIBUTES,
]);
/** DN attributes with one value: a semicolon in them belongs to a name. */
const SINGLE_DN = new Set(['manager', 'altRecipient', 'managedBy', 'homeMDB', 'msExchDynamicDLBaseDN']);

const DN_COLUMNS = ['dn', 'distinguishedname'];

/**
 * The rows of a CSV file as csvde writes it, or PowerShell's Export-Csv: BOM, quotes, comma, semicolon or tab between
 * the cells. A row that cannot be read is told of by its line. Cells are text: what looks like a formula stays what it
 * is.
 */
export async function* readCsv(file: string): AsyncGenerator<FileRecord> {
  const problems: FileRecord[] = [];
  const parser = Readable.from(textOf(file)).pipe(
    parse({
      bom: true,
      delimiter: await delimiterOf(file),
      columns: (heading: string[]) => headingOf(heading, file),
      skip_empty_lines: true,
      relax_quotes: true,
      relax_column_count: true,
      info: true,
      raw: false,
      skip_records_with_error: true,
      on_skip: (error) => {
        const line = error && 'lines' in error ? String(error.lines) : '?';
        problems.push({
          dn: `(line ${line})`,
          problem: `the row at line ${line} was left out: ${error?.message ?? ''}`,
        });
      },
    }),
  );
  for await (const found of parser) {
    yield* problems.splice(0);
    const { record, info } = found as { record: Record<string, string>; info: { lines: number } };
    yield rowOf(record, info.lines);
  }
  yield* problems;
}

function headingOf(heading: string[], file: string): string[] {
  const names = heading.map((h) => h.trim());
  if (names.some((n) => DN_COLUMNS.includes(n.toLowerCase()))) {
    return names.map((n) => (DN_COLUMNS.includes(n.toLowerCase()) ? 'dn' : attributeName(n)));
  }
  throw new DirectoryFileError({
    tried: `read the export ${file}`,
    happened: 'Its first row names no column DN.',
    next: 'Export it with csvde, ldifde, or Export-Csv with the property DistinguishedName.',
  });
}

function rowOf(record: Record<string, string>, line: number): FileRecord {
  const dn = record.dn?.trim() ?? '';
  if (dn === '') return { dn: `(line ${line})`, problem: `the row at line ${line} was left out: it has no DN` };
  const attributes = Object.create(null) as Attributes;
  for (const [name, cell] of Object.entries(record)) {
    if (name === 'dn' || cell === undefined || cell === '') continue;
    const list = cellValues(name, cell);
    if (list.length > 0) attributes[name] = list;
  }
  return { dn, attributes };
}

function cellValues(name: string, cell: string): string[] {
  const texts = MULTI_VALUED.has(name) && !SINGLE_DN.has(name) ? splitCell(cell) : [cell.replace(/\\([;\\])/g, '$1')];
  return texts.filter((t) => t !== '').map((t) => cellValue(name, t));
}

/** Values between semicolons; `\;` is a semicolon in a value. */
function splitCell(cell: string): string[] {
  const found: string[] = [];
  let value = '';
  for (let i = 0; i < cell.length; i++) {
    const c = cell.charAt(i);
    if (c === '\\' && cell[i + 1] === ';') {
      value += ';';
      i++;
    } else if (c === ';') {
      found.push(value.trim());
      value = '';
    } else value += c;
  }
  found.push(value.trim());
  return found;
}

/** csvde writes bytes as X'hex'; PowerShell writes GUIDs and SIDs as text. */
function cellValue(name: string, text: string): string {
  const hex = /^X'([0-9a-f]*)'$/i.exec(text)?.[1];
  if (hex !== undefined) return decodeValue(Buffer.from(hex, 'hex'), valueForm(name));
  return valueForm(name) === 'guid' ? text.replace(/[{}]/g, '').toLowerCase() : text;
}

async function delimiterOf(file: string): Promise<string> {
  let heading = '';
  for await (const piece of textOf(file)) {
    heading += piece;
    if (heading.includes('\n') || heading.length > 1 << 20) break;
  }
  const line = heading.split(/\r?\n/, 1)[0] ?? '';
  const counts = [',', ';', '\t'].map((sign) => ({ sign, n: line.split(sign).length }));
  return counts.sort((a, b) => b.n - a.n)[0]?.sign ?? ',';
}
