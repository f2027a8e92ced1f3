import { stringify } from 'csv-stringify/sync';
import type { Cell, Table } from './tables.ts';

/**
 * CSV as spreadsheets read it: UTF-8 with a byte order mark, CRLF. Text that a spreadsheet would take for a formula
 * (names of folders come from anybody) is led in by an apostrophe.
 */
export function tableCsv(table: Table): string {
  return stringify([table.columns.map((c) => c.title), ...table.rows.map((row) => row.map(text))], {
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
    quoted_match: /[\r\n]/,
  });
}

function text(cell: Cell): string | number {
  if (cell === null) return '';
  if (cell instanceof Date) return cell.toISOString();
  return cell;
}
