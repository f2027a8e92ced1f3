/** Text tables for people: columns as wide as their widest cell, numbers to the right. */

export interface Column<T> {
  title: string;
  cell: (row: T) => string;
  right?: boolean;
  /** Longer cells are cut with an ellipsis. */
  max?: number;
}

export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = rows.map((row) => columns.map((column) => cut(clean(column.cell(row)), column.max ?? 60)));
  const widths = columns.map((column, i) =>
    Math.max(width(column.title), ...cells.map((line) => width(line[i] ?? ''))),
  );
  const line = (texts: readonly string[]) =>
    columns
      .map((column, i) => {
        const text = texts[i] ?? '';
        const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
        return column.right ? space + text : text + space;
      })
      .join('  ')
      .trimEnd();
  const titles = line(columns.map((column) => column.title));
  const rule = widths.map((w) => '─'.repeat(w)).join('  ');
  return `${[titles, rule, ...cells.map(line)].join('\n')}\n`;
}

/** Names come from directories: control signs and direction marks must not reach the terminal. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');
}

function width(text: string): number {
  return [...text].length;
}

function cut(text: string, max: number): string {
  const signs = [...text];
  return signs.length <= max ? text : `${signs.slice(0, max - 1).join('')}…`;
}
