/** The field's words, once, for tables, screens, reports and the command line. */

export const FOREST_ROLES = ['source', 'target'] as const;
export type ForestRole = (typeof FOREST_ROLES)[number];

export const ACCOUNT_PURPOSES = ['directory', 'exchange', 'public-folders', 'smtp', 'proxy'] as const;
export type AccountPurpose = (typeof ACCOUNT_PURPOSES)[number];

/** The ten states of a batch and a workload, with the sign that stands beside the word everywhere. */
export const STATES = {
  planned: { word: 'Planned', sign: '○' },
  waiting: { word: 'Waiting', sign: '◷' },
  syncing: { word: 'Syncing', sign: '◐' },
  inSync: { word: 'In sync', sign: '●' },
  held: { word: 'Held', sign: '‖' },
  cuttingOver: { word: 'Cutting over', sign: '⇄' },
  done: { word: 'Done', sign: '✓' },
  decision: { word: 'Needs decision', sign: '▲' },
  failed: { word: 'Failed', sign: '✕' },
  undone: { word: 'Undone', sign: '↶' },
} as const;
export type State = keyof typeof STATES;

export const MATCH_STATES = ['matched', 'review', 'conflict', 'create', 'unmatched', 'filtered'] as const;
export type MatchState = (typeof MATCH_STATES)[number];

export const RECIPIENT_KINDS = [
  'mailbox',
  'sharedMailbox',
  'roomMailbox',
  'equipmentMailbox',
  'linkedMailbox',
  'mailUser',
  'contact',
  'group',
  'dynamicGroup',
  'publicFolder',
  'user',
] as const;
export type RecipientKind = (typeof RECIPIENT_KINDS)[number];

/** Kinds of task a worker claims. */
export const TASK_KINDS = [
  'hierarchy',
  'sync',
  'finalSync',
  'verify',
  'cutover',
  'notify',
  'provision',
  'statistics',
  'preflight',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

export const WORKLOAD_KINDS = ['mailbox', 'archive', 'publicFolders'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** Consistency grades as administrators know them from Microsoft's moves. */
export const GRADES = ['Perfect', 'Good', 'Investigate', 'Poor'] as const;
export type Grade = (typeof GRADES)[number];
