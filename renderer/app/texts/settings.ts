import { held } from './held.ts';
export const settingsTexts = {
  title: 'Settings',
  sentence: (f: { windows: number; limits: number }) => {
    const windows =
      f.windows === 0
        ? 'No maintenance window is planned'
        : `${f.windows} maintenance ${f.windows === 1 ? 'window is' : 'windows are'} planned`;
    const limits =
      f.limits === 0
        ? 'no endpoint is limited'
        : `${f.limits} ${f.limits === 1 ? 'endpoint is' : 'endpoints are'} limited`;
    return `${windows}; ${limits}.`;
  },
  tells: 'The system says when a batch ends while you look elsewhere.',
  tellsNot: 'The system can say when a batch ends while you look elsewhere, if this browser is allowed to.',
  allow: 'Allow notifications',
  database: 'Database',
  address: 'Address',
  server: 'Server',
  collation: 'Collation',
  account: 'Account',
  rights: 'Rights',
  allRights: 'All that are needed',
  grants: 'For an administrator of the server',
  encryption: 'Connection',
  encrypted: 'Encrypted',
  notEncrypted: 'Not encrypted',
  size: 'Size',
  schema: 'Tables',
  schemas: {
    absent: 'Not created yet',
    older: 'Older than this program',
    current: 'Up to date',
    newer: 'Newer than this program',
    changed: 'Made by another version',
  },
  program: 'This console',
  version: 'Version',
  user: 'User',
  host: 'Machine',
  dataFolder: 'Data folder',
  keyFile: 'Key file',
  windows: 'Maintenance windows',
  windowsText:
    'Nothing new is begun in a window; what runs finishes its step and waits. Times are those of this machine.',
  noWindows: 'None is planned.',
  addWindow: 'Add a window',
  scope: 'For',
  everything: 'Everything',
  batch: (name: string) => `Batch ${held(name)}`,
  from: 'From',
  to: 'To',
  reason: 'Reason',
  reasonHint: 'Shown to everybody who wonders why nothing runs',
  remove: 'Remove',
  windowAdded: 'The window is planned.',
  windowRemoved: 'The window is removed.',
  now: 'now',
  limits: 'Limits of endpoints',
  limitsText:
    'How many tasks may run at one server at a time, over all workers. Workers slow down by themselves when a server asks for it; a limit is for what it does not say.',
  noLimits: 'No endpoint is limited.',
  endpoint: 'Endpoint',
  endpointHint: 'host of an Exchange server, with its port if not 443, or workload:NUMBER',
  maxRunning: 'At a time',
  noLimit: 'No limit',
  waitsUntil: (time: string) => `waits until ${time}`,
  setLimit: 'Set',
  limitSet: (endpoint: string) => `The limit of ${endpoint} is set.`,
  appearance: 'Appearance',
  appearanceText: 'Light or dark; by the system until you choose.',
  passwordKey: 'Key of the stored passwords',
  passwordKeyText:
    'Passwords are sealed under a key that approved consoles and workers have. If none of them is left, start over: nothing but the passwords is lost.',
  newKey: 'Start over with a new key …',
  newKeyTitle: 'Start over with a new key?',
  newKeyText:
    'No stored password can be opened afterwards: each is entered again, and every other machine is approved again. Batches, matches and the ledger stay as they are. As long as another approved console is left, let that one approve this machine instead.',
  newKeyTyped: 'new key',
  newKeyConfirm: 'Start over',
  newKeyDone: 'This console has a new key',
  newKeyKept: 'Batches, matches and the ledger are as they were.',
  accountsAgain: 'Enter these passwords again',
  accountOf: (forest: string, purpose: string, user: string) => `${held(forest)}, ${purpose}: ${held(user)}`,
  enterAgain: 'Enter the passwords',
  machinesAgain: 'Compare the fingerprints of these machines and approve them again',
  keys: 'Keys',
  keyList: [
    ['Ctrl+K', 'Go to a place or find anything'],
    ['/', 'Search in this list'],
    ['↑ ↓ Page up, Page down, Home, End', 'Walk through a list'],
    ['Enter', 'Open the row'],
    ['Space', 'Choose the row'],
    ['Alt+↑ ↓ Home, End', 'Members of a batch: their turn comes earlier, later, first, last'],
    ['Esc', 'Close the drawer'],
    ['Enter, 1 to 9, S, U', 'Matches: accept, choose, skip, undo'],
  ] as [string, string][],
};
