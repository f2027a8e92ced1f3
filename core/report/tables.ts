import { STATES } from '../domain/words.ts';
import type { SettingFinding } from '../store/verifications.ts';
import { findingsOf, type ReportData } from './data.ts';

/** A cell of a table: figures stay figures, times are Dates, text is text. */
export type Cell = string | number | Date | null;

export interface Table {
  /** File name without ending, and name of the sheet. */
  name: string;
  title: string;
  columns: { title: string; width: number }[];
  rows: Cell[][];
}

const time = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
const columns = (...list: [string, number][]) => list.map(([title, width]) => ({ title, width }));

/** The tables of a report, the same in CSV, XLSX and HTML. */
export function reportTables(data: ReportData): Table[] {
  return [members(data), folders(data), items(data), settings(data), badItems(data)];
}

function members(data: ReportData): Table {
  return {
    name: 'members',
    title: 'Mailboxes and public folders',
    columns: columns(
      ['Kind', 12],
      ['Name', 28],
      ['Source', 32],
      ['Target', 32],
      ['State', 14],
      ['Grade', 12],
      ['Items in source', 14],
      ['Items in target', 14],
      ['Verified', 12],
      ['Different', 12],
      ['Missing', 12],
      ['Extra', 12],
      ['Bad', 10],
      ['Accepted', 10],
      ['Left behind', 12],
      ['Bytes', 16],
      ['Last sync (UTC)', 20],
      ['Verified at (UTC)', 20],
      ['Content hash', 68],
    ),
    rows: data.members.map((m) => {
      const items = m.verification?.result.items;
      return [
        m.kind,
        m.displayName,
        m.sourceAddress || m.root,
        m.targetAddress,
        STATES[m.state].word,
        m.verification?.grade ?? 'not compared',
        items?.source ?? m.itemsTotal,
        items?.target ?? null,
        items?.verified ?? null,
        items?.different ?? null,
        items?.missing ?? null,
        items?.extra ?? null,
        items?.bad ?? m.itemsBad,
        items?.accepted ?? null,
        items?.skipped ?? null,
        m.verification?.result.bytes ?? m.bytesDone,
        time(m.syncedAt),
        time(m.verification?.at ?? null),
        m.verification?.result.digest ?? '',
      ];
    }),
  };
}

function folders(data: ReportData): Table {
  return {
    name: 'folders',
    title: 'Folders',
    columns: columns(
      ['Mailbox', 28],
      ['Folder', 50],
      ['Class', 18],
      ['State', 12],
      ['Items', 10],
      ['Copied', 10],
      ['Bad', 8],
      ['Bytes', 14],
      ['Note', 50],
      ['Rights without a match', 40],
    ),
    rows: data.folders.map((f) => [
      f.mailbox,
      f.path,
      f.folderClass,
      f.state,
      f.itemsTotal,
      f.itemsDone,
      f.itemsBad,
      f.bytesDone,
      f.note,
      f.orphans.join('; '),
    ]),
  };
}

function items(data: ReportData): Table {
  return {
    name: 'findings',
    title: 'What the comparison found',
    columns: columns(
      ['Finding', 12],
      ['Mailbox', 28],
      ['Folder', 50],
      ['Item class', 22],
      ['Size', 12],
      ['Date (UTC)', 20],
      ['Source item', 60],
      ['Target item', 60],
      ['Details', 60],
    ),
    rows: findingsOf(data).map((f) => [
      f.kind,
      f.mailbox,
      f.folder,
      f.itemClass,
      f.size,
      time(f.date),
      f.sourceId ?? '',
      f.targetId ?? '',
      f.details.join('; '),
    ]),
  };
}

/** Delegates, rules, automatic replies and the like; what cannot move stands with its reason. */
function settings(data: ReportData): Table {
  return {
    name: 'settings',
    title: 'Settings of mailboxes',
    columns: columns(['Mailbox', 28], ['Setting', 18], ['Name', 40], ['Outcome', 14], ['Reason', 60], ['Details', 40]),
    rows: data.members.flatMap((m) =>
      (m.verification?.result.settings ?? []).map((s) => [
        m.displayName,
        SETTING_WORDS[s.kind] ?? s.kind,
        s.name,
        OUTCOME_WORDS[s.outcome],
        s.reason,
        s.details.join('; '),
      ]),
    ),
  };
}

const SETTING_WORDS: Record<string, string> = {
  outOfOffice: 'Automatic replies',
  delegates: 'Delegate',
  inboxRules: 'Inbox rule',
  configuration: 'Configuration',
  quota: 'Limit',
  folderNames: 'Folder names',
};
const OUTCOME_WORDS: Record<SettingFinding['outcome'], string> = {
  same: 'in place',
  missing: 'missing',
  different: 'different',
  extra: 'extra',
  kept: 'kept as is',
  cannotMove: 'cannot move',
  note: 'to know',
};

function badItems(data: ReportData): Table {
  return {
    name: 'bad-items',
    title: 'Bad items',
    columns: columns(
      ['Mailbox', 28],
      ['Folder', 50],
      ['Item class', 22],
      ['Size', 12],
      ['Date (UTC)', 20],
      ['Reason', 14],
      ['Message', 40],
      ['Decision', 12],
      ['Decided by', 20],
      ['Decided at (UTC)', 20],
      ['Source item', 60],
    ),
    rows: data.badItems.map((b) => [
      b.mailbox,
      b.folderPath,
      b.itemClass,
      b.size,
      time(b.itemDate),
      b.reason,
      b.message,
      b.state,
      b.decidedBy ?? '',
      time(b.decidedAt),
      b.sourceId,
    ]),
  };
}
