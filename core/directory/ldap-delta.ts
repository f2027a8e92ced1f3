import { ShowDeletedControl } from './ldap-controls.ts';
import type { Fetcher } from './ldap-fetch.ts';
import type { OpenServer } from './ldap-server.ts';
import type { DeltaState, ReadBatch, ReadOptions, ReadResult } from './reader.ts';

export interface DeltaPlan {
  fetcher: Fetcher;
  server: OpenServer;
  bases: string[];
  notes: string[];
}

/** Every class that may be a recipient; one that lost its mail attributes is found as well, and dropped. */
const CLASS_FILTER =
  '(|(objectClass=user)(objectClass=contact)(objectClass=group)(objectClass=msExchDynamicDistributionList)(objectClass=publicFolder))';

/** Objects changed since a change number, the deleted among them, in one search. */
export async function* readDelta(
  plan: DeltaPlan,
  since: DeltaState,
  _options: ReadOptions,
): AsyncGenerator<ReadBatch, ReadResult> {
  const { fetcher, server, bases, notes } = plan;
  const filter = `(&(uSNChanged>=${since.usn + 1})${CLASS_FILTER})`;
  for (const base of bases) {
    for await (const page of fetcher.pages(base, filter, undefined, () => [new ShowDeletedControl()])) {
      yield await fetcher.batch(page);
    }
  }
  const state = { ...since, usn: server.facts.highestUsn ?? since.usn };
  return { mode: 'delta', state, notes, queries: fetcher.queries };
}
