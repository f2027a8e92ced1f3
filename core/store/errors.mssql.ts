import { TransplantError } from '../domain/errors.ts';
import {
  DuplicateError,
  StoreDeniedError,
  StoreFullError,
  StoreLockedError,
  StoreMissingError,
  StoreUnavailableError,
} from './errors.ts';

interface Said {
  /** SQL Server's error number, where it said one. */
  number: number;
  /** The driver's own code, like ESOCKET or ELOGIN. */
  code: string;
  message: string;
}

function read(error: Error): Said {
  const { number, code } = error as { number?: unknown; code?: unknown };
  return {
    number: typeof number === 'number' ? number : 0,
    code: typeof code === 'string' ? code : '',
    message: error.message,
  };
}

/** Codes of the driver for connections that cannot be made or that broke. */
const GONE = new Set([
  'ESOCKET',
  'ETIMEOUT',
  'ECONNCLOSED',
  'ENOTOPEN',
  'ECONNRESET',
  'ECONNREFUSED',
  'EINSTLOOKUP',
  'EINVALIDSTATE',
  'EABORT',
  'ETDS',
  'ECLOSE',
  // The system's own words for a line that broke or leads nowhere for now.
  'EPIPE',
  'ETIMEDOUT',
  'ECONNABORTED',
  'ENOTCONN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** A server that goes away in the middle of the handshake says nothing about certificates. */
const CUT = /before secure TLS connection/i;
/** Numbers of SQL Server and Azure SQL for "not now": shutting down, fail-over, throttled, out of workers. */
const NOT_NOW = new Set([
  596, 617, 669, 701, 983, 4221, 6005, 8645, 8651, 10928, 10929, 40143, 40197, 40501, 40613, 49918, 49919, 49920,
]);
/** Deadlock victim, lock request time-out, snapshot update conflict. */
const LOCKED = new Set([1205, 1222, 3960]);
const FULL = new Set([1101, 1105, 1827, 9002, 40544]);
/** Login failed; login denied; permission denied on an object, database or statement. */
const DENIED = new Set([18456, 18470, 18487, 18488, 229, 230, 262, 297, 300, 15247, 916]);
const DUPLICATE = new Set([2601, 2627]);

/** An error of SQL Server as one a person can act on. Messages for duplicates would carry values, so they are not passed on. */
export function mssqlError(error: unknown, shown: string): unknown {
  if (!(error instanceof Error) || error instanceof TransplantError) return error;
  const said = read(error);
  const tried = `use the database ${shown}`;
  const cause = { cause: error };
  const untrusted = /certificate|self.signed|altnames|TLS|EPROTO/i.test(said.message) && !CUT.test(said.message);
  if (said.code === 'EREFUSED' || untrusted) {
    return new StoreDeniedError({ tried, happened: oneLine(said.message), next: TRUST }, cause);
  }
  if (DUPLICATE.has(said.number)) {
    return new DuplicateError({ tried, happened: 'The row exists already.', next: 'Use another name.' }, cause);
  }
  if (LOCKED.has(said.number)) {
    const next = 'Try again; if it stays so, look for long transactions of other programs.';
    return new StoreLockedError({ tried, happened: 'Another connection held what was needed.', next }, cause);
  }
  if (FULL.has(said.number)) {
    const next =
      'Give the database or its disk more space (SQL Server Express ends at 10 GB); the work goes on by itself.';
    return new StoreFullError({ tried, happened: oneLine(said.message), next }, cause);
  }
  if (
    said.number === 4060 ||
    said.number === 911 ||
    /cannot open database|database .* does not exist/i.test(said.message)
  ) {
    const next = 'Check the name, or create it with: transplant db create --setup-user … --db URL';
    return new StoreMissingError({ tried, happened: 'The server has no such database for this account.', next }, cause);
  }
  if (isAway(said)) {
    const next = 'Check that the server runs and can be reached; work goes on by itself when it is back.';
    return new StoreUnavailableError({ tried, happened: oneLine(said.message), next }, cause);
  }
  if (DENIED.has(said.number) || said.code === 'ELOGIN') {
    const next = 'Check user and password; transplant db status says which rights are missing and how to grant them.';
    return new StoreDeniedError({ tried, happened: oneLine(said.message), next }, cause);
  }
  return error;
}

const TRUST =
  'Compare the certificate on the server; then trust it by pin=SHA256 in the address, or its authority by ca=FILE.';

/** A restarting server refuses logins with a text of its own before it knows any account (PostgreSQL's 57P03 too). */
function isAway({ number, code, message }: Said): boolean {
  return (
    GONE.has(code) ||
    NOT_NOW.has(number) ||
    /starting up|shutting down|in recovery|administrator command|server closed the connection|connection is closed|too many clients/i.test(
      message,
    )
  );
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
