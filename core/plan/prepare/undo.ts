import { toRecipient } from '../../directory/recipient.ts';
import { type DirectoryWriter, type Edit, including, sameValues } from '../../directory/writer.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Attributes, values } from '../../domain/recipient.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  type ChangeResult,
  changeCounts,
  type DirectoryChange,
  getPlan,
  listChanges,
  markChanges,
  setPlanState,
  settleChanges,
} from '../../store/directory-changes.ts';
import { setMatched } from '../../store/matches.ts';
import { loadDirectoryState, storeRecipients } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { type ApplyOptions, isRefusal, runs, unlike, type WriterFactory, Writers, writesOf } from './apply.ts';

export interface UndoResult {
  planId: number;
  undone: number;
  /** Changed after us: left as it is, with what differs. */
  kept: { dn: string; message: string }[];
}

const AT_ONCE = 40;
const PARALLEL = 8;

/** Attributes a server keeps for itself and refuses in a new object. */
const NOT_WRITABLE = new Set(
  (
    'objectGUID objectSid whenCreated whenChanged uSNCreated uSNChanged distinguishedName name cn objectCategory ' +
    'instanceType dSCorePropagationData sAMAccountType primaryGroupID badPwdCount badPasswordTime ' +
    'lastLogoff lastLogon pwdLastSet accountExpires logonCount memberOf isDeleted isCriticalSystemObject ' +
    'replPropertyMetaData showInAddressBookBL publicDelegatesBL altRecipientBL homeMDBBL directReports managedObjects'
  ).split(' '),
);

/**
 * Takes a plan's changes back, last one first: every attribute that still is as we left it gets its value from before;
 * what was changed after us stays, and is listed.
 * @throws UsageError when nothing of the plan was applied
 */
export async function undoPlan(
  store: Store,
  planId: number,
  openWriter: WriterFactory,
  options: ApplyOptions,
): Promise<UndoResult> {
  const plan = await getPlan(store, planId);
  if (!plan || !['applying', 'applied', 'undoing'].includes(plan.state)) {
    throw new UsageError({
      tried: `undo plan ${planId}`,
      happened: plan ? `It is ${plan.state}: nothing of it stands in a directory.` : 'There is no such plan.',
      next: 'transplant prepare show lists the plans there are.',
    });
  }
  const writes = writesOf(store, options);
  await writes((trx) => setPlanState(store, planId, 'undoing', trx));
  const writers = new Writers(openWriter);
  try {
    await undoAll(store, planId, writers, options);
  } finally {
    await writers.close();
  }
  await writes((trx) => setPlanState(store, planId, 'undone', trx));
  return await undoResult(store, planId);
}

async function undoAll(store: Store, planId: number, writers: Writers, options: ApplyOptions): Promise<void> {
  const counts = await changeCounts(store, planId);
  const count = (states: readonly string[]) =>
    counts.filter((c) => states.includes(c.state)).reduce((sum, c) => sum + c.count, 0);
  const total = count(['applied', 'undoing', 'writing', 'undone', 'kept']);
  let done = count(['undone', 'kept']);
  let after: number | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const page = await listChanges(store, planId, {
      states: ['applied', 'undoing', 'writing'],
      descending: true,
      limit: AT_ONCE,
      after,
    });
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
    for (const group of runs(page)) await undoGroup(store, group, writers, options);
    done += page.length;
    options.onProgress?.(done, total);
  }
}

