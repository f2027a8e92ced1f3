import type { CallOptions } from '../../mail-store.ts';
import type {
  Configuration,
  ConfigurationName,
  Delegate,
  Delegates,
  InboxRule,
  InboxRules,
  OutOfOffice,
  Quota,
  SettingKind,
  SettingsStore,
} from '../../settings.ts';
import { EwsError, isPassingCode } from '../codes.ts';
import { getDelegates, putDelegate, removeDelegate, setDelivery } from '../operations/delegates.ts';
import { deleteInboxRule, getInboxRules, putInboxRule } from '../operations/inbox-rules.ts';
import { getOutOfOffice, setOutOfOffice } from '../operations/out-of-office.ts';
import { getQuota } from '../operations/quota.ts';
import {
  findUserConfigurations,
  getUserConfiguration,
  putUserConfiguration,
} from '../operations/user-configuration.ts';
import type { Session } from '../run.ts';
import type { KnownSettings } from './known-settings.ts';

/** Settings of one mailbox over EWS. What an old or foreign server lacks, it says when asked. */
export class EwsSettings implements SettingsStore {
  readonly #session: Session;
  readonly #address: string;
  readonly #known: KnownSettings;

  constructor(session: Session, address: string, known: KnownSettings) {
    this.#session = session;
    this.#address = address;
    this.#known = known;
  }

  supports(kind: SettingKind): true | string {
    return this.#known.supports(kind);
  }
  outOfOffice(options?: CallOptions): Promise<OutOfOffice> {
    return this.#known.reading('outOfOffice', () => getOutOfOffice(this.#session, this.#address, options));
  }
  setOutOfOffice(value: OutOfOffice, options?: CallOptions): Promise<void> {
    return setOutOfOffice(this.#session, this.#address, value, options);
  }
  delegates(options?: CallOptions): Promise<Delegates> {
    return this.#known.reading('delegates', () => getDelegates(this.#session, this.#address, options));
  }
  setDelegate(delegate: Delegate, exists: boolean, options?: CallOptions): Promise<void> {
    return putDelegate(this.#session, this.#address, delegate, exists, options);
  }
  removeDelegate(address: string, options?: CallOptions): Promise<void> {
    return removeDelegate(this.#session, this.#address, address, options);
  }
  setDelivery(delivery: string, options?: CallOptions): Promise<void> {
    return setDelivery(this.#session, this.#address, delivery, options);
  }
  inboxRules(options?: CallOptions): Promise<InboxRules> {
    return this.#known.reading('inboxRules', () => getInboxRules(this.#session, this.#address, options));
  }
  setInboxRule(rule: InboxRule, options?: CallOptions): Promise<void> {
    return putInboxRule(this.#session, this.#address, rule, options);
  }
  removeInboxRule(id: string, options?: CallOptions): Promise<void> {
    return deleteInboxRule(this.#session, this.#address, id, options);
  }
  configuration(name: ConfigurationName, options?: CallOptions): Promise<Configuration | undefined> {
    return this.#known.reading('configuration', () => getUserConfiguration(this.#session, name, options));
  }
  async configurationsThere(names: readonly ConfigurationName[], options?: CallOptions): Promise<ConfigurationName[]> {
    // Folder-associated items came with Exchange 2010.
    if (!this.#session.client.speaks('Exchange2010')) return [...names];
    try {
      return await findUserConfigurations(this.#session, names, options);
    } catch (error) {
      if (!(error instanceof EwsError) || isPassingCode(error)) throw error;
      return [...names];
    }
  }
  setConfiguration(
    name: ConfigurationName,
    value: Configuration,
    exists: boolean,
    options?: CallOptions,
  ): Promise<void> {
    return putUserConfiguration(this.#session, name, value, exists, options);
  }
  quota(options?: CallOptions): Promise<Quota> {
    return getQuota(this.#session, options);
  }
}
