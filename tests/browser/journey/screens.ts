import type { Page } from 'playwright-core';
import type { Person } from '../driver.ts';

export interface Screen {
  name: string;
  path: string;
  /** Text that stands there once it has been read. */
  says: string | RegExp;
  /** Looked at in large windows too. */
  wide?: true;
}

/** Every screen of a project that has come to its end. */
export const SCREENS: readonly Screen[] = [
  { name: 'overview', path: '/', says: 'Last entries of the audit log', wide: true },
  { name: 'start', path: '/start', says: 'The way to the first batch' },
  { name: 'forests', path: '/forests', says: 'Fabrikam' },
  { name: 'forest', path: '/forests?edit=Northwind', says: 'Accounts' },
  { name: 'preflight', path: '/preflight', says: /checks? passed/ },
  { name: 'ports', path: '/preflight?tab=ports', says: 'Source domain controllers', wide: true },
  { name: 'recipients', path: '/recipients', says: 'Mailbox', wide: true },
  { name: 'matches', path: '/matches', says: 'Matched' },
  { name: 'match', path: '/matches?row=1', says: 'Attribute', wide: true },
  { name: 'rules', path: '/matches/rules', says: 'What an expression can say' },
  { name: 'prepare', path: '/prepare', says: /changes? (is|are|was|were)/, wide: true },
  { name: 'change', path: '/prepare?row=1', says: 'Attributes' },
  { name: 'plan', path: '/plan', says: /mailboxes fit|No mailbox can be planned/ },
  { name: 'waves', path: '/plan?tab=waves', says: /No mailbox can be planned|shares? mailbox/ },
  { name: 'timeline', path: '/plan?tab=timeline', says: 'Windows and blackouts', wide: true },
  { name: 'flow', path: '/prepare/flow', says: 'What an expression can say' },
  { name: 'batches', path: '/batches', says: 'Done' },
  { name: 'batch', path: '/batches/1', says: /cut over and done/, wide: true },
  { name: 'member', path: '/batches/1?row=1', says: 'Only folders with work left', wide: true },
  { name: 'cutover', path: '/batches/1?tab=cutover', says: 'Turn mail flow', wide: true },
  { name: 'mails', path: '/batches/1?tab=mails', says: /Notifications are turned off/ },
  { name: 'folders', path: '/public-folders', says: 'Folder', wide: true },
  { name: 'sizes', path: '/public-folders?side=sizes', says: /folders with/, wide: true },
  { name: 'workers', path: '/workers', says: 'second-worker' },
  { name: 'reports', path: '/reports', says: /was found in the target/, wide: true },
  { name: 'notifications', path: '/notifications', says: 'Templates' },
  { name: 'audit', path: '/audit', says: /signed off/ },
  { name: 'settings', path: '/settings', says: 'Appearance', wide: true },
];

/** What opens over a screen and is no step of the way. */
export const DIALOGS: readonly (Screen & { open: (page: Page) => Promise<void> })[] = [
  { name: 'palette', path: '/', says: 'Audit', open: (page) => page.keyboard.press('Control+k') },
  {
    name: 'account',
    path: '/forests',
    says: 'Accounts',
    open: (page) => page.getByRole('button', { name: /^(Set|Change): Exchange account of Northwind/ }).click(),
  },
  {
    name: 'more',
    path: '/matches',
    says: 'Matched',
    open: (page) => page.getByRole('button', { name: 'More' }).click(),
  },
  {
    name: 'columns',
    path: '/batches/1',
    says: /cut over and done/,
    open: (page) => page.getByRole('button', { name: 'Columns' }).click(),
  },
  {
    name: 'views',
    path: '/recipients',
    says: 'Mailbox',
    open: (page) => page.getByRole('button', { name: /views/i }).click(),
  },
];

/** Goes there inside the running page, as a link does, and waits until it has been read. */
export async function visit(person: Person, screen: Screen): Promise<void> {
  await person.moveTo(screen.path);
  await person.page.getByText(screen.says).first().waitFor({ timeout: 20_000 });
  await person.page.locator('.MuiSkeleton-root').first().waitFor({ state: 'detached', timeout: 20_000 });
}
