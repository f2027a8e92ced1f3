import { dnKey } from '../directory/dn.ts';
import { UsageError } from '../domain/errors.ts';
import type { Forest } from '../store/forests.ts';
import { listForests } from '../store/forests.ts';
import {
  type DecisionChoice,
  dropDecisions,
  eachMatch,
  listDecisions,
  type MatchLine,
  storeDecisions,
} from '../store/matches.ts';
import { findRecipients, type StoredRecipient } from '../store/recipients.ts';
import type { Store } from '../store/store.ts';
import { previewReview, type ReviewPreview, type ReviewRow } from './review.ts';

/** The one object of a side that a person means by a DN, address, logon name or GUID. @throws UsageError */
export async function objectMeant(store: Store, role: 'source' | 'target', text: string): Promise<StoredRecipient> {
  const forests = (await listForests(store)).filter((f: Forest) => f.role === role);
  const found = (await Promise.all(forests.map((f) => findRecipients(store, f.id, text)))).flat();
  const [only] = found;
  if (only && found.length === 1) return only;
  throw new UsageError({
    tried: `find "${text}" among the objects of the ${role}`,
    happened: only ? `${found.length} objects fit: ${found.map((r) => r.dn).join('; ')}.` : 'No object fits.',
    next: 'Give its DN, or an SMTP address, logon name or GUID that only it has.',
  });
}

/** Keeps a decision about a source object; match run follows it from then on. */
export async function decideMatch(
  store: Store,
  who: string,
  sourceGuid: string,
  choice: DecisionChoice,
  targetGuid: string | null,
): Promise<void> {
  await storeDecisions(store, [{ sourceGuid, targetGuid: choice === 'match' ? targetGuid : null, choice, who }]);
}

/** Compares a reviewed file's rows with what is stored. */
export async function previewImport(store: Store, rows: readonly Partial<ReviewRow>[]): Promise<ReviewPreview> {
  const byGuid = new Map<string, MatchLine>();
  const byDn = new Map<string, MatchLine>();
  for await (const page of eachMatch(store)) {
    for (const line of page) {
      byGuid.set(line.sourceGuid, line);
      byDn.set(dnKey(line.sourceDn), line);
    }
  }
  const targets = await targetsByDn(store);
  const decisions = new Map((await listDecisions(store)).map((d) => [d.sourceGuid, d]));
  return previewReview(rows, {
    source: (guid, dn) => byGuid.get(guid) ?? byDn.get(dnKey(dn)),
    target: (dn) => targets.get(dnKey(dn)),
    decision: (guid) => decisions.get(guid),
  });
}

/** Keeps the decisions of a preview. @returns how many */
export async function applyReview(store: Store, who: string, preview: ReviewPreview): Promise<number> {
  const cleared = preview.changes.filter((c) => c.to.choice === 'clear').map((c) => c.sourceGuid);
  const decided = preview.changes.flatMap(({ sourceGuid, to }) =>
    to.choice === 'clear' ? [] : [{ sourceGuid, targetGuid: to.targetGuid, choice: to.choice, who }],
  );
  await dropDecisions(store, cleared);
  await storeDecisions(store, decided);
  return preview.changes.length;
}

async function targetsByDn(store: Store): Promise<Map<string, { guid: string; dn: string }>> {
  const found = new Map<string, { guid: string; dn: string }>();
  for (const forest of await listForests(store)) {
    if (forest.role !== 'target') continue;
    const rows = await store.db
      .selectFrom('recipient')
      .select(['guid', 'dn'])
      .where('forest_id', '=', forest.id)
      .where('deleted', '=', 0)
      .execute();
    for (const row of rows) found.set(dnKey(row.dn), row);
  }
  return found;
}
