import { type CompiledFlow, flowOf } from '../../directory/flow/compile.ts';
import { UsageError } from '../../domain/errors.ts';
import { createPlan, type NewChange, type PlanNotes } from '../../store/directory-changes.ts';
import { type Forest, forestOfRole } from '../../store/forests.ts';
import { keptText } from '../../store/kept-texts.ts';
import type { Store } from '../../store/store.ts';
import type { DraftRequest } from './options.ts';
import { Planner } from './planner.ts';

export interface PrepareRequest extends DraftRequest {
  createdBy: string;
  /** Only the members of this batch. */
  batchId?: number | null;
}

/** Works out every directory change that prepares the target, and stores it. Nothing is written to a directory. */
export async function planPrepare(store: Store, request: PrepareRequest): Promise<{ planId: number; changes: number }> {
  const flow = flowOf((await keptText(store, 'prepare.flow'))?.text);
  const { changes, notes } = await draftPrepare(store, request, flow, await membersOf(store, request.batchId ?? null));
  const planId = await createPlan(
    store,
    { batchId: request.batchId ?? null, purpose: 'prepare', createdBy: request.createdBy, notes },
    changes,
  );
  return { planId, changes: changes.length };
}

/** Works out the changes for some source objects, or all, and stores nothing. */
export async function draftPrepare(
  store: Store,
  request: DraftRequest,
  flow: CompiledFlow,
  members: ReadonlySet<number> | undefined,
): Promise<{ changes: NewChange[]; notes: PlanNotes; sourceDns: (id: number) => string | undefined }> {
  const [source, target] = [await forest(store, 'source'), await forest(store, 'target')];
  const planner = await Planner.load(store, source, target, request, flow);
  await planner.planAll(store, members);
  return { changes: planner.changes(), notes: planner.notes, sourceDns: (id) => planner.sourceDn(id) };
}

async function forest(store: Store, role: 'source' | 'target'): Promise<Forest> {
  const found = await forestOfRole(store, role);
  if (found) return found;
  throw new UsageError({
    tried: 'plan how the target is prepared',
    happened: `There is no ${role} forest.`,
    next: `Add it with: transplant forest add NAME --role ${role} --ldap URL`,
  });
}

/** Source numbers of a batch's members; undefined means everybody. */
async function membersOf(store: Store, batchId: number | null): Promise<Set<number> | undefined> {
  if (batchId === null) return undefined;
  const rows = await store.db.selectFrom('workload').select('source_id').where('batch_id', '=', batchId).execute();
  return new Set(rows.flatMap((row) => (row.source_id === null ? [] : [row.source_id])));
}
