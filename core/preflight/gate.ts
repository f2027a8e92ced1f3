import { TransplantError } from '../domain/errors.ts';
import { blocksBatch, latestCheckResults, type StoredCheckResult } from '../store/checks.ts';
import type { Store } from '../store/store.ts';

/** A batch may not start while a check that it needs has failed and nobody took that on himself. */
export class PreflightBlocksError extends TransplantError {}

const NAMED = 3;

/** The newest results that stand in the way of a batch; those of other batches do not. */
export async function blockersOf(store: Store, batchName: string): Promise<StoredCheckResult[]> {
  const results = await latestCheckResults(store);
  return results.filter((one) => blocksBatch(one) && (one.group !== 'batch' || one.object === `batch ${batchName}`));
}

/** @throws PreflightBlocksError with the first few and what to do */
export async function requireClear(store: Store, batchName: string): Promise<void> {
  const blockers = await blockersOf(store, batchName);
  if (blockers.length === 0) return;
  const named = blockers.slice(0, NAMED).map(({ title, object, resultId }) => `${title}: ${object} (no. ${resultId})`);
  const more = blockers.length > NAMED ? ` and ${blockers.length - NAMED} more` : '';
  throw new PreflightBlocksError({
    tried: `start the batch ${batchName}`,
    happened: `${blockers.length === 1 ? 'A check that it needs has' : `${blockers.length} checks that it needs have`} failed: ${named.join('; ')}${more}.`,
    next: 'Mend it and run the check again (transplant preflight run), or go on in spite of it: transplant preflight override NO --reason "…"',
  });
}
