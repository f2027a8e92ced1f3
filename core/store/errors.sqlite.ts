import { TransplantError } from '../domain/errors.ts';
import {
  DuplicateError,
  NotADatabaseError,
  StoreDamagedError,
  StoreDeniedError,
  StoreFullError,
  StoreLockedError,
  StoreMissingError,
  StoreUnavailableError,
} from './errors.ts';

/** The primary result code of SQLite (https://sqlite.org/rescode.html), or 0. */
function primaryCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 0;
  return error.errcode & 0xff;
}

const BUSY = 5;
const LOCKED = 6;

/** Another connection holds the lock that is needed. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

/** SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY and _ROWID: the extended code says which constraint it was. */
const DUPLICATES = new Set([2067, 1555, 2579]);

/** An error of SQLite as one a person can act on; what SQLite says names tables and columns, never values. */
export function sqliteError(error: unknown, shown: string): unknown {
  if (!(error instanceof Error) || error instanceof TransplantError) return error;
  const code = primaryCode(error);
  if (code === 0) return error;
  const tried = `use the database ${shown}`;
  const said = error.message;
  const cause = { cause: error };
  switch (code) {
    case BUSY:
    case LOCKED:
      return new StoreLockedError(
        {
          tried,
          happened: 'Another process kept it locked for too long.',
          next: 'Close programs that have the file open (backup, virus scanner, a database browser), then try again.',
        },
        cause,
      );
    case 8:
      return new StoreDeniedError(
        {
          tried,
          happened: 'It may not be written.',
          next: 'Give this user write permission on the file and its folder.',
        },
        cause,
      );
    case 10:
      return new StoreUnavailableError(
        {
          tried,
          happened: `The disk reported an error (${said}).`,
          next: 'Check the disk and its free space, then try again.',
        },
        cause,
      );
    case 11:
      return new StoreDamagedError(
        {
          tried,
          happened: `The file is damaged (${said}).`,
          next: 'Stop every process that uses it, keep a copy, and restore the last backup of the file with its -wal file.',
        },
        cause,
      );
    case 13:
      return new StoreFullError(
        { tried, happened: 'The disk is full.', next: 'Free space on its disk; the work goes on where it stopped.' },
        cause,
      );
    case 14:
      return new StoreMissingError(
        {
          tried,
          happened: 'The file cannot be opened.',
          next: 'Check that its folder exists and that this user may write there.',
        },
        cause,
      );
    case 19:
      return 'errcode' in error && DUPLICATES.has(Number(error.errcode))
        ? new DuplicateError({ tried, happened: `The row exists already (${said}).`, next: 'Use another name.' }, cause)
        : error;
    case 26:
      return new NotADatabaseError(
        { tried, happened: 'The file is not a database.', next: 'Name another file, or move this one away.' },
        cause,
      );
    default:
      return error;
  }
}
