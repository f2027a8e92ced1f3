import { TransplantError } from '../domain/errors.ts';

/** The database cannot be used for now (locked, away, in fail-over): the same work may be tried again later. */
export class StoreUnavailableError extends TransplantError {}

/** Another process held the database's write lock longer than we wait. */
export class StoreLockedError extends StoreUnavailableError {}

/** The disk or the database's size limit is reached (SQLite SQLITE_FULL, SQL Server 1105, 1101, 9002, 1827). */
export class StoreFullError extends TransplantError {}

/** There is no database at the given place. */
export class StoreMissingError extends TransplantError {}

/** The database exists but its schema is older than the program. */
export class StoreOutdatedError extends TransplantError {}

/** The database was made or upgraded by a newer program than this one. */
export class StoreNewerError extends TransplantError {}

/** A migration that was applied is no longer the one this program brings: the file or the record was changed. */
export class MigrationChangedError extends TransplantError {}

/** The file is not a database of Transplant, or not a database at all. */
export class NotADatabaseError extends TransplantError {}

/** The database is damaged: its own integrity check or a read failed. */
export class StoreDamagedError extends TransplantError {}

/** The account may not do what is needed. */
export class StoreDeniedError extends TransplantError {}

/** A row with the same key exists already. Repositories turn it into a text of their own. */
export class DuplicateError extends TransplantError {}

/** The address of a database is not understood. */
export class StoreUrlError extends TransplantError {}
