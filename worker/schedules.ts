import { TransplantError } from '../core/domain/errors.ts';
import { runDue } from '../core/plan/schedule/due.ts';
import { keepSpansAhead } from '../core/plan/schedule/windows.ts';
import { requireClear } from '../core/preflight/gate.ts';
import { batchById } from '../core/store/batches.ts';
import type { Store } from '../core/store/store.ts';

/** Does what schedules say is due, and keeps the queue's windows worked out ahead. Every worker calls it now and then. */
export async function keepSchedules(store: Store): Promise<void> {
  await keepSpansAhead(store);
  await runDue(store, async (batchId) => {
    const batch = await batchById(store, batchId);
    if (!batch) return 'The batch was removed.';
    try {
      await requireClear(store, batch.name);
      return undefined;
    } catch (error) {
      if (error instanceof TransplantError) return error.text.happened;
      throw error;
    }
  });
}