async function undoGroup(
  store: Store,
  changes: readonly DirectoryChange[],
  writers: Writers,
  options: ApplyOptions,
): Promise<void> {
  const ids = changes.map((c) => c.id);
  const writes = writesOf(store, options);
  await writes((trx) => markChanges(store, ids, 'undoing', trx));
  const waiting = [...changes];
  const results: { change: DirectoryChange; result: ChangeResult; attributes: Attributes | undefined; dn: string }[] =
    [];
  const lane = async () => {
    for (let change = waiting.shift(); change; change = waiting.shift()) {
      const writer = await writers.get(change.forestId);
      options.guard?.();
      try {
        const made = await undoChange(writer, change);
        results.push({
          change,
          dn: made.dn ?? change.dn,
          attributes: made.attributes,
          result: { id: change.id, state: made.state, message: made.message ?? null },
        });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const result: ChangeResult = { id: change.id, state: 'kept', message: error.text.happened };
        results.push({ change, dn: change.dn, attributes: undefined, result });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  const ends = results.map((r) => r.result);
  await writes((trx) => settleChanges(store, ends, trx));
  for (const { change, result, attributes, dn } of results) await follow(store, change, result, dn, attributes);
  const { who, host, correlation } = options;
  const undone = results.filter((r) => r.result.state === 'undone').map((r) => r.change);
  await appendAudit(
    store,
    undone.map((c) => ({
      who,
      host,
      action: 'directory.undo',
      object: c.dn,
      before: c.after,
      after: c.before,
      correlation,
    })),
  );
}

async function follow(
  store: Store,
  change: DirectoryChange,
  result: ChangeResult,
  dn: string,
  attributes: Attributes | undefined,
): Promise<void> {
  if (result.state !== 'undone') return;
  const readId = (await loadDirectoryState(store, change.forestId))?.readId ?? 0;
  const recipient = attributes && toRecipient(dn, attributes);
  const gone = change.kind === 'add' && change.guid ? [change.guid] : [];
  await storeRecipients(store, change.forestId, readId, { recipients: recipient ? [recipient] : [], gone });
  if (change.kind === 'add' && change.sourceId !== null) await setMatched(store, change.sourceId, null, 'create');
}

interface Undone {
  state: 'undone' | 'kept';
  message?: string;
  dn?: string;
  /** The object as it is now, when there still is one. */
  attributes?: Attributes | undefined;
}

async function undoChange(writer: DirectoryWriter, change: DirectoryChange): Promise<Undone> {
  switch (change.kind) {
    case 'add':
      return undoAdd(writer, change);
    case 'modify':
      return undoModify(writer, change);
    case 'delete':
      return undoDelete(writer, change);
  }
}

async function undoAdd(writer: DirectoryWriter, change: DirectoryChange): Promise<Undone> {
  const there = await writer.read({ dn: change.dn, guid: change.guid });
  // A change that was being written when the program died may never have reached the server.
  if (!there) return { state: 'undone' };
  const different = unlike(there.attributes, change.after);
  if (different.length > 0) {
    return { state: 'kept', message: `changed since it was created: ${different.join(', ')}` };
  }
  await writer.remove(there.dn);
  return { state: 'undone' };
}

async function undoModify(writer: DirectoryWriter, change: DirectoryChange): Promise<Undone> {
  const there = await writer.read({ dn: change.dn, guid: change.guid }, including(Object.keys(change.after)));
  if (!there) return { state: 'kept', message: 'the object is gone' };
  const edits: Edit[] = [];
  const kept: string[] = [];
  for (const [attribute, left] of Object.entries(change.after)) {
    const now = values(there.attributes, attribute);
    const before = change.before[attribute] ?? [];
    if (sameValues(attribute, now, before)) continue;
    if (sameValues(attribute, now, left)) edits.push({ attribute, before: now, after: before });
    else kept.push(attribute);
  }
  await writer.modify(there.dn, edits);
  const made = await writer.read({ dn: there.dn, guid: there.guid ?? null });
  if (kept.length > 0) return { state: 'kept', message: `changed since, and left as it is: ${kept.join(', ')}` };
  return { state: 'undone', dn: there.dn, attributes: made?.attributes };
}

async function undoDelete(writer: DirectoryWriter, change: DirectoryChange): Promise<Undone> {
  const there = await writer.read({ dn: change.dn, guid: null });
  if (there) {
    const before = writable(change.before);
    if (unlike(there.attributes, before).length === 0) return { state: 'undone', attributes: there.attributes };
    return { state: 'kept', message: 'another object has its name now' };
  }
  await writer.add(change.dn, writable(change.before));
  const made = await writer.read({ dn: change.dn, guid: null });
  return { state: 'undone', attributes: made?.attributes };
}

function writable(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name, list]) => !NOT_WRITABLE.has(name) && list.length > 0),
  );
}

async function undoResult(store: Store, planId: number): Promise<UndoResult> {
  const counts = await changeCounts(store, planId);
  const kept: { dn: string; message: string }[] = [];
  let after: number | undefined;
  for (;;) {
    const page = await listChanges(store, planId, { states: ['kept'], limit: 500, after });
    kept.push(...page.map((c) => ({ dn: c.dn, message: c.message ?? '' })));
    const last = page.at(-1);
    if (!last) break;
    after = last.seq;
  }
  const undone = counts.filter((c) => c.state === 'undone').reduce((sum, c) => sum + c.count, 0);
  return { planId, undone, kept };
}
