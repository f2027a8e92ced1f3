import { held } from './held.ts';

const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

export const rulesTexts = {
  title: 'Rules',
  flowTitle: 'Attribute flow',
  sentence: {
    own: (who: string, when: string) => `Rules of your own are in force, saved by ${held(who)}, ${when}.`,
    builtIn: 'The built-in rules are in force. Write your own beside them; nothing changes until you save.',
  },
  flowSentence: {
    own: (who: string, when: string) => `A flow of your own is in force, saved by ${held(who)}, ${when}.`,
    builtIn: 'The built-in flow is in force. Write your own beside it; nothing changes until you save.',
  },
  text: 'Rules, as YAML or JSON',
  flowText: 'Attribute flow, as YAML or JSON',
  save: 'Save and match',
  saveFlow: 'Save',
  saved: 'The rules are saved, and everything was matched again.',
  flowSaved: 'The flow is saved; it holds for the next plan.',
  reset: 'Back to the built-in ones',
  resetDone: 'The built-in ones are in force again.',
  useBuiltIn: 'Begin with the built-in ones',
  unsaved: 'Not saved yet',
  problems: (n: number, shown: string) => `${shown} ${plural(n, 'problem', 'problems')}`,
  problem: (line: string, column: string, message: string) => `Line ${line}, column ${column}: ${message}`,
  preview: 'What it would do',
  nothingWritten:
    'Write something, or begin with the built-in ones: what it would do to the stored objects appears here.',
  previewing: 'Trying it on the stored objects …',
  changed: (n: number, shown: string) =>
    n === 0
      ? 'No object would come out otherwise.'
      : `${shown} ${plural(n, 'object', 'objects')} would come out otherwise.`,
  columns: {
    state: 'State',
    now: 'Now',
    later: 'Then',
    rule: 'Rule',
    pairs: 'Pairs',
    matched: 'Matches',
    source: 'Source',
    from: 'Now',
    to: 'Then',
    target: 'Target',
    value: 'Value',
  },
  counts: 'Matches, now and then',
  rulesOf: 'Each rule',
  changes: 'What would change',
  pairsOf: (rule: string) => `What ${rule} ties together`,
  choose: (rule: string) => `Show what ${rule} ties together`,
  help: 'What an expression can say',
  names: 'Names',
  functions: 'Functions',
  flow: {
    objects: (n: number, shown: string) =>
      n === 0
        ? 'No object would get another value.'
        : `${shown} ${plural(n, 'object', 'objects')} would get other values.`,
    attributes: 'By attribute',
    attribute: 'Attribute',
    objectsHead: 'Objects',
    differences: 'Values',
    inForce: 'Now',
    proposed: 'Then',
    one: 'One object',
    object: 'Address, logon name or DN of a source object',
    show: 'Show',
    direction: { import: 'in', export: 'out' },
    way: 'Way',
    how: 'From',
    source: 'In the source',
    now: 'In the target now',
    result: 'In the target then',
    goesTo: (dn: string | null) => (dn === null ? 'Nothing is planned for this object.' : dn),
  },
  open: 'Rules',
  openFlow: 'Attribute flow',
};
