import { dnKey } from '../../directory/dn.ts';
import { REFERENCES } from '../../directory/flow/built-in.ts';
import type { CompiledFlow } from '../../directory/flow/compile.ts';
import { sameValues } from '../../directory/writer.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Attributes, values } from '../../domain/recipient.ts';
import type { NewChange, PlanNotes } from '../../store/directory-changes.ts';
import type { Forest } from '../../store/forests.ts';
import { eachMatch, type MatchLine } from '../../store/matches.ts';
import { eachRecipient, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { MAILBOX_KINDS } from './constants.ts';
import type { DraftRequest } from './options.ts';
import { planSendAs } from './send-as.ts';
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

/** Where a source object will be found in the target. */
interface Counterpart {
  dn: string;
  /** Null for an object that this plan creates. */
  id: number | null;
}

/** Works out the changes of a plan, object by object. Nothing is written anywhere. */
export class Planner {
  readonly notes: PlanNotes;
  readonly #request: DraftRequest;
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
  /** Source objects by their SIDs; made when the first folder asks. */
  #sendAsHolders: Map<string, StoredRecipient> | undefined;

  private constructor(
    source: Forest,
    target: Forest,
    targetForest: TargetForest,
    request: DraftRequest,
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
    request: DraftRequest,
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
          this.#counterparts.set(line.sourceId, { dn: line.targetDn, id: line.targetId });
        }
        if (members === undefined || members.has(line.sourceId)) chosen.push(line);
      }
    }
    for (const line of chosen) this.#planOne(line);
    for (const line of chosen) this.#planReferences(line);
    await this.#planSendAs(chosen);
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
    this.#counterparts.set(source.id, { dn: shape.dn, id: null });
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

  /** Who may send as a mail-enabled folder stands in its permissions, which the servers of both sides are asked for. */
  async #planSendAs(lines: readonly MatchLine[]): Promise<void> {
    const { sendAs } = this.#request;
    if (!sendAs) return;
    for (const line of lines) {
      const source = this.#sources.get(line.sourceId);
      const target = line.targetId === null ? undefined : this.#targets.get(line.targetId);
      if (source?.kind !== 'publicFolder' || !target) continue;
      this.#sendAsHolders ??= new Map(
        [...this.#sources.values()].flatMap((one) =>
          [...values(one.attributes, 'objectSid'), ...values(one.attributes, 'msExchMasterAccountSid')].map(
            (sid) => [sid, one] as const,
          ),
        ),
      );
      const planned = await planSendAs(
        { source, target },
        {
          read: (side, ref) => sendAs(side === 'source' ? this.#source.id : this.#target.id, ref),
          holder: (sid) => this.#sendAsHolders?.get(sid),
          counterpart: (id) => this.#targets.get(this.#counterparts.get(id)?.id ?? 0),
        },
      );
      for (const note of planned.notes) this.#note(source, note);
      if (planned.change) this.#links.push({ forestId: this.#target.id, ...planned.change });
    }
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
