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
  /**
   * Gives this console a new data key where no approved console is left; none where there is no console.
   * @returns the machines that have to be approved again
   */
  newDataKey?(): Promise<string[]>;
  /** How this program starts itself again as another process, for the practice lab; none where it cannot. */
  program?: Program;
}

/** Starts commands of this program, each as a process of its own. */
export interface Program {
  start(words: readonly string[]): Command;
}

export interface Command {
  readonly alive: boolean;
  /** Ends when the process has, and everything it said was heard. */
  readonly ended: Promise<void>;
  /** Whatever it says to people; at least from now on. */
  hear(listener: (text: string) => void): void;
  /** Asks it to end. */
  stop(): void;
}
