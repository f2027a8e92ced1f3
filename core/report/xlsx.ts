import type { Table } from './tables.ts';

/** Characters that the file format cannot hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters meant
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;
/** A cell's limit in Excel. */
const MAX_TEXT = 32_767;

/** A workbook with a sheet for each table. Every text is a text cell: nothing in it is ever a formula. */
export async function workbook(tables: Table[], title: string): Promise<Buffer> {
  const { default: Excel } = await import('@protobi/exceljs');
  const book = new Excel.Workbook();
  book.creator = 'Transplant';
  book.title = title;
  for (const table of tables) {
    const sheet = book.addWorksheet(table.name, { views: [{ state: 'frozen', ySplit: 1 }] });
    sheet.columns = table.columns.map((c) => ({ header: c.title, width: c.width }));
    sheet.getRow(1).font = { bold: true };
    for (const row of table.rows)
      sheet.addRow(
        row.map((cell) =>
          typeof cell === 'string' ? cell.toWellFormed().replace(FORBIDDEN, '\ufffd').slice(0, MAX_TEXT) : cell,
        ),
      );
    for (const [index, column] of table.columns.entries()) {
      if (column.title.includes('UTC')) sheet.getColumn(index + 1).numFmt = 'yyyy-mm-dd hh:mm:ss';
      else if (/Bytes|Size|Items|Verified|Copied/.test(column.title)) sheet.getColumn(index + 1).numFmt = '#,##0';
    }
    if (table.rows.length > 0)
      sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: 1, column: table.columns.length } };
  }
  return Buffer.from(await book.xlsx.writeBuffer());
}
