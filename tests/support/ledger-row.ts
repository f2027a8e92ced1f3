import { itemKey, type LedgerRow } from '../../core/store/ledger.ts';

/** A row of an item that nothing has happened to yet. */
export function pendingRow(
  workloadId: number,
  sourceId: string,
  { folderId = 1, fence = 1 }: { folderId?: number; fence?: number } = {},
): LedgerRow {
  return {
    workloadId,
    sourceKey: itemKey(sourceId),
    folderId,
    state: 'pending',
    sourceId,
    sourceChangeKey: '',
    targetId: null,
    targetChangeKey: null,
    searchKey: null,
    itemClass: 'IPM.Note',
    associated: false,
    inArchive: false,
    size: 1,
    itemDate: null,
    digest: null,
    transport: null,
    reason: null,
    fence,
  };
}
