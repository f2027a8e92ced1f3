import { UnexpectedStatus } from '../../errors.ts';
import type { SettingKind } from '../../settings.ts';
import { codeOf, saysNoSuchOperation } from '../codes.ts';

/** Mailboxes for which a server has to answer 500 without a word of EWS before an operation counts as not there. */
const FAILURES = 2;

/** Which settings one server can tell of, as its answers showed; shared by all mailboxes that are opened through it. */
export class KnownSettings {
  readonly #works = new Set<SettingKind>();
  readonly #failed = new Map<SettingKind, number>();
  readonly #reasons = new Map<SettingKind, string>();

  /** True, or why not. */
  supports(kind: SettingKind): true | string {
    return this.#reasons.get(kind) ?? true;
  }

  /** Reads a setting, and learns from the end whether the server has it. What has worked once is there. */
  async reading<T>(kind: SettingKind, ask: () => Promise<T>): Promise<T> {
    try {
      const value = await ask();
      this.#works.add(kind);
      return value;
    } catch (error) {
      if (!this.#works.has(kind) && saysNoSuchOperation(error)) this.#doubt(kind, error);
      throw error;
    }
  }

  /** A server in trouble says 500 as well, and so may one broken mailbox. */
  #doubt(kind: SettingKind, error: unknown): void {
    const failed = (this.#failed.get(kind) ?? 0) + 1;
    this.#failed.set(kind, failed);
    if (error instanceof UnexpectedStatus && error.status === 500 && failed < FAILURES) return;
    this.#reasons.set(kind, `the server does not offer it (${codeOf(error)})`);
  }
}
