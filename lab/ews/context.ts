import type { X509Certificate } from 'node:crypto';
import type { Fault, FaultInjector, FaultItem } from '../faults.ts';
import type { DirectoryAccount, MailboxRecord, OrganisationDirectory, OrganisationStore } from '../model.ts';
import type { AuthScheme } from './http/auth.ts';
import type { IdCodec } from './ids.ts';
import type { ServerVersion } from './version.ts';

/** What the front needs to know of its organisation. */
export interface EwsOrganisation {
  /** `source` or `target`, or any other name; faults name it, ids carry it. */
  name: string;
  /** DNS name of the server, as in its certificate. */
  host: string;
  /** NetBIOS name of the domain, upper case. */
  netbiosDomain: string;
  /** The Exchange version it says it is, such as `15.1.2507.39`; a 2019 where left out. */
  version?: string | undefined;
}

/** Where ExportItems and UploadItems work. */
export type BulkTransfer = 'everywhere' | 'mailboxes' | 'nowhere';

export interface EwsOptions {
  schemes: readonly AuthScheme[];
  /** Extended Protection: NTLM must be bound to the TLS channel. */
  extendedProtection: boolean;
  /** EWSMaxConcurrency: calls of one mailbox at a time; above it ErrorServerBusy, above twice that HTTP 503. */
  maxConcurrency: number;
  /** Bytes of a request's body; above it HTTP 413 (Exchange 2013: 64 MB, 2010: about 35 MB). */
  maxRequestBytes: number;
  bulkTransfer: BulkTransfer;
  /** Content of public folders only with X-PublicFolderMailbox naming the mailbox that holds the folder. */
  publicFolderHeaders: boolean;
  /** Default folders may be renamed, which Exchange refuses. */
  renamesDefaultFolders: boolean;
  /** ms since the epoch. */
  now: () => number;
}

export const DEFAULT_OPTIONS: EwsOptions = {
  schemes: ['NTLM', 'Basic'],
  extendedProtection: false,
  maxConcurrency: 27,
  maxRequestBytes: 64 * 1024 * 1024,
  bulkTransfer: 'everywhere',
  publicFolderHeaders: false,
  renamesDefaultFolders: false,
  now: Date.now,
};

/** The parts one organisation's front shares between calls. */
export interface EwsServerContext {
  organisation: EwsOrganisation;
  store: OrganisationStore;
  directory: OrganisationDirectory;
  faults: FaultInjector;
  options: EwsOptions;
  ids: IdCodec;
  certificate: X509Certificate | undefined;
  version: ServerVersion;
}

/** As whom a call acts. */
export interface EffectiveUser {
  /** Primary SMTP address, lower case; empty for an account without a mailbox. */
  address: string;
  displayName: string;
  mailbox: MailboxRecord | undefined;
  account: DirectoryAccount | undefined;
  impersonated: boolean;
}

/** One call of one operation. */
export interface Call extends EwsServerContext {
  operation: string;
  user: EffectiveUser;
  /** X-AnchorMailbox and X-PublicFolderMailbox as sent. */
  anchorMailbox: string | undefined;
  publicFolderMailbox: string | undefined;
  /** Host and port the client reached. */
  endpoint: string;
  /** Mailbox the call is about, for faults; the first one it touches. */
  faultMailbox: string;
  faultFor(item: FaultItem): Fault | undefined;
  /** Every response message of this call is ErrorServerBusy with this back-off. */
  busyMs?: number;
  /** A sync state given in this call counts as stale. */
  staleSyncState?: boolean;
}

/** A piece of an answer. */
export type Chunk = string | Uint8Array;
