import type { State } from '../../../core/domain/words.ts';
import { held } from './held.ts';

const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

export const batchTexts = {
  batches: 'Batches',
  batch: 'Batch',
  /** The sentence over the list of batches. */
  listSentence: (f: { batches: string; running: number; decisions: number }) => {
    const running = f.running === 0 ? 'none is running' : `${f.running} ${plural(f.running, 'is', 'are')} running`;
    const decisions = f.decisions === 0 ? '' : `, ${f.decisions} ${plural(f.decisions, 'needs', 'need')} a decision`;
    return `${f.batches}; ${running}${decisions}.`;
  },
  countBatches: (count: number, shown: string) => `${shown} ${plural(count, 'batch', 'batches')}`,
  noBatches: 'There is no batch yet.',
  noBatchesNext: 'Match the recipients of both forests, then make a batch of those that go together:',
  noBatchesCommand: 'transplant batch create "Wave 1" --all --public-folders /',
  /** The sentence over one batch, by what is going on in it. */
  sentence: (f: {
    state: State;
    members: string;
    inSync: string;
    done: string;
    decisions: number;
    failed: number;
    doneAt: string | undefined;
  }) => {
    const trouble = [
      ...(f.decisions > 0 ? [`${f.decisions} ${plural(f.decisions, 'needs', 'need')} a decision`] : []),
      ...(f.failed > 0 ? [`${f.failed} failed`] : []),
    ].map((text) => `, ${text}`);
    const end = f.doneAt === undefined ? '' : `, done about ${f.doneAt}`;
    switch (f.state) {
      case 'planned':
        return `${f.members} members are planned; nothing has been copied yet.`;
      case 'done':
        return `All ${f.members} members are cut over and done.`;
      case 'undone':
        return `This batch was taken back.`;
      case 'cuttingOver':
        return `${f.done} of ${f.members} members are cut over${trouble.join('')}${end}.`;
      default:
        return `${f.inSync} of ${f.members} members in sync${trouble.join('')}${end}.`;
    }
  },
  items: (done: string, total: string) => `${done} of ${total} items`,
  size: (done: string, total: string) => `${done} of ${total}`,
  rate: (items: string, bytes: string) => `${items} items, ${bytes}/s`,
  workers: (count: number, shown: string) => `${shown} ${plural(count, 'worker', 'workers')}`,
  noWorkers: 'No worker is running',
  left: (span: string) => `${span} left`,
  search: 'Name or address',
  allStates: 'All',
  columns: {
    mailbox: 'Mailbox',
    state: 'State',
    items: 'Items',
    rate: 'Rate',
    left: 'Left',
    bad: 'Bad',
    size: 'Size',
    name: 'Batch',
    members: 'Members',
    progress: 'Progress',
    started: 'Started',
    priority: 'Priority',
    source: 'Source',
    target: 'Target',
    synced: 'Last in sync',
    grade: 'Grade',
    reason: 'Why',
  },
  states: {
    planned: 'Planned',
    waiting: 'Waiting',
    syncing: 'Syncing',
    inSync: 'In sync',
    held: 'Held',
    cuttingOver: 'Cutting over',
    done: 'Done',
    decision: 'Needs decision',
    failed: 'Failed',
    undone: 'Undone',
  } satisfies Record<State, string>,
  actions: {
    start: 'Start',
    resume: 'Go on',
    pause: 'Pause',
    hold: 'Hold',
    cutover: 'Cut over',
    undo: 'Undo',
    abort: 'Give up the cutover',
  },
  more: 'More actions',
  nobody: 'Nobody in this batch is like that.',
  clearFilter: 'Show all',
  members: 'Members of the batch',
  /** What an action did, for the toast. */
  did: {
    start: (n: number, shown: string) => `${shown} ${plural(n, 'member', 'members')} started.`,
    pause: (n: number, shown: string) => `${shown} ${plural(n, 'member', 'members')} paused.`,
    hold: (n: number, shown: string) => `${shown} ${plural(n, 'member', 'members')} held.`,
    cutover: (n: number, shown: string) => `${shown} ${plural(n, 'member is', 'members are')} being cut over.`,
    undo: (n: number, shown: string) => `${shown} ${plural(n, 'member', 'members')} taken back.`,
    abort: (n: number, shown: string) => `The cutover of ${shown} ${plural(n, 'member', 'members')} was given up.`,
  },
  order: 'Order',
  moves: { top: 'First of all', up: 'Earlier', down: 'Later', bottom: 'Last of all' },
  moved: {
    top: (n: number, shown: string) => `${shown} ${plural(n, 'member comes', 'members come')} first.`,
    up: (n: number, shown: string) => `${shown} ${plural(n, 'member comes', 'members come')} earlier.`,
    down: (n: number, shown: string) => `${shown} ${plural(n, 'member comes', 'members come')} later.`,
    bottom: (n: number, shown: string) => `${shown} ${plural(n, 'member comes', 'members come')} last.`,
  },
  placed: (n: number, many: string) =>
    n === 1 ? 'The member has its new turn.' : `${many} members have their new turns.`,
  showOrder: 'Show the order of turns, to change it',
  orderShown: 'Back to the order of names',
  orderColumn: 'Order: Alt with an arrow moves a member',
  orderFirst:
    'Only in the order of turns can a member go one up or down: press the sign with two arrows over the list.',
  dragLabel: (name: string) => `Move ${held(name)}: drag, or Alt+↑ and Alt+↓`,
  movedNone: 'Members that are done or taken back wait for no turn.',
  stayed: (count: string, why: string) => `${count} stayed as they are: ${why}.`,
  confirm: {
    cutover: {
      title: (name: string) => `Cut over ${held(name)}?`,
      text: (ready: string) =>
        `${ready} members are in sync. A last delta runs, then mail for them goes to the target. Members that are not in sync stay as they are. Undo is here afterwards.`,
    },
    undo: {
      title: (name: string) => `Take ${held(name)} back?`,
      text: (members: string) =>
        `Work on its ${members} members stops, and what a cutover changed in the directories is changed back. Nothing is deleted, neither in the source nor in the target.`,
    },
  },
  drawer: {
    folders: 'Folders',
    badItems: 'Bad items',
    history: 'History',
    pace: 'Pace',
    paceNow: (concurrency: number, max: number) => `${concurrency} of ${max} connections`,
    noFolders: 'No folder has been read yet.',
    noBadItems: 'Every item could be copied.',
    noHistory: 'No task has ended yet.',
    showUnfinished: 'Only folders with work left',
    nothingLeft: 'No folder has work left.',
    item: 'Item',
    attempt: (kind: string, machine: string) => `${kind} on ${held(machine)}`,
    unknownMachine: 'a removed worker',
    moreFolders: 'Show more folders',
    badItemFacts: (itemClass: string, size: string) => `${itemClass}, ${size}`,
  },
  outcomes: {
    done: 'done',
    failed: 'failed',
    released: 'handed back',
    expired: 'worker stopped answering',
  } as Record<string, string>,
  kinds: {
    hierarchy: 'Reading folders',
    sync: 'Copying items',
    finalSync: 'Last delta',
    verify: 'Verifying',
    cutover: 'Switching',
    provision: 'Preparing',
    statistics: 'Measuring',
    preflight: 'Checking',
  } as Record<string, string>,
};
