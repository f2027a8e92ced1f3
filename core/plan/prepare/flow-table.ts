import type { CompiledFlow } from '../../directory/flow/compile.ts';
import { sameValues } from '../../directory/writer.ts';
import { type Attributes, values } from '../../domain/recipient.ts';
import { forestOfRole } from '../../store/forests.ts';
import { matchedPairs } from '../../store/matches.ts';
import { getRecipients, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import type { PrepareOptions } from './options.ts';
import { draftPrepare } from './plan.ts';

/** One attribute of an object, from the source to the target. */
export interface FlowRow {
  attribute: string;
  direction: 'import' | 'export';
  /** For people: `copy of department`, `constant`, `lower(mail)`, `remap of manager`, `worked out by prepare`. */
  how: string;
  /** Whether the rule is of one's own. */
  own: boolean;
  source: string[];
  /** What the target has now; for an import, nothing. */
  now: string[];
  /** What the target will have; for an import, what is seen of the source. */
  result: string[];
  changes: boolean;
}

export interface FlowTable {
  sourceDn: string;
  /** Where the result will be found; null when nothing is planned for the object. */
  targetDn: string | null;
  /** Whether the target object is there already. */
  exists: boolean;
  rows: FlowRow[];
  notes: string[];
}

const WORKED_OUT = 'worked out by prepare';

/** What becomes of every attribute of one source object, before anything is written or even planned. */
export async function flowTable(
  store: Store,
  flow: CompiledFlow,
  source: StoredRecipient,
  options: PrepareOptions,
): Promise<FlowTable> {
  const { changes, notes } = await draftPrepare(store, { options }, flow, new Set([source.id]));
  const targetForest = await forestOfRole(store, 'target');
  const mine = changes.filter(
    (c) => c.sourceId === source.id && c.forestId === targetForest?.id && c.kind !== 'delete',
  );
  const targetId = (await matchedPairs(store)).get(source.id);
  const target = targetId === undefined ? undefined : (await getRecipients(store, [targetId])).get(targetId);
  const made = mine.find((c) => c.kind === 'add');
  const now = made ? {} : (target?.attributes ?? {});
  const result: Attributes = Object.assign({ ...now }, ...mine.map((c) => c.after));
  const imported = flow.imported(source);
  return {
    sourceDn: source.dn,
    targetDn: made?.dn ?? mine[0]?.dn ?? target?.dn ?? null,
    exists: made === undefined && target !== undefined,
    rows: [...importRows(flow, source, imported), ...exportRows(flow, imported, now, result)],
    notes: notes.notes.filter((n) => n.object === source.dn).map((n) => n.note),
  };
}

function importRows(flow: CompiledFlow, source: StoredRecipient, imported: StoredRecipient): FlowRow[] {
  return flow.importRules.flatMap((rule): FlowRow[] => {
    if (!rule.applies(source)) return [];
    const [before, after] = [values(source.attributes, rule.attribute), values(imported.attributes, rule.attribute)];
    const row = { attribute: rule.attribute, how: rule.how, source: [...before], now: [], result: [...after] };
    return [{ ...row, direction: 'import', own: true, changes: !sameValues(rule.attribute, before, after) }];
  });
}

function exportRows(flow: CompiledFlow, source: StoredRecipient, now: Attributes, result: Attributes): FlowRow[] {
  const names = new Set([...flow.attributesOut, ...Object.keys(result)]);
  return [...names].sort().flatMap((attribute): FlowRow[] => {
    const rule = flow.ruleFor(attribute, source);
    const [have, will] = [values(now, attribute), values(result, attribute)];
    const from = values(source.attributes, rule?.remap ?? attribute);
    const changes = !sameValues(attribute, have, will);
    if (have.length + will.length === 0 && (from.length === 0 || !rule)) return [];
    if (!rule && !changes) return [];
    const how = rule?.how ?? WORKED_OUT;
    const lists = { source: [...from], now: [...have], result: [...will] };
    return [{ attribute, direction: 'export', how, own: rule?.own ?? false, ...lists, changes }];
  });
}

/** An attribute of one object that another flow would give another value. */
export interface FlowDifference {
  sourceDn: string;
  attribute: string;
  inForce: string[];
  proposed: string[];
}

/** Results of two flows that differ, over all objects: how many by attribute, and the first of them. */
export async function compareFlows(
  store: Store,
  flows: { inForce: CompiledFlow; proposed: CompiledFlow },
  options: PrepareOptions,
  page: { attribute?: string | undefined; limit: number },
): Promise<{ objects: number; attributes: { attribute: string; objects: number }[]; differences: FlowDifference[] }> {
  const [a, b] = [await resultsOf(store, flows.inForce, options), await resultsOf(store, flows.proposed, options)];
  const names = new Set([...flows.inForce.attributesOut, ...flows.proposed.attributesOut, 'proxyAddresses', 'mail']);
  const counts = new Map<string, number>();
  const differences: FlowDifference[] = [];
  let objects = 0;
  for (const id of new Set([...a.keys(), ...b.keys()])) {
    const [before, after] = [a.get(id), b.get(id)];
    let differs = false;
    for (const attribute of names) {
      // The X500 address of a new legacyExchangeDN is another one each time.
      const shown = (list: readonly string[]) =>
        list.filter((v) => attribute !== 'proxyAddresses' || !/^x500:/i.test(v));
      const inForce = shown(values(before?.attributes ?? {}, attribute));
      const proposed = shown(values(after?.attributes ?? {}, attribute));
      if (sameValues(attribute, inForce, proposed)) continue;
      differs = true;
      counts.set(attribute, (counts.get(attribute) ?? 0) + 1);
      if (differences.length >= page.limit || (page.attribute !== undefined && page.attribute !== attribute)) continue;
      differences.push({ sourceDn: (before ?? after)?.sourceDn ?? '', attribute, inForce, proposed });
    }
    if (differs) objects++;
  }
  const attributes = [...counts].map(([attribute, n]) => ({ attribute, objects: n }));
  return { objects, attributes: attributes.sort((x, y) => y.objects - x.objects), differences };
}

/** What a flow plans for each source object, in the target. */
async function resultsOf(store: Store, flow: CompiledFlow, options: PrepareOptions) {
  const { changes, sourceDns } = await draftPrepare(store, { options }, flow, undefined);
  const target = await forestOfRole(store, 'target');
  const found = new Map<number, { sourceDn: string; attributes: Attributes }>();
  for (const change of changes) {
    const id = change.sourceId;
    if (id === null || change.forestId !== target?.id || change.kind === 'delete') continue;
    const known = found.get(id) ?? { sourceDn: sourceDns(id) ?? '', attributes: {} };
    Object.assign(known.attributes, change.after);
    found.set(id, known);
  }
  return found;
}
