import type { Transaction } from 'kysely';
import { DirectoryServerError, LdapCode } from '../../directory/errors.ts';
import { toRecipient } from '../../directory/recipient.ts';
import type { DirectoryWriter, Edit, WrittenObject } from '../../directory/writer.ts';
import { difference, including, SEND_AS, sameValues } from '../../directory/writer.ts';
import { TransplantError, UsageError } from '../../domain/errors.ts';
import { type Attributes, values } from '../../domain/recipient.ts';
import { appendAudit } from '../../store/audit.ts';
import {
  type ChangePlan,
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
import { findRecipients, loadDirectoryState, storeRecipients } from '../../store/recipients.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';

/** Opens the writer of a forest; called once a forest. */
export type WriterFactory = (forestId: number) => Promise<DirectoryWriter>;

export interface ApplyOptions {
  who: string;
  host: string;
  correlation: string;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
  /** Throws once the work is no longer ours; called before each write to a directory. */
  guard?: (() => void) | undefined;
  /** Runs writes to the database in a transaction; under a task's fence where a task does the work. */
  writes?: Writes | undefined;
}

export type Writes = <T>(work: (trx: Transaction<Database>) => Promise<T>) => Promise<T>;

/** The writes of the options, or a transaction without a fence. */
export function writesOf(store: Store, { writes }: ApplyOptions): Writes {
  return writes ?? ((work) => store.db.transaction().execute(work));
}

export interface ApplyResult {
  planId: number;
  applied: number;
  /** Objects that no longer were what the plan had seen, or that the server refused. */
  stopped: { dn: string; message: string }[];
  failed: { dn: string; message: string }[];
}

/** Changes sent between two writes to the database; a crash leaves at most these to be looked at again. */
const AT_ONCE = 40;
const PARALLEL = 8;
/** Left to the server, or different every time it is read. */
const SERVER_STAMPED = new Set(['objectGUID', 'objectSid', 'whenChanged', 'uSNChanged', 'isDeleted', 'cn']);

/**
 * Makes the changes of a plan. Each is held against what the plan saw: an object that changed meanwhile is left alone
 * and listed, the others go on. Started again after a crash it goes on where it ended, and writes nothing twice.
 * @throws UsageError when there is no such plan, or it is done
 */
export async function applyPlan(
  store: Store,
  planId: number,
  openWriter: WriterFactory,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const plan = await planToApply(store, planId);
  const writes = writesOf(store, options);
  await writes((trx) => setPlanState(store, planId, 'applying', trx));
  const writers = new Writers(openWriter);
  const work = new Applier(store, plan, writers, options);
  try {
    await work.run();
  } finally {
    await writers.close();
  }
  await writes((trx) => setPlanState(store, planId, 'applied', trx));
  return await resultOf(store, planId);
}

async function planToApply(store: Store, planId: number): Promise<ChangePlan> {
  const plan = await getPlan(store, planId);
  if (plan && ['planned', 'applying', 'applied'].includes(plan.state)) return plan;
  throw new UsageError({
    tried: `apply plan ${planId}`,
    happened: plan ? `It is ${plan.state}.` : 'There is no such plan.',
    next: 'Make a new one with: transplant prepare plan',
  });
}

export async function resultOf(store: Store, planId: number): Promise<ApplyResult> {
  const counts = await changeCounts(store, planId);
  const listed = async (state: 'stopped' | 'failed') => {
    const found: { dn: string; message: string }[] = [];
    let after: number | undefined;
    for (;;) {
      const page = await listChanges(store, planId, { states: [state], limit: 500, after });
      found.push(...page.map((c) => ({ dn: c.dn, message: c.message ?? '' })));
      const last = page.at(-1);
      if (!last) return found;
      after = last.seq;
    }
  };
  return {
    planId,
    applied: counts.filter((c) => c.state === 'applied').reduce((sum, c) => sum + c.count, 0),
    stopped: await listed('stopped'),
    failed: await listed('failed'),
  };
}

/** One writer a forest, opened when it is first needed. */
export class Writers {
  readonly #open: WriterFactory;
  readonly #writers = new Map<number, Promise<DirectoryWriter>>();

  constructor(open: WriterFactory) {
    this.#open = open;
  }

  get(forestId: number): Promise<DirectoryWriter> {
    let writer = this.#writers.get(forestId);
    if (!writer) {
      writer = this.#open(forestId);
      this.#writers.set(forestId, writer);
      writer.catch(() => this.#writers.delete(forestId));
    }
    return writer;
  }

  async close(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.then((w) => w.close()).catch(() => {});
  }
}

class Applier {
  readonly #store: Store;
  readonly #plan: ChangePlan;
  readonly #writers: Writers;
  readonly #options: ApplyOptions;
  readonly #writes: Writes;

  constructor(store: Store, plan: ChangePlan, writers: Writers, options: ApplyOptions) {
    this.#writes = writesOf(store, options);
    this.#store = store;
    this.#plan = plan;
    this.#writers = writers;
    this.#options = options;
  }

  async run(): Promise<void> {
    const counts = await changeCounts(this.#store, this.#plan.id);
    const total = counts.reduce((sum, c) => sum + c.count, 0);
    let done = counts.filter((c) => c.state === 'applied').reduce((sum, c) => sum + c.count, 0);
    let after: number | undefined;
    for (;;) {
      this.#options.signal?.throwIfAborted();
      const page = await listChanges(this.#store, this.#plan.id, {
        states: ['planned', 'writing', 'stopped', 'failed'],
        limit: AT_ONCE,
        after,
      });
      const last = page.at(-1);
      if (!last) return;
      after = last.seq;
      // What refers to an object comes after it, so that only changes of one kind run side by side.
      for (const group of runs(page)) await this.#makeAll(group);
      done += page.length;
      this.#options.onProgress?.(done, total);
    }
  }

  async #makeAll(changes: readonly DirectoryChange[]): Promise<void> {
    const fresh = changes.filter((c) => c.state !== 'writing').map((c) => c.id);
    await this.#writes((trx) => markChanges(this.#store, fresh, 'writing', trx));
    const results: { change: DirectoryChange; result: ChangeResult; object: WrittenObject | undefined }[] = [];
    const waiting = [...changes];
    const lane = async () => {
      for (let change = waiting.shift(); change; change = waiting.shift()) {
        results.push({ change, ...(await this.#make(change)) });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, lane));
    const ends = results.map((r) => r.result);
    await this.#writes((trx) => settleChanges(this.#store, ends, trx));
    for (const { change, result, object } of results) await this.#follow(change, result, object);
    await this.#audit(results.filter((r) => r.result.state === 'applied').map((r) => r.change));
  }

  async #make(change: DirectoryChange): Promise<{ result: ChangeResult; object: WrittenObject | undefined }> {
    const writer = await this.#writers.get(change.forestId);
    this.#options.guard?.();
    try {
      const made = await makeChange(writer, change);
      return { result: { id: change.id, message: null, ...made.result }, object: made.object };
    } catch (error) {
      // Unreachable servers and wrong logins end the run: the change stays "writing" and is looked at again.
      if (!isRefusal(error)) throw error;
      return { result: { id: change.id, state: 'failed', message: error.text.happened }, object: undefined };
    }
  }

  /** The store learns of the object at once, and a source object of its new counterpart. */
  async #follow(change: DirectoryChange, result: ChangeResult, object: WrittenObject | undefined): Promise<void> {
    if (result.state !== 'applied') return;
    const state = await loadDirectoryState(this.#store, change.forestId);
    const readId = state?.readId ?? 0;
    const recipient = object && toRecipient(object.dn, object.attributes);
    const gone = change.kind === 'delete' && change.guid ? [change.guid] : [];
    if (!recipient && gone.length === 0) return;
    await storeRecipients(this.#store, change.forestId, readId, { recipients: recipient ? [recipient] : [], gone });
    if (change.kind !== 'add' || change.sourceId === null || !recipient) return;
    const [stored] = await findRecipients(this.#store, change.forestId, recipient.guid);
    if (stored) await setMatched(this.#store, change.sourceId, stored.id, 'matched');
  }

  async #audit(changes: readonly DirectoryChange[]): Promise<void> {
    const { who, host, correlation } = this.#options;
    await appendAudit(
      this.#store,
      changes.map((c) => ({
        who,
        host,
        action: `directory.${c.kind}`,
        object: c.dn,
        before: c.kind === 'add' ? null : c.before,
        after: c.kind === 'delete' ? null : c.after,
        correlation,
      })),
    );
  }
}

/** Neighbours of one kind in one forest: they do not depend on each other. */
export function runs(changes: readonly DirectoryChange[]): DirectoryChange[][] {
  const groups: DirectoryChange[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const before = group?.[0];
    const clash = group?.some((c) => c.dn === change.dn);
    if (group && before?.kind === change.kind && before.forestId === change.forestId && !clash) group.push(change);
    else groups.push([change]);
  }
  return groups;
}

/** Whether the server understood and refused, so that the next object may fare better. */
export function isRefusal(error: unknown): error is TransplantError {
  return error instanceof TransplantError && /^Directory(?:Server|Denied)Error$/.test(error.name);
}

interface Made {
  result: Omit<ChangeResult, 'id' | 'message'> & { message?: string };
  object: WrittenObject | undefined;
}

/** Makes one change, or finds that it was made before, or that the object is no longer what the plan saw. */
async function makeChange(writer: DirectoryWriter, change: DirectoryChange): Promise<Made> {
  switch (change.kind) {
    case 'add':
      return makeAdd(writer, change);
    case 'modify':
      return makeModify(writer, change);
    case 'delete':
      return makeDelete(writer, change);
  }
}

async function makeAdd(writer: DirectoryWriter, change: DirectoryChange): Promise<Made> {
  if (change.state === 'writing') {
    // After a crash the object may be ours: then it has everything that was planned for it, its own GUIDs included.
    const there = await writer.read({ dn: change.dn, guid: change.guid });
    if (there && unlike(there.attributes, change.after).length === 0) return applied(there);
  }
  try {
    await writer.add(change.dn, change.after);
  } catch (error) {
    if (!(error instanceof DirectoryServerError) || error.code !== LdapCode.entryAlreadyExists) throw error;
    // Written from the plan's script, or by a worker that was cut off: it has all that was planned, its own GUIDs included.
    const there = await writer.read({ dn: change.dn, guid: null });
    if (there && unlike(there.attributes, change.after).length === 0) return applied(there);
    // The server means the DN, or a logon name that must be unique.
    return stopped(`an object of this name exists already (${error.text.happened})`);
  }
  const made = await writer.read({ dn: change.dn, guid: null });
  return made ? applied(made) : stopped('the object was created, but cannot be read back');
}

async function makeModify(writer: DirectoryWriter, change: DirectoryChange): Promise<Made> {
  const names = Object.keys(change.after);
  const there = await writer.read({ dn: change.dn, guid: change.guid }, including(names));
  if (!there) return stopped('the object is gone');
  if (unlike(there.attributes, change.after).length === 0) return applied(there);
  const different = names.filter((name) => {
    const now = values(there.attributes, name);
    return !sameValues(name, now, change.before[name] ?? []) && !sameValues(name, now, change.after[name] ?? []);
  });
  if (different.length > 0) return stopped(`changed since the plan was made: ${different.join(', ')}`);
  const edits = names.map((name): Edit => {
    return { attribute: name, before: values(there.attributes, name), after: change.after[name] ?? [] };
  });
  await writer.modify(
    there.dn,
    edits.filter((e) => hasDifference(e)),
  );
  const made = await writer.read({ dn: there.dn, guid: there.guid ?? null }, including(names));
  return made ? applied(made) : stopped('the object was changed, but cannot be read back');
}

async function makeDelete(writer: DirectoryWriter, change: DirectoryChange): Promise<Made> {
  const there = await writer.read({ dn: change.dn, guid: change.guid });
  if (!there) {
    if (change.state === 'writing') return { result: { state: 'applied' }, object: undefined };
    return stopped('the object is gone already');
  }
  const names = ['proxyAddresses', 'mail', 'targetAddress', 'legacyExchangeDN'];
  const different = names.filter((n) => !sameValues(n, values(there.attributes, n), change.before[n] ?? []));
  if (different.length > 0) return stopped(`changed since the plan was made: ${different.join(', ')}`);
  await writer.remove(there.dn);
  return { result: { state: 'applied', before: there.attributes }, object: undefined };
}

function applied({ dn, guid, attributes: { [SEND_AS]: _rights, ...attributes } }: WrittenObject): Made {
  return { result: { state: 'applied', guid, dn }, object: { dn, guid, attributes } };
}

function stopped(message: string): Made {
  return { result: { state: 'stopped', message }, object: undefined };
}

function hasDifference(edit: Edit): boolean {
  const { remove, add } = difference(edit);
  return remove.length + add.length > 0;
}

/** Names of wanted attributes that an object does not have as wanted. */
export function unlike(have: Attributes, want: Attributes): string[] {
  return Object.entries(want)
    .filter(([name, wanted]) => !SERVER_STAMPED.has(name) && !fits(name, values(have, name), wanted))
    .map(([name]) => name);
}

/** objectClass gets the server's own additions; everything else is as it was written. */
function fits(name: string, have: readonly string[], want: readonly string[]): boolean {
  if (name !== 'objectClass') return sameValues(name, have, want);
  const classes = new Set(have.map((c) => c.toLowerCase()));
  return want.every((c) => classes.has(c.toLowerCase()));
}
