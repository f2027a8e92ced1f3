import type { DirectoryProblem, RecipientRecord } from '../domain/recipient.ts';

/** Where a delta starts: what one server had said when the read began. */
export interface DeltaState {
  /** The server that was read; numbers of another one mean nothing here. */
  server: string;
  invocationId: string;
  usn: number;
  /** DirSync cookie, where that was allowed. */
  cookie: Uint8Array | null;
  /** Whether the account sees deleted objects; if not, a delta looks for what is gone by reading all GUIDs. */
  seesDeleted: boolean;
}

/** Some objects, ready to be stored. */
export interface ReadBatch {
  recipients: RecipientRecord[];
  /** GUIDs of objects that are deleted, or no recipients any more. */
  gone: string[];
  problems: DirectoryProblem[];
  /** GUIDs that were seen and are as they are stored. */
  unchanged?: string[];
  /** Where the next delta will start, said before a full read, so that one that breaks off can be gone on with. */
  start?: DeltaState | undefined;
  /** How many objects there are in all, where the reader can tell. */
  total?: number;
}

/** How a read came to be what it was. */
export interface ReadResult {
  mode: 'full' | 'resumed' | 'delta';
  /** Where the next delta starts; undefined for files, which have none. */
  state: DeltaState | undefined;
  /** Sentences for people: why a full read was made, which server took over, which domain was left out. */
  notes: string[];
  /** Queries that were sent to the server, each page counted once. */
  queries: number;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** Where the last read ended, or where the one that broke off began; none means a full read. */
  since?: DeltaState | undefined;
  /** GUIDs that are stored, with their uSNChanged. */
  known?: (() => Promise<Map<string, number>>) | undefined;
  /** The last full read broke off: what is stored as it still is need not be read again. */
  resume?: boolean;
}

/**
 * Reads the recipients of a forest, from servers or from an export. Batches come as they are read; the generator's
 * return value tells how it went. Failures of one object are problems in a batch; others are thrown as TransplantError.
 */
export interface DirectoryReader {
  read(options: ReadOptions): AsyncGenerator<ReadBatch, ReadResult>;
  close(): Promise<void>;
}
