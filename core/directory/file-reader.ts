import type { DirectoryProblem, RecipientRecord } from '../domain/recipient.ts';
import type { DirectoryConfig } from './config.ts';
import { readCsv } from './csv.ts';
import { DirectoryCancelledError } from './errors.ts';
import { type FileRecord, readLdif } from './ldif.ts';
import type { DirectoryReader, ReadBatch, ReadOptions, ReadResult } from './reader.ts';
import { toRecipient } from './recipient.ts';
import { textOf } from './text-stream.ts';

const BATCH = 1000;

/** Reads the recipients of a forest from exports made by ldifde or csvde, when there is no line to it yet. */
export class FileReader implements DirectoryReader {
  readonly #config: DirectoryConfig;

  constructor(config: DirectoryConfig) {
    this.#config = config;
  }

  async *read({ signal }: ReadOptions): AsyncGenerator<ReadBatch, ReadResult> {
    let batch = emptyBatch();
    const seen = new Set<string>();
    for (const file of this.#config.files ?? []) {
      for await (const record of await recordsOf(file)) {
        if (signal?.aborted) throw cancelled(file);
        addRecord(batch, record, seen);
        if (batch.recipients.length + batch.problems.length < BATCH) continue;
        yield batch;
        batch = emptyBatch();
      }
    }
    yield batch;
    const files = (this.#config.files ?? []).join(', ');
    return { mode: 'full', state: undefined, notes: [`Read from ${files}; an export has no deltas.`], queries: 0 };
  }

  async close(): Promise<void> {}
}

function emptyBatch(): { recipients: RecipientRecord[]; gone: string[]; problems: DirectoryProblem[] } {
  return { recipients: [], gone: [], problems: [] };
}

function addRecord(batch: ReturnType<typeof emptyBatch>, record: FileRecord, seen: Set<string>): void {
  if ('problem' in record) {
    batch.problems.push({ dn: record.dn, reason: record.problem });
    return;
  }
  const recipient = toRecipient(record.dn, record.attributes);
  if (!recipient || recipient.deleted) return;
  if (seen.has(recipient.guid)) {
    batch.problems.push({ dn: record.dn, reason: 'the object stands twice in the export; the first one counts' });
    return;
  }
  seen.add(recipient.guid);
  batch.recipients.push(recipient);
}

async function recordsOf(file: string): Promise<AsyncGenerator<FileRecord>> {
  return (await isLdif(file)) ? readLdif(file) : readCsv(file);
}

/** By what is in it, since people name files as they like. */
async function isLdif(file: string): Promise<boolean> {
  let start = '';
  for await (const piece of textOf(file)) {
    start += piece;
    if (start.length > 8192) break;
  }
  const line = start
    .split(/\r?\n/)
    .map((l) => l.trim())
    .find((l) => l !== '' && !l.startsWith('#'));
  return line === undefined || /^(?:dn|version)::?/i.test(line);
}

function cancelled(file: string): DirectoryCancelledError {
  return new DirectoryCancelledError({
    tried: `read the export ${file}`,
    happened: 'It was cancelled; what was read so far is kept.',
    next: 'Start it again; an export is read from its beginning.',
  });
}
