import { x500Key } from '../../domain/addresses.ts';
import { type Attributes, values } from '../../domain/recipient.ts';
import type { ForestRole } from '../../domain/words.ts';
import { createPlan, type NewChange, type PlanNotes } from '../../store/directory-changes.ts';
import { listForests } from '../../store/forests.ts';
import { getRecipients, type StoredRecipient } from '../../store/recipients.ts';
import type { Store } from '../../store/store.ts';
import { readBounce } from './bounce.ts';
import { decodeImceaex } from './imceaex.ts';
import type { FoundMessage } from './messages.ts';

/** What becomes of one address that mail bounced from. */
export interface Healed {
  /** `X500:/o=…`, as it is written. */
  address: string;
  /** `add`: the plan adds it; `there`: nothing is missing any more; else a person must look. */
  outcome: 'add' | 'there' | 'unmatched' | 'ambiguous' | 'unknown';
  /** The object that gets it, has it, or should be looked at. */
  object: string | null;
  reason: string;
  /** Bounces that name it. */
  bounces: number;
}

export interface HealResult {
  /** null when there is nothing to add. */
  planId: number | null;
  messages: number;
  bounces: number;
  addresses: Healed[];
  problems: { where: string; reason: string }[];
}

/** Reads bounces and plans the X500 addresses that would have let the mail arrive; nothing is written to a directory. */
export async function planHeal(
  store: Store,
  messages: AsyncIterable<FoundMessage>,
  createdBy: string,
): Promise<HealResult> {
  const result: HealResult = { planId: null, messages: 0, bounces: 0, addresses: [], problems: [] };
  const bounced = new Map<string, { encoded: string; bounces: number }>();
  for await (const message of messages) {
    result.messages++;
    const found = await bounceOf(message, result);
    if (!found) continue;
    result.bounces++;
    for (const encoded of found.addresses) {
      const key = encoded.toLowerCase();
      const known = bounced.get(key);
      if (known) known.bounces++;
      else bounced.set(key, { encoded, bounces: 1 });
    }
  }
  const healer = await Healer.load(store);
  const changes = new Map<number, NewChange>();
  const seen = new Map<string, Healed>();
  for (const { encoded, bounces } of bounced.values()) {
    const healed = await healer.heal(encoded, bounces, changes);
    const known = seen.get(x500Key(healed.address));
    // The same address came in two encodings.
    if (known) known.bounces += bounces;
    else seen.set(x500Key(healed.address), healed);
  }
  result.addresses = [...seen.values()];
  if (changes.size > 0) {
    const open = result.addresses.filter((a) => a.outcome !== 'add' && a.outcome !== 'there');
    const notes: PlanNotes = { problems: open.map((a) => ({ object: a.address, reason: a.reason })), notes: [] };
    result.planId = await createPlan(store, { batchId: null, purpose: 'heal', createdBy, notes }, [
      ...changes.values(),
    ]);
  }
  return result;
}

async function bounceOf(message: FoundMessage, result: HealResult) {
  if ('problem' in message) {
    result.problems.push({ where: message.where, reason: message.problem });
    return undefined;
  }
  try {
    return await readBounce(message.raw);
  } catch (error) {
    // A broken message is one of many.
    const reason = error instanceof Error ? error.message : String(error);
    result.problems.push({ where: message.where, reason: `it cannot be read as a message: ${reason}` });
    return undefined;
  }
}

/** A slash in the address and an underscore in a name look alike where an old client wrote both as "_". */
const blurred = (key: string): string => key.replaceAll('/', '_');

class Healer {
  readonly #store: Store;
  readonly #roles: ReadonlyMap<number, ForestRole>;
  /** Recipients by blurred X500 key, each with the key itself. */
  readonly #holders = new Map<string, { id: number; forestId: number; key: string; address: string }[]>();

  private constructor(store: Store, roles: ReadonlyMap<number, ForestRole>) {
    this.#store = store;
    this.#roles = roles;
  }

  static async load(store: Store): Promise<Healer> {
    const healer = new Healer(store, new Map((await listForests(store)).map((f) => [f.id, f.role])));
    const rows = await store.db
      .selectFrom('recipient_address as a')
      .innerJoin('recipient as r', 'r.id', 'a.recipient_id')
      .select(['a.recipient_id as id', 'a.forest_id as forestId', 'a.address_key as key', 'a.address as address'])
      .where('a.kind', '=', 'x500')
      .where('r.deleted', '=', 0)
      .execute();
    for (const row of rows) {
      const list = healer.#holders.get(blurred(row.key));
      if (list) list.push(row);
      else healer.#holders.set(blurred(row.key), [row]);
    }
    return healer;
  }

