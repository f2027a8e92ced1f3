import { dnKey } from '../../directory/dn.ts';
import { REFERENCES } from '../../directory/flow/built-in.ts';
import { type CompiledFlow, flowOf } from '../../directory/flow/compile.ts';
import type { ForestFacts } from '../../directory/writer.ts';
import { sameValues } from '../../directory/writer.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Attributes, values } from '../../domain/recipient.ts';
import { createPlan, type NewChange, type PlanNotes } from '../../store/directory-changes.ts';
import { type Forest, forestOfRole } from '../../store/forests.ts';
import { keptText } from '../../store/kept-texts.ts';
import { eachMatch, type MatchLine } from '../../store/matches.ts';
import { eachRecipient, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { MAILBOX_KINDS } from './constants.ts';
import type { PrepareOptions } from './options.ts';
import {
  existingFolder,
  existingUser,
  newContact,
  newGroup,
  newUser,
  type Shape,
  type ShapeContext,
  withX500,
} from './shape.ts';
import { TargetForest } from './target.ts';

export interface PrepareRequest {
  options: PrepareOptions;
  createdBy: string;
  /** Only the members of this batch. */
  batchId?: number | null;
  /** What the target's server says of itself; none when it cannot be asked. */
  facts?: ForestFacts | undefined;
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
  request: Omit<PrepareRequest, 'batchId' | 'createdBy'>,
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

/** Where a source object will be found in the target. */
interface Counterpart {
  dn: string;
  /** False for an object that this plan creates. */
  exists: boolean;
}

class Planner {
  readonly notes: PlanNotes;
  readonly #request: Omit<PrepareRequest, 'batchId' | 'createdBy'>;
  readonly #source: Forest;
  readonly #target: Forest;
  readonly #ctx: ShapeContext;
  readonly #sources = new Map<number, StoredRecipient>();
  /** Source objects as they are, where import makes others of them. */
  readonly #asRead = new Map<number, StoredRecipient>();
  readonly #targets = new Map<number, StoredRecipient>();
  readonly #sourceByDn = new Map<string, number>();
  readonly #counterparts = new Map<number, Counterpart>();
  /** DNs of the objects that take the place of contacts, by the contact's dnKey. */
  readonly #replacements = new Map<string, string>();
  readonly #adds: NewChange[] = [];
  readonly #targetEdits: NewChange[] = [];
  readonly #links: NewChange[] = [];
  readonly #removals: NewChange[] = [];
  readonly #sourceEdits: NewChange[] = [];
  #planned = 0;

  private constructor(
    source: Forest,
    target: Forest,
    targetForest: TargetForest,
    request: Omit<PrepareRequest, 'batchId' | 'createdBy'>,
    flow: CompiledFlow,
  ) {
    this.#request = request;
    this.#source = source;
    this.#target = target;
    this.#ctx = { options: request.options, flow, forest: targetForest, smtpDomains: target.config.smtpDomains };
    this.notes = { problems: [], notes: [], options: request.options };
  }

  static async load(
    store: Store,
    source: Forest,
    target: Forest,
    request: Omit<PrepareRequest, 'batchId' | 'createdBy'>,
    flow: CompiledFlow,
  ): Promise<Planner> {
    const planner = new Planner(source, target, new TargetForest(request.facts), request, flow);
    for await (const page of eachRecipient(store, target.id)) {
      for (const r of page) {
        planner.#ctx.forest.add(r);
        planner.#targets.set(r.id, r);
      }
    }
    for await (const page of eachRecipient(store, source.id)) {
      for (const r of page) {
        const imported = flow.imported(r);
        planner.#sources.set(r.id, imported);
        if (imported !== r) planner.#asRead.set(r.id, r);
        planner.#sourceByDn.set(dnKey(r.dn), r.id);
      }
    }
    if (planner.#ctx.forest.baseDn === '' && request.options.container === undefined) {
      throw new UsageError({
        tried: 'plan how the target is prepared',
        happened: 'Nothing is known of the target yet, so that new objects would have no place in it.',
        next: `Read it with: transplant discover ${target.name}, or say the place: transplant prepare plan --ou DN`,
      });
    }
    return planner;
  }

  async planAll(store: Store, members: ReadonlySet<number> | undefined): Promise<void> {
    const chosen: MatchLine[] = [];
    for await (const page of eachMatch(store, { states: ['matched', 'create'] })) {
      for (const line of page) {
        if (line.targetDn !== null && !line.targetDeleted) {
          this.#counterparts.set(line.sourceId, { dn: line.targetDn, exists: true });
        }
        if (members === undefined || members.has(line.sourceId)) chosen.push(line);
      }
    }
    for (const line of chosen) this.#planOne(line);
    for (const line of chosen) this.#planReferences(line);
  }

  sourceDn(id: number): string | undefined {
    return this.#sources.get(id)?.dn;
  }

  /** In the order in which they are made: what is referred to comes before what refers to it. */
  changes(): NewChange[] {
    return [
      ...this.#adds,
      ...this.#targetEdits,
      ...this.#links,
      ...this.#redirections(),
      ...this.#removals,
      ...this.#sourceEdits,
    ];
  }

  #planOne(line: MatchLine): void {
    const source = this.#sources.get(line.sourceId);
    if (!source || source.deleted) return;
    const target = line.targetId === null ? undefined : this.#targets.get(line.targetId);
    if (line.state === 'matched' && !target) {
      this.#problem(source, 'its target object is gone; read the target again and match');
      return;
    }
    switch (source.kind) {
      case 'contact':
        this.#planContact(source, target);
        break;
      case 'group':
        this.#planGroup(source, target);
        break;
      case 'dynamicGroup':
        this.#note(source, 'a dynamic group is not created: its filter would select other people in the target');
        break;
      case 'publicFolder':
        if (target) this.#edit(source, target, existingFolder(source, target, this.#ctx));
        break;
      default:
        this.#planUser(source, target, line);
    }
  }

  #planUser(source: StoredRecipient, target: StoredRecipient | undefined, line: MatchLine): void {
    const standIn = this.#standIn(line, target);
    if (target && target.kind !== 'contact') {
      this.#edit(source, target, existingUser(source, target, standIn, this.#ctx));
      if (standIn) this.#replace(standIn, target.dn, source);
      return;
    }
    const contact = target ?? standIn;
    const holder = -++this.#planned;
    const shape = newUser(source, contact, holder, this.#ctx);
    this.#create(source, shape, contact ? `replaces the contact ${contact.dn}` : 'has no counterpart in the target');
    if (contact) this.#replace(contact, shape.dn, source);
  }

  /** The contact that was passed over in favour of an account, and stands for the same object. */
  #standIn(line: MatchLine, target: StoredRecipient | undefined): StoredRecipient | undefined {
    for (const candidate of line.candidates) {
      const object = this.#targets.get(candidate.targetId);
      if (object?.kind === 'contact' && object !== target && candidate.rule === 'stands-for') return object;
    }
    return undefined;
  }

  #planContact(source: StoredRecipient, target: StoredRecipient | undefined): void {
    if (target) this.#edit(source, target, withX500(source, target, this.#ctx));
    else if (this.#request.options.contacts) {
      this.#create(source, newContact(source, -++this.#planned, this.#ctx), 'has no counterpart in the target');
    }
  }

  #planGroup(source: StoredRecipient, target: StoredRecipient | undefined): void {
    if (target) this.#edit(source, target, withX500(source, target, this.#ctx));
    else if (this.#request.options.groups) {
      this.#create(source, newGroup(source, -++this.#planned, this.#ctx), 'has no counterpart in the target');
    }
  }

  #create(source: StoredRecipient, shape: Shape, reason: string): void {
    for (const note of shape.notes) this.#note(source, note);
    this.#counterparts.set(source.id, { dn: shape.dn, exists: false });
    this.#adds.push({
      forestId: this.#target.id,
      kind: 'add',
      dn: shape.dn,
      guid: null,
      sourceId: source.id,
      reason,
      before: {},
      after: shape.attributes,
    });
    this.#backToSource(source, shape.legacyDn);
  }

  #edit(source: StoredRecipient, target: StoredRecipient, shape: Shape): void {
    for (const note of shape.notes) this.#note(source, note);
    const change = changed(target.attributes, shape.attributes);
    if (change) {
      this.#targetEdits.push({
        forestId: this.#target.id,
        kind: 'modify',
        dn: target.dn,
        guid: target.guid,
        sourceId: source.id,
        reason: `is ${source.dn}`,
        ...change,
      });
    }
    this.#backToSource(source, shape.legacyDn);
  }

  /** The target's legacyExchangeDN goes to the source as X500: replies to mail from the target's time arrive. */
  #backToSource(source: StoredRecipient, legacyDn: string | undefined): void {
    if (!this.#request.options.writeSource || legacyDn === undefined) return;
    const have = values((this.#asRead.get(source.id) ?? source).attributes, 'proxyAddresses');
    const text = `X500:${legacyDn}`;
    if (have.some((a) => a.toLowerCase() === text.toLowerCase())) return;
    this.#sourceEdits.push({
      forestId: this.#source.id,
      kind: 'modify',
      dn: source.dn,
      guid: source.guid,
      sourceId: source.id,
      reason: 'replies to mail from the target find it',
      before: { proxyAddresses: [...have] },
      after: { proxyAddresses: [...have, text] },
    });
  }

  #planReferences(line: MatchLine): void {
    const source = this.#sources.get(line.sourceId);
    const counterpart = this.#counterparts.get(line.sourceId);
    if (!source || !counterpart) return;
    const target = line.targetId === null ? undefined : this.#targets.get(line.targetId);
    const existing = target && target.kind !== 'contact' ? target : undefined;
    const inUse = existing !== undefined && MAILBOX_KINDS.has(existing.kind);
    const before: Attributes = {};
    const after: Attributes = {};
    for (const name of this.#ctx.flow.attributesOut) {
      const rule = this.#ctx.flow.ruleFor(name, source);
      if (rule?.remap === undefined || !this.#ctx.forest.knows(name)) continue;
      const have = existing ? values(existing.attributes, name) : [];
      if (inUse && rule.existing !== 'replace') continue;
      if (existing && (rule.existing === 'keep' || (name === 'member' && !rule.own))) continue;
      if (have.length > 0 && rule.existing !== 'replace') continue;
      const mapped = this.#remap(source, rule.remap);
      if (mapped.length === 0 || sameValues(name, have, mapped)) continue;
      before[name] = [...have];
      after[name] = mapped;
    }
    if (Object.keys(after).length === 0) return;
    this.#links.push({
      forestId: this.#target.id,
      kind: 'modify',
      dn: counterpart.dn,
      guid: existing?.guid ?? null,
      sourceId: source.id,
      reason: 'refers to counterparts of those the source refers to',
      before,
      after,
    });
  }

  #remap(source: StoredRecipient, name: string): string[] {
    const found: string[] = [];
    for (const dn of values(source.attributes, name)) {
      const id = this.#sourceByDn.get(dnKey(dn));
      const counterpart = id === undefined ? undefined : this.#counterparts.get(id);
      if (counterpart) found.push(counterpart.dn);
      else this.#note(source, `${name} ${dn} has no counterpart in the target and is left out`);
    }
    return [...new Map(found.map((dn) => [dnKey(dn), dn])).values()];
  }

  /** Takes a contact's place: whoever refers to it refers to the new object, then it is removed. */
  #replace(contact: StoredRecipient, dn: string, source: StoredRecipient): void {
    this.#replacements.set(dnKey(contact.dn), dn);
    this.#removals.push({
      forestId: this.#target.id,
      kind: 'delete',
      dn: contact.dn,
      guid: contact.guid,
      sourceId: source.id,
      reason: `${dn} takes its place`,
      before: { ...contact.attributes },
      after: {},
    });
  }

  /** One change for each object that refers to replaced contacts, however many of them. */
  #redirections(): NewChange[] {
    if (this.#replacements.size === 0) return [];
    const found: NewChange[] = [];
    for (const r of this.#targets.values()) {
      const before: Attributes = {};
      const after: Attributes = {};
      for (const name of [...REFERENCES, 'member']) {
        const have = values(r.attributes, name);
        const swapped = have.map((v) => this.#replacements.get(dnKey(v)) ?? v);
        if (swapped.every((v, i) => v === have[i])) continue;
        before[name] = [...have];
        after[name] = [...new Map(swapped.map((v) => [dnKey(v), v])).values()];
      }
      if (Object.keys(after).length === 0 || this.#replacements.has(dnKey(r.dn))) continue;
      const reason = 'refers to the new objects instead of the contacts they replace';
      found.push({
        forestId: this.#target.id,
        kind: 'modify',
        dn: r.dn,
        guid: r.guid,
        sourceId: null,
        reason,
        before,
        after,
      });
    }
    return found;
  }

  #note(object: StoredRecipient, note: string): void {
    this.notes.notes.push({ object: object.dn, note });
  }

  #problem(object: StoredRecipient, reason: string): void {
    this.notes.problems.push({ object: object.dn, reason });
  }
}

/** The attributes that differ from what the object has; undefined when none does. */
function changed(have: Attributes, want: Attributes): { before: Attributes; after: Attributes } | undefined {
  const before: Attributes = {};
  const after: Attributes = {};
  for (const [name, wanted] of Object.entries(want)) {
    const had = [...values(have, name)];
    if (sameValues(name, had, wanted)) continue;
    before[name] = had;
    after[name] = wanted;
  }
  return Object.keys(after).length === 0 ? undefined : { before, after };
}
