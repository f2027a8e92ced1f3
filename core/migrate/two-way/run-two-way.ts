import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { runSync } from '../sync/run-sync.ts';
import { BackPass } from './back-pass.ts';

/**
 * Syncs both sides of a subtree: what people changed in the target goes to the source first, conflicts by the rule, then
 * the source's changes go to the target as ever. The ledger is the shared record of pairs with both change keys as we
 * last wrote them; an item that has the key on record was not changed by anybody else, whichever side lists it. Folders
 * that the source was never listed of wait until it was.
 */
export async function runTwoWay(job: Job, options: { final: boolean }): Promise<SyncResult> {
  const pass = new BackPass(job);
  await pass.run(({ syncState, facts }) => syncState !== null && !facts.lostTarget);
  const there = await runSync(job, options);
  await pass.run(() => true);
  const { copied, updated, deleted, readStates, bad, writes } = pass.result;
  const said = [
    `${copied} items were new in the target, ${updated} were changed and ${deleted} removed there`,
    'the source has them so, too.',
  ];
  return {
    ...there,
    copied: there.copied + copied,
    updated: there.updated + updated,
    deleted: there.deleted + deleted,
    readStates: there.readStates + readStates,
    bad: there.bad + bad,
    writes: there.writes + writes,
    notes: [...there.notes, ...(writes > 0 ? [said.join('; ')] : []), ...pass.notes],
  };
}
