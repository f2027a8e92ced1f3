import { safeCell } from '../../../core/domain/spreadsheet.ts';
import type { Column } from '../VirtualTable.tsx';

/** Rows as CSV (RFC 4180), with the mark that Excel wants, in the columns that are seen. */
export function toCsv<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => textOf(column, row)))];
  return `\uFEFF${lines.map((cells) => cells.map(quote).join(',')).join('\r\n')}\r\n`;
}

function textOf<T>(column: Column<T>, row: T): string {
  if (column.csv) return String(column.csv(row) ?? '');
  const cell = column.cell(row);
  return typeof cell === 'string' || typeof cell === 'number' ? String(cell) : '';
}

function quote(text: string): string {
  const safe = safeCell(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
