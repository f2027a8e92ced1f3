import type { Keyring } from '../store/keyring.ts';
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
  /**
   * What this machine can open of the stored passwords. Enrols the machine on first use; a read of state needs no key.
   * @throws MachineKeyError
   */
  keyring(): Promise<Keyring>;
  /** How this program starts itself again as another process, for the practice lab; none where it cannot. */
  program?: Program;
}

/** A command line without its last words, and the environment that names the database. */
export interface Program {
  file: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}
