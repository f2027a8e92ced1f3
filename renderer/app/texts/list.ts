import { held } from './held.ts';
export const listTexts = {
  columns: 'Columns',
  defaultColumns: 'Columns of the program',
  views: 'Saved views',
  noViews: 'No view is saved yet.',
  viewName: 'Name of this view',
  saveView: 'Save',
  removeView: (name: string) => `Remove the view ${held(name)}`,
  csv: 'Export what is seen as CSV',
  cancelCsv: (read: string) => `Cancel (${read} read)`,
  exported: (rows: string) => `${rows} rows were exported.`,
  chosen: (n: string) => `${n} chosen`,
  chooseAll: (n: string) => `Choose all ${n}`,
  chooseNone: 'Choose none',
  choose: 'Choose',
};
