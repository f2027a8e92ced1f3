import { createHash } from 'node:crypto';
import { x500Key } from '../../domain/addresses.ts';
import type { Permission, Permissions } from '../../exchange/mail-store.ts';
import { listForests } from '../../store/forests.ts';
import { type OrphanDecision, orphanDecisions } from '../../store/orphans.ts';
import type { Store } from '../../store/store.ts';
import { addressIn } from '../../store/workload-candidates.ts';

/** The two users that stand for nobody in particular. */
const DISTINGUISHED = new Set(['Default', 'Anonymous']);

/** Translates addresses of the source into those of the target through the matches; keeps what it has looked up. */
export class AddressMap {
  readonly #store: Store;
  readonly #known = new Map<string, string | null>();
  readonly #canonical = new Map<string, string>();
  #decisions: Promise<ReadonlyMap<string, OrphanDecision>> | undefined;
  #forests: { source: number[]; target: number[]; domains: string[] } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A person said that this user's rights are not to be taken over. */
  async isDropped(address: string): Promise<boolean> {
    return (await this.#decided(address.toLowerCase()))?.choice === 'drop';
  }

  /** Address in the target, null for a user without a match. X500 and SMTP addresses are looked up alike. */
  async target(address: string): Promise<string | null> {
    const key = keyOf(address);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const decision = await this.#decided(key);
    const found = decision ? decision.targetAddress : await this.#find(key);
    this.#known.set(key, found);
    return found;
  }

  /**
   * The one form of a target user's address: Exchange shows the primary address, which after preparing is still the
   * source's, while lists are written with the address in the target's own domain.
   */
  async canonical(address: string): Promise<string> {
    const key = keyOf(address);
    const known = this.#canonical.get(key);
    if (known !== undefined) return known;
    const found = (await this.#inTarget(key)) ?? address;
    this.#canonical.set(key, found);
    return found;
  }

  async #decided(key: string): Promise<OrphanDecision | undefined> {
    this.#decisions ??= orphanDecisions(this.#store.db).then((all) => new Map(all.map((one) => [one.key, one])));
    return (await this.#decisions).get(key);
  }

  async #inTarget(key: string): Promise<string | null> {
    const forests = await this.#roles();
    if (forests.target.length === 0) return null;
    const holder = await this.#store.db
      .selectFrom('recipient_address as a')
      .innerJoin('recipient as t', 't.id', 'a.recipient_id')
      .select(['t.id as id', 't.mail as mail'])
      .where('a.forest_id', 'in', forests.target)
      .where('a.address_key', '=', key)
      .where('t.deleted', '=', 0)
      .executeTakeFirst();
    return holder ? await this.#addressOf(holder) : null;
  }

  async #find(key: string): Promise<string | null> {
    const forests = await this.#roles();
    if (forests.source.length === 0) return null;
    const match = await this.#store.db
      .selectFrom('recipient_address as a')
      .innerJoin('match as m', 'm.source_id', 'a.recipient_id')
      .innerJoin('recipient as t', 't.id', 'm.target_id')
      .select(['t.id as id', 't.mail as mail'])
      .where('a.forest_id', 'in', forests.source)
      .where('a.address_key', '=', key)
      .where('m.state', '=', 'matched')
      .executeTakeFirst();
    return match ? await this.#addressOf(match) : null;
  }

  async #addressOf(target: { id: number; mail: string | null }): Promise<string | null> {
    const { domains } = await this.#roles();
    const rows = await this.#store.db
      .selectFrom('recipient_address')
      .select(['address', 'is_primary'])
      .where('recipient_id', '=', target.id)
      .where('kind', '=', 'smtp')
      .execute();
    const addresses = rows.map((r) => ({ address: r.address, primary: Number(r.is_primary) === 1 }));
    return addressIn(domains, addresses, target.mail) || null;
  }

  async #roles() {
    if (!this.#forests) {
      const all = await listForests(this.#store);
      const of = (role: string) => all.filter((forest) => forest.role === role);
      this.#forests = {
        source: of('source').map((f) => f.id),
        target: of('target').map((f) => f.id),
        domains: of('target').flatMap((f) => f.config.smtpDomains),
      };
    }
    return this.#forests;
  }
}

/** X500 names are equal in more forms than SMTP addresses are. */
function keyOf(address: string): string {
  return address.startsWith('/') ? x500Key(address) : address.toLowerCase();
}

export interface Remapped {
  permissions: Permissions;
  /** Users of the source without a match: they lose their rights until somebody decides. */
  orphans: string[];
}

/** A permission list with the target's addresses. Two users matched to one keep the entry that came first. */
export async function remapPermissions(permissions: Permissions, map: AddressMap): Promise<Remapped> {
  const entries: Permission[] = [];
  const orphans: string[] = [];
  const seen = new Set<string>();
  for (const entry of permissions.entries) {
    const user = DISTINGUISHED.has(entry.user) ? entry.user : await map.target(entry.user);
    if (user === null) {
      if (await map.isDropped(entry.user)) continue;
      orphans.push(entry.user || entry.displayName);
      continue;
    }
    if (seen.has(user.toLowerCase())) continue;
    seen.add(user.toLowerCase());
    entries.push({ ...entry, user });
  }
  orphans.push(...permissions.unknown);
  return { permissions: { calendar: permissions.calendar, entries, unknown: [] }, orphans };
}

/** A list of the target with every user in the one form of its address. */
export async function canonicalPermissions(permissions: Permissions, map: AddressMap): Promise<Permissions> {
  const entries = await Promise.all(
    permissions.entries.map(async (entry) =>
      DISTINGUISHED.has(entry.user) ? entry : { ...entry, user: await map.canonical(entry.user) },
    ),
  );
  return { ...permissions, entries };
}

/** Equal for equal lists, whatever their order. */
export function permissionsHash(permissions: Permissions): string {
  const lines = permissions.entries
    .map((e) => [e.user.toLowerCase(), e.level, e.level === 'Custom' ? JSON.stringify(e.rights) : ''].join('|'))
    .sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
