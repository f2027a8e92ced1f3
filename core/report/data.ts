import type { Grade, State } from '../domain/words.ts';
import { GRADES } from '../domain/words.ts';
import { type BadItem, listBadItems } from '../store/bad-items.ts';
import { type Batch, batchByName } from '../store/batches.ts';
import { reportedFolders } from '../store/report-folders.ts';
import type { Store } from '../store/store.ts';
import {
  type Finding,
  type ItemCounts,
  lastVerifications,
  NO_ITEMS,
  type SettingFinding,
  type VerificationResult,
} from '../store/verifications.ts';
import { workloadsOf } from '../store/workloads.ts';

/** Everything a report says about a batch, taken once so that all its formats agree. Times in ms, sizes in bytes. */
export interface ReportData {
  batch: Batch;
  /** When it was taken, by the database's clock. */
  takenAt: number;
  members: ReportMember[];
  folders: ReportFolder[];
  badItems: (BadItem & { mailbox: string; sourceAddress: string })[];
  totals: ItemCounts & { bytes: number };
  /** The worst grade of all members; null while one of them was never compared. */
  grade: Grade | null;
  verified: boolean;
}

export interface ReportMember {
  workloadId: number;
  kind: string;
  displayName: string;
  sourceAddress: string;
  targetAddress: string;
  root: string;
  state: State;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesDone: number;
  syncedAt: number | null;
  verification: { at: number; grade: Grade; result: VerificationResult } | null;
}

export interface ReportFolder {
  mailbox: string;
  path: string;
  folderClass: string;
  state: string;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesDone: number;
  /** Why it was renamed, skipped or put together; and users whose rights found nobody in the target. */
  note: string;
  orphans: string[];
}

/** A finding with the mailbox it is about. */
export interface ReportFinding extends Finding {
  mailbox: string;
}

/**
 * @param noted only folders of which there is something to say
 * @throws UsageError when there is no batch of that name.
 */
export async function reportData(store: Store, batchName: string, { noted = false } = {}): Promise<ReportData> {
  const batch = await batchByName(store, batchName);
  const members: ReportMember[] = [];
  const folders: ReportFolder[] = [];
  const totals = { ...NO_ITEMS, bytes: 0 };
  const verifications = await lastVerifications(store, batch.id);
  const foldersOf = await reportedFolders(store, batch.id, noted);
  for (const w of await workloadsOf(store, batch.id)) {
    if (w.state === 'undone') continue;
    const last = verifications.get(w.id);
    if (last) {
      totals.bytes += last.result.bytes;
      for (const key of Object.keys(NO_ITEMS) as (keyof typeof NO_ITEMS)[]) totals[key] += last.result.items[key];
    }
    members.push({
      workloadId: w.id,
      kind: w.kind,
      displayName: w.displayName,
      sourceAddress: w.sourceAddress,
      targetAddress: w.targetAddress,
      root: w.root,
      state: w.state,
      itemsTotal: w.itemsTotal,
      itemsDone: w.itemsDone,
      itemsBad: w.itemsBad,
      bytesDone: w.bytesDone,
      syncedAt: w.syncedAt,
      verification: last ? { at: last.at, grade: last.grade, result: last.result } : null,
    });
    for (const { workloadId: _, ...folder } of foldersOf.get(w.id) ?? []) {
      folders.push({ mailbox: w.displayName, ...folder });
    }
  }
  const grades = members.map((m) => m.verification?.grade ?? null);
  const compared = members.length > 0 && !grades.includes(null);
  return {
    batch,
    takenAt: await store.now(),
    members,
    folders,
    badItems: await listBadItems(store, { batchId: batch.id, limit: 100_000 }),
    totals,
    grade: compared ? worst(grades) : null,
    verified:
      compared &&
      totals.different + totals.missing + totals.extra + totals.bad === 0 &&
      !members.some((m) => m.verification?.result.settings.some(isOpenSetting)),
  };
}

/** A setting that should be in the target and is not. */
export function isOpenSetting({ outcome }: SettingFinding): boolean {
  return outcome === 'missing' || outcome === 'different' || outcome === 'extra';
}

function worst(grades: (Grade | null)[]): Grade | null {
  return grades.reduce((found, grade) =>
    found === null || (grade !== null && GRADES.indexOf(grade) > GRADES.indexOf(found)) ? grade : found,
  );
}

/** What verify found, item by item, over all members. */
export function findingsOf(data: ReportData): ReportFinding[] {
  return data.members.flatMap((member) =>
    (member.verification?.result.findings ?? []).map((finding) => ({ ...finding, mailbox: member.displayName })),
  );
}
