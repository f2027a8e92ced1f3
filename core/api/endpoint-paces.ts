import { endpointOf } from '../domain/forest.ts';
import { Pace } from '../exchange/pace.ts';
import { backOffEndpoint, type EndpointShare, endpointShares } from '../store/limits.ts';
import type { Store } from '../store/store.ts';

/** EWSMaxConcurrency from Exchange 2013 on: connections that a server grants to one account. */
const CONNECTIONS = 27;
/** How often a machine looks what others were told, in ms; only while it asks a server something. */
const LOOK_MS = 1_000;
/** Who asked within this time, in ms, keeps its part: between two questions of one task nobody else takes it. */
const KEPT_MS = 5_000;
/** A pause that is longer by less than this, in ms, is not worth a statement. */
const NEWS_MS = 200;

/**
 * Whose budget the server charges: each mailbox has its own where an account impersonates its owner, so one process
 * never reaches it; public folders are read as the account itself, by all machines together.
 */
export type Budget = 'mailbox' | 'account';

interface Entry {
  pace: Pace;
  endpoint: string;
  budget: Budget;
  /** It has looked before: until then others do not know yet that they have to share with it. */
  known: boolean;
}

/**
 * The paces of one process, within what all machines share through the database: a pause that a server asked one machine
 * for holds for all, and a limit of an endpoint is divided among the machines that work there. One small statement a
 * second while there is work; an outage of the database leaves everything as it was last.
 */
export class EndpointPaces {
  readonly #store: Store;
  readonly #entries: Entry[] = [];
  /** Until when others were told to wait, by performance.now(). */
  readonly #told = new Map<string, number>();
  readonly #lookMs: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(store: Store, { lookMs = LOOK_MS }: { lookMs?: number } = {}) {
    this.#store = store;
    this.#lookMs = lookMs;
  }

  /** A pace for a server, as it stands for all machines now. @throws what the store throws */
  async open(url: string, budget: Budget): Promise<Pace> {
    const endpoint = endpointOf(url);
    const pace = new Pace({
      max: CONNECTIONS,
      onBackOff: (ms, reason) => void this.#tell(endpoint, ms, reason),
    });
    const entry = { pace, endpoint, budget, known: false };
    this.#entries.push(entry);
    try {
      // A look that is under way does not know the new one yet.
      await this.#looking?.catch(() => undefined);
      await this.look();
    } catch (error) {
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      throw error;
    }
    this.#timer ??= setInterval(() => {
      if (this.#entries.some((entry) => entry.pace.active)) void this.look().catch(() => undefined);
    }, this.#lookMs).unref();
    return pace;
  }

  /** Forgets all paces. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#entries.length = 0;
  }

  /** Takes over what holds now. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const entries = [...this.#entries];
    const endpoints = [...new Set(entries.map(({ endpoint }) => endpoint))];
    if (endpoints.length === 0) return;
    const shares = await endpointShares(
      this.#store,
      endpoints,
      entries.some(({ budget }) => budget === 'account'),
    );
    for (const entry of entries) {
      const share = shares.get(entry.endpoint);
      if (!share) continue;
      if (share.pauseMs > 0) entry.pace.pauseUntil(Date.now() + share.pauseMs, share.reason);
      const beside = entries.filter(
        (one) => one.endpoint === entry.endpoint && (one === entry || one.pace.idleMs < KEPT_MS),
      );
      entry.pace.setMax(mostOf(entry, share, beside.length), 'shared with other workers');
      entry.known = true;
    }
  }

  /** Of the many answers of a busy server, only those that say something new, and for long enough, are passed on. */
  async #tell(endpoint: string, ms: number, reason: string): Promise<void> {
    // It would be over before the others looked, and keep them from taking tasks all the same.
    if (ms < this.#lookMs) return;
    const until = performance.now() + ms;
    if (until < (this.#told.get(endpoint) ?? 0) + NEWS_MS) return;
    this.#told.set(endpoint, until);
    // The pause holds here whatever becomes of this; the next answer tries again.
    await backOffEndpoint(this.#store, endpoint, ms, reason).catch(() => this.#told.delete(endpoint));
  }
}

/** How many connections are this pace's part. */
function mostOf({ budget, known }: Entry, share: EndpointShare, beside: number): number {
  const parts: { whole: number; machines: number; among: number }[] = [];
  if (budget === 'account') parts.push({ whole: CONNECTIONS, machines: share.publicFolderMachines, among: 1 });
  if (share.maxRunning !== null) parts.push({ whole: share.maxRunning, machines: share.machines, among: beside });
  const fair = parts.map(({ whole, machines, among }) => {
    // The others hear of a new one at their next look, and until then have its part too.
    if (!known && machines > 1) return 1;
    return Math.max(1, Math.floor(whole / machines / among));
  });
  return Math.min(CONNECTIONS, ...fair);
}