  async heal(encoded: string, bounces: number, changes: Map<number, NewChange>): Promise<Healed> {
    const readings = decodeImceaex(encoded);
    for (const legacyDn of readings) {
      const key = x500Key(legacyDn);
      const alike = this.#holders.get(blurred(key)) ?? [];
      const exact = alike.filter((h) => h.key === key);
      const holders = exact.length > 0 ? exact : alike;
      if (holders.length > 0) return await this.#ofHolders(holders, bounces, changes);
    }
    const [likeliest = ''] = readings;
    return await this.#unknown(likeliest, bounces);
  }

  async #ofHolders(
    holders: readonly { id: number; forestId: number; key: string; address: string }[],
    bounces: number,
    changes: Map<number, NewChange>,
  ): Promise<Healed> {
    const address = `X500:${holders[0]?.address ?? ''}`;
    const objects = await getRecipients(
      this.#store,
      holders.map((h) => h.id),
    );
    const of = (role: ForestRole) => [...objects.values()].filter((r) => this.#roles.get(r.forestId) === role);
    const [sources, targets] = [of('source'), of('target')];
    const told = (outcome: Healed['outcome'], object: StoredRecipient | undefined, reason: string): Healed => {
      return { address, outcome, object: object?.dn ?? null, reason, bounces };
    };
    if (sources.length > 1 || targets.length > 1) {
      const names = [...sources, ...targets].map((r) => r.dn).join('; ');
      return told('ambiguous', undefined, `several objects have it: ${names}`);
    }
    const [source, target] = [sources[0], targets[0]];
    if (source && target) return told('there', target, `${source.dn} has it in the source, and this in the target`);
    const holder = source ?? target;
    if (!holder) return await this.#unknown(address.slice('X500:'.length), bounces);
    const counterpart = await this.#counterpart(holder, source !== undefined);
    if (!counterpart) {
      const where = source ? 'source' : 'target';
      return told(
        'unmatched',
        holder,
        `this object of the ${where} has it, and no match says what it is on the other side`,
      );
    }
    addTo(changes, counterpart, address, `mail to ${holder.dn} bounced ${bounces} times`);
    return told('add', counterpart, `is ${holder.dn}`);
  }

  async #counterpart(holder: StoredRecipient, isSource: boolean): Promise<StoredRecipient | undefined> {
    const [mine, other] = isSource ? (['source_id', 'target_id'] as const) : (['target_id', 'source_id'] as const);
    const rows = await this.#store.db
      .selectFrom('match')
      .select(other)
      .where(mine, '=', holder.id)
      .where('state', '=', 'matched')
      .execute();
    const [only] = rows;
    const id = only ? (only as Record<string, number | null>)[other] : null;
    if (rows.length !== 1 || id === null || id === undefined) return undefined;
    const found = (await getRecipients(this.#store, [id])).get(id);
    return found && !found.deleted ? found : undefined;
  }

  /** Of an organisation that is gone, or an object that was removed: the alias it ends in is a hint, and no more. */
  async #unknown(legacyDn: string, bounces: number): Promise<Healed> {
    const tail = /\/cn=([^/]+)$/i.exec(legacyDn)?.[1] ?? '';
    const alias = tail.replace(/^[0-9a-f]{32}-/i, '').toLowerCase();
    const rows =
      alias === ''
        ? []
        : await this.#store.db
            .selectFrom('recipient')
            .select(['dn', 'forest_id as forestId'])
            .where('deleted', '=', 0)
            .where((eb) => eb.or([eb(eb.fn<string>('lower', ['sam']), '=', alias), eb('display_name', '=', tail)]))
            .limit(20)
            .execute();
    const alike = rows.filter((r) => this.#roles.get(r.forestId) === 'target').map((r) => r.dn);
    const hint = alike.length === 0 ? '' : `; by its name it may be ${alike.join('; ')}`;
    const reason = `no object of either side has it${hint}`;
    return { address: `X500:${legacyDn}`, outcome: 'unknown', object: null, reason, bounces };
  }
}

/** One change for each object, however many addresses it lacks. */
function addTo(changes: Map<number, NewChange>, object: StoredRecipient, address: string, reason: string): void {
  const have = values(object.attributes, 'proxyAddresses');
  const known = changes.get(object.id);
  const before: Attributes = { proxyAddresses: [...have] };
  const after: Attributes = { proxyAddresses: [...(known?.after.proxyAddresses ?? have), address] };
  changes.set(object.id, {
    forestId: object.forestId,
    kind: 'modify',
    dn: object.dn,
    guid: object.guid,
    sourceId: null,
    reason: known ? `${known.reason}; ${reason}` : reason,
    before,
    after,
  });
}
