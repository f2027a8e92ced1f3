import { createHash } from 'node:crypto';
import type { MailStore } from '../../exchange/mail-store.ts';
import type { SettingKind, SettingsStore } from '../../exchange/settings.ts';
import type { SettingRow } from '../../store/mailbox-settings.ts';
import type { AddressMap } from '../hierarchy/permissions.ts';
import type { Job } from '../job.ts';

/** How one setting stands in the target, compared with what it should be there. */
export interface SettingCheck {
  kind: SettingKind;
  name: string;
  /**
   * `extra`: written by an earlier run and gone in the source; `cannotMove`: with a reason; `note`: nothing to write, but
   * something a person should know.
   */
  outcome: 'same' | 'missing' | 'different' | 'extra' | 'cannotMove' | 'note';
  reason: string;
  /** What differs, by name, never a value. */
  details: string[];
  /** Of what the target should hold, hex; null where nothing can be carried. */
  wanted: string | null;
  /** Of what the target holds, hex; equal to `wanted` when nothing differs; null where there is nothing. */
  present: string | null;
  write?: (() => Promise<void>) | undefined;
}

/** Both sides of one mailbox's settings, and what is known of earlier runs. */
export interface SettingsScene {
  job: Job;
  source: SettingsStore;
  target: SettingsStore;
  addresses: AddressMap;
  /** A last sync runs or ran: automatic replies and forwarding rules are as in the source from now on. */
  live: boolean;
  known: ReadonlyMap<string, SettingRow>;
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** Whether an earlier run took something of this kind to the target; without, what stands there is the target's own. */
export function wrote({ known }: SettingsScene, kind: SettingKind): boolean {
  return [...known.values()].some((row) => row.kind === kind && row.state === 'moved');
}

type Made = Omit<SettingCheck, 'reason' | 'details' | 'wanted' | 'present'> & Partial<SettingCheck>;

export function check(made: Made): SettingCheck {
  return { reason: '', details: [], wanted: null, present: null, ...made };
}

/** A check of one value against another: same, missing or different. */
export function compared(
  about: Pick<SettingCheck, 'kind' | 'name'>,
  sides: { wanted: unknown; present: unknown; details: string[] },
  write: () => Promise<void>,
): SettingCheck {
  const wanted = digestOf(sides.wanted);
  if (sides.present === null) return check({ ...about, outcome: 'missing', wanted, write });
  const same = sides.details.length === 0;
  return check({
    ...about,
    outcome: same ? 'same' : 'different',
    details: sides.details,
    wanted,
    present: same ? wanted : digestOf(sides.present),
    ...(same ? {} : { write }),
  });
}

/** The id by which a store itself names a folder: servers may write one id in several ways. */
export class FolderNames {
  readonly #store: MailStore;
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, Promise<string | null>>();

  constructor(store: MailStore, signal: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  id(folder: { id: string } | { distinguished: string }): Promise<string | null> {
    const key = 'id' in folder ? folder.id : `@${folder.distinguished}`;
    const known = this.#known.get(key);
    if (known) return known;
    const asked = 'id' in folder ? this.#byId(folder.id) : this.#byName(folder.distinguished);
    this.#known.set(key, asked);
    return asked;
  }

  async #byId(id: string): Promise<string | null> {
    const [found] = await this.#store.getFolders([id], { signal: this.#signal });
    return found?.ok ? found.value.id : null;
  }
  async #byName(name: string): Promise<string | null> {
    return (await this.#store.distinguished(name, this.#signal))?.id ?? null;
  }
}
