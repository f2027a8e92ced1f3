import { UsageError } from '../../domain/errors.ts';
import { nameKey } from '../../domain/name-key.ts';
import { createBatch, listBatches } from '../../store/batches.ts';
import type { Store } from '../../store/store.ts';
import { workloadsFrom } from '../../store/workload-candidates.ts';
import { candidates } from '../batches/create.ts';
import type { WavePlan } from './plan.ts';

/**
 * Makes a batch of each wave; workloads begin with the sizes that were measured. Who went into another batch since the
 * plan was made stays there.
 * @throws UsageError when a batch of one of the names is there already, before anything is made
 */
export async function createWaves(
  store: Store,
  plan: WavePlan,
): Promise<{ id: number; name: string; mailboxes: number }[]> {
  await requireNewNames(
    store,
    plan.waves.map((wave) => wave.name),
  );
  const free = new Map((await candidates(store)).filter((c) => c.batch === null).map((c) => [c.sourceId, c]));
  const made: { id: number; name: string; mailboxes: number }[] = [];
  for (const wave of plan.waves) {
    const sizes = new Map(wave.members.map((member) => [member.sourceId, member]));
    const members = wave.members.flatMap((member) => free.get(member.sourceId) ?? []);
    if (members.length === 0) continue;
    const workloads = workloadsFrom(members).map((workload) => {
      const { items, bytes } = sizes.get(workload.sourceId ?? 0) ?? { items: null, bytes: null };
      return { ...workload, itemsTotal: items ?? 0, bytesTotal: bytes ?? 0 };
    });
    const batch = await createBatch(store, { name: wave.name, workloads });
    made.push({ id: batch.id, name: batch.name, mailboxes: members.length });
  }
  return made;
}

async function requireNewNames(store: Store, names: readonly string[]): Promise<void> {
  const taken = new Set((await listBatches(store)).map((batch) => nameKey(batch.name)));
  const found = names.filter((name) => taken.has(nameKey(name)));
  if (found.length === 0) return;
  throw new UsageError({
    tried: `create ${names.length} batches`,
    happened: `There is a batch of this name already: ${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''}.`,
    next: 'Choose another beginning of the names; nothing was created.',
  });
}
