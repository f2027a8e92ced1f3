const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

export const planTexts = {
  title: 'Plan',
  sentence: (f: { free: string; elsewhere: string }) =>
    `${f.free} matched mailboxes can go into a batch; ${f.elsewhere} are in one already.`,
  tabs: { filter: 'By filter', waves: 'Waves', timeline: 'Time line' },
  name: 'Name of the batch',
  department: 'Department',
  kind: 'Kind',
  nameFilter: 'Name, with * for any text',
  mailFilter: 'Address, with * for any text',
  any: 'Any',
  withCount: (value: string, n: string) => `${value} (${n})`,
  everything: 'Every matched mailbox',
  found: (n: string, free: string) => `${n} mailboxes fit, ${free} of them free`,
  moreThanShown: (n: string) => `The first ${n} are shown.`,
  nobody: 'No matched mailbox fits.',
  targetChanges: 'Where somebody changed an item in the target',
  targetChange: {
    source: 'The source wins',
    target: 'The target wins',
    newest: 'The newest wins',
    report: 'Report it',
  },
  deepAtCutover: 'Compare every byte at the cutover, not a sample',
  settings: 'Delegates, inbox rules, automatic replies and other settings',
  archive: 'Archives too',
  make: 'Make the batch',
  made: (name: string, n: string) => `${name} has ${n} members.`,
  columns: { name: 'Mailbox', department: 'Department', kind: 'Kind', address: 'Address', batch: 'Batch' },
  maxMailboxes: 'Mailboxes a wave, at most',
  maxGigabytes: 'Size of a wave, at most',
  noLimit: 'any size',
  gigabytes: (n: string) => `${n} GB`,
  prefix: 'Name of the waves',
  prefixHint: (name: string) => `The first is ${name}`,
  makeWaves: (n: string) => `Make ${n} batches`,
  madeWaves: (n: string) => `${n} batches are made. Nothing has started.`,
  waveSentence: (f: {
    waves: number;
    wavesShown: string;
    mailboxes: string;
    kept: string;
    cut: number;
    cutShown: string;
  }) =>
    `${f.mailboxes} mailboxes in ${f.wavesShown} ${plural(f.waves, 'wave', 'waves')}; ${f.cut === 0 ? 'nobody who shares a mailbox is parted' : `${f.cutShown} ${plural(f.cut, 'pair that shares a mailbox is', 'pairs that share a mailbox are')} parted`}. ${f.kept} of what is shared stays together.`,
  nothingFree: 'Every matched mailbox is in a batch already.',
  nothingMatched: 'No mailbox can be planned yet.',
  nothingMatchedNext: 'Match the recipients of both forests and prepare the target; then waves can be made.',
  toMatches: 'Open matches',
  graph: 'Who shares mailboxes with whom',
  graphLabel: (f: { people: string; ties: string; cut: string }) =>
    `${f.people} mailboxes that share, ${f.ties} ties, ${f.cut} of them cut. The tables below say the same in words.`,
  graphNone: 'Nobody shares a mailbox with anybody, as far as is known.',
  graphPart: (shown: string, all: string) => `The ${shown} with the strongest ties of ${all} are drawn.`,
  alone: (n: string) => `${n} more that share with nobody`,
  wave: 'Wave',
  members: 'Mailboxes',
  size: 'Size',
  unmeasured: (n: string) => `${n} not measured`,
  wavesTable: 'Waves',
  cutTable: 'Parted although they share',
  cutNone: 'Nobody who shares a mailbox is parted.',
  first: 'Mailbox',
  second: 'Shares with',
  why: 'Why they are parted',
  rights: 'Rights',
  tooLarge: (name: string, n: string, waves: string) =>
    `${name} hang together and are more than a wave may hold: they are spread over ${waves}. (${n})`,
  oversized: (address: string, size: string) => `${address} alone is larger than a wave may be (${size}).`,
  collect: 'Measure and read rights',
  collecting: (open: string) => `Workers read sizes and rights; ${open} tasks are left.`,
  measured: (n: string, all: string) => `${n} of ${all} mailboxes are measured.`,
  asked: (n: string) => `${n} mailboxes will be measured.`,
};
