import type { CallOptions } from './mail-store.ts';

/**
 * What belongs to a mailbox beside its folders and items. Each store says which of these it can carry; the engine carries
 * what both sides can, and lists the rest with the reason.
 */
export const SETTING_KINDS = [
  'outOfOffice',
  'delegates',
  'inboxRules',
  'configuration',
  'quota',
  'folderNames',
] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

/** Settings of one mailbox. Every call throws EwsError (or the store's like) for the server's own no. */
export interface SettingsStore {
  /**
   * True, or why not. A server's no that is only found out at run time is thrown by the call, and known from then on for all
   * mailboxes of the server.
   */
  supports(kind: SettingKind): true | string;

  outOfOffice(options?: CallOptions): Promise<OutOfOffice>;
  setOutOfOffice(value: OutOfOffice, options?: CallOptions): Promise<void>;

  delegates(options?: CallOptions): Promise<Delegates>;
  /** Adds a delegate, or changes the one that is there. Nothing is mailed to anybody. */
  setDelegate(delegate: Delegate, exists: boolean, options?: CallOptions): Promise<void>;
  removeDelegate(address: string, options?: CallOptions): Promise<void>;
  setDelivery(delivery: string, options?: CallOptions): Promise<void>;

  inboxRules(options?: CallOptions): Promise<InboxRules>;
  /** Makes a rule, or replaces the one of its id. */
  setInboxRule(rule: InboxRule, options?: CallOptions): Promise<void>;
  removeInboxRule(id: string, options?: CallOptions): Promise<void>;

  /** Those of these that may be there: what is left out is certainly absent. One call, instead of one for each. */
  configurationsThere(names: readonly ConfigurationName[], options?: CallOptions): Promise<ConfigurationName[]>;
  /** Configuration kept in a folder; undefined where there is none of that name. */
  configuration(name: ConfigurationName, options?: CallOptions): Promise<Configuration | undefined>;
  setConfiguration(
    name: ConfigurationName,
    value: Configuration,
    exists: boolean,
    options?: CallOptions,
  ): Promise<void>;

  quota(options?: CallOptions): Promise<Quota>;
}

/** Automatic replies. Times are ms since the epoch; they count only while the state is Scheduled. */
export interface OutOfOffice {
  state: 'Disabled' | 'Enabled' | 'Scheduled';
  audience: 'None' | 'Known' | 'All';
  start: number | null;
  end: number | null;
  /** HTML as the server gave it. */
  internal: string;
  external: string;
}

export const DELEGATE_FOLDERS = ['Calendar', 'Tasks', 'Inbox', 'Contacts', 'Notes', 'Journal'] as const;
export type DelegateFolder = (typeof DELEGATE_FOLDERS)[number];

export interface Delegate {
  /** SMTP address; the server's own words where it has none. */
  address: string;
  displayName: string;
  /** None, Reviewer, Author, Editor, or Custom for rights that the folder's own list says. */
  levels: Partial<Record<DelegateFolder, string>>;
  receiveCopies: boolean;
  viewPrivate: boolean;
}
export interface Delegates {
  list: Delegate[];
  /** Where meeting requests go: DelegatesOnly, DelegatesAndMe, DelegatesAndSendInformationToMe, NoForward. */
  delivery: string | null;
  /** People whom the server no longer finds in its directory. */
  unknown: string[];
}

/** A condition, exception or action by the store's name for it. */
export type RulePart =
  | { name: string; kind: 'value'; value: string }
  | { name: string; kind: 'strings'; values: string[] }
  | { name: string; kind: 'range'; from: string | null; to: string | null }
  | { name: string; kind: 'addresses'; addresses: RuleAddress[] }
  | { name: string; kind: 'folder'; folder: RuleFolder }
  /** The template of a reply: an item of the mailbox. */
  | { name: string; kind: 'item'; itemId: string };
export interface RuleAddress {
  name: string;
  address: string;
  /** SMTP or EX; empty where not said. */
  routing: string;
}
export type RuleFolder = { id: string } | { distinguished: string };

export interface InboxRule {
  /** Empty for a rule that is not there yet. */
  id: string;
  name: string;
  /** The order in which rules run, from 1. */
  priority: number;
  enabled: boolean;
  /** The store cannot say all of it, such as rules that only Outlook runs. */
  unsupported: boolean;
  inError: boolean;
  conditions: RulePart[];
  exceptions: RulePart[];
  actions: RulePart[];
}
export interface InboxRules {
  rules: InboxRule[];
  /** Outlook keeps a list of its own, which is lost when rules are changed from outside. */
  outlookRules: boolean;
}

export interface ConfigurationName {
  /** EWS distinguished folder id. */
  folder: string;
  name: string;
}
export interface DictionaryValue {
  type: string;
  values: string[];
}
/** What stands in a configuration; bytes are base64. */
export interface Configuration {
  dictionary: { key: DictionaryValue; value: DictionaryValue | null }[] | null;
  xml: string | null;
  binary: string | null;
}

/** Bytes; null where the server does not say or sets none. */
export interface Quota {
  warning: number | null;
  prohibitSend: number | null;
  prohibitReceive: number | null;
}

/** Kept by mailbox programs in folders, and worth taking along; each is one folder-associated item. */
export const CONFIGURATIONS: readonly ConfigurationName[] = [
  { folder: 'calendar', name: 'CategoryList' },
  { folder: 'calendar', name: 'Calendar' },
  { folder: 'calendar', name: 'WorkHours' },
  { folder: 'calendar', name: 'AvailabilityOptions' },
  { folder: 'root', name: 'OWA.UserOptions' },
  { folder: 'root', name: 'OWA.ViewStateConfiguration' },
];

const SETTING_CLASSES = new Set([
  ...CONFIGURATIONS.map(({ name }) => `ipm.configuration.${name.toLowerCase()}`),
  // Rules and their templates name folders and people of the source; they are made anew through the rules' own door.
  'ipm.rule.message',
  'ipm.rule.version2.message',
  'ipm.ruleorganizer',
  'ipm.note.rules.ooftemplate.microsoft',
  'ipm.note.rules.externalooftemplate.microsoft',
]);

/** Whether a folder-associated item is a setting, which travels through the settings and not as an item. */
export function isSettingItem(item: { associated: boolean; itemClass: string }): boolean {
  return item.associated && SETTING_CLASSES.has(item.itemClass.toLowerCase());
}
