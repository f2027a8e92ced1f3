import type { Store } from '../store/store.ts';

/** Who does something, from where: what the audit log keeps. */
export interface Actor {
  user: string;
  host: string;
}

/** What every procedure of the router gets. */
export interface ApiContext {
  store: Store;
  actor: Actor;
  /** Ties a click in the console to the EWS requests it led to. */
  correlation: string;
}
