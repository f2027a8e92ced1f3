import { UnexpectedStatus } from '../errors.ts';

/**
 * EWS response codes as error classes ([MS-OXWSCDATA] ResponseCodeType). Codes that the program decides by are written
 * out; any other gets its class on first sight, so that `error.name` always says the code.
 */
export class EwsError extends Error {
  readonly code: string;
  /** What the error is about, where the server says so: field URIs such as `item:Subject`, tags such as `0x300b`. */
  about: string[] = [];
  constructor(code: string, message: string) {
    super(message === '' ? code : `${code}: ${message}`);
    this.code = code;
    this.name = code;
  }
}

const classes = new Map<string, new (message: string) => EwsError>();

function define(code: string): new (message: string) => EwsError {
  const known = classes.get(code);
  if (known) return known;
  const created = class extends EwsError {
    constructor(message: string) {
      super(code, message);
    }
  };
  Object.defineProperty(created, 'name', { value: code });
  classes.set(code, created);
  return created;
}

export const ErrorAccessDenied = define('ErrorAccessDenied');
export const ErrorCorruptData = define('ErrorCorruptData');
export const ErrorDuplicateUserIdsSpecified = define('ErrorDuplicateUserIdsSpecified');
export const ErrorFolderExists = define('ErrorFolderExists');
export const ErrorFolderNotFound = define('ErrorFolderNotFound');
export const ErrorImpersonateUserDenied = define('ErrorImpersonateUserDenied');
export const ErrorImpersonationDenied = define('ErrorImpersonationDenied');
export const ErrorImpersonationFailed = define('ErrorImpersonationFailed');
export const ErrorInvalidRequest = define('ErrorInvalidRequest');
export const ErrorInvalidOperation = define('ErrorInvalidOperation');
export const ErrorInvalidServerVersion = define('ErrorInvalidServerVersion');
export const ErrorInvalidSyncStateData = define('ErrorInvalidSyncStateData');
export const ErrorItemNotFound = define('ErrorItemNotFound');
export const ErrorMailboxMoveInProgress = define('ErrorMailboxMoveInProgress');
export const ErrorMailboxStoreUnavailable = define('ErrorMailboxStoreUnavailable');
export const ErrorMessageSizeExceeded = define('ErrorMessageSizeExceeded');
export const ErrorNonExistentMailbox = define('ErrorNonExistentMailbox');
export const ErrorQuotaExceeded = define('ErrorQuotaExceeded');
export const ErrorSchemaValidation = define('ErrorSchemaValidation');
export const ErrorServerBusy = define('ErrorServerBusy');
export const ErrorSyncFolderNotFound = define('ErrorSyncFolderNotFound');
export const ErrorTooManyObjectsOpened = define('ErrorTooManyObjectsOpened');
export const ErrorUnsupportedMimeConversion = define('ErrorUnsupportedMimeConversion');
export const ErrorUnsupportedOperation = define('ErrorNotSupported');

/** The error of a response code, as an instance of that code's class. */
export function ewsError(code: string, message: string): EwsError {
  return new (define(code))(message);
}

/** Codes by which a server says that it has no such operation, in the words of the servers that were met. */
const NO_SUCH_OPERATION = new Set([
  'ErrorInvalidRequest',
  'ErrorInvalidOperation',
  'ErrorNotSupported',
  'ErrorUnsupportedOperation',
  'ErrorNotImplemented',
  'ErrorSchemaValidation',
  'ErrorApiNotFound',
]);
/** Statuses of HTTP that servers without an operation were seen to give for it, beside faults. */
const NO_SUCH_STATUS = new Set([404, 405, 500, 501]);
export function saysNoSuchOperation(error: unknown): boolean {
  if (error instanceof UnexpectedStatus) return NO_SUCH_STATUS.has(error.status);
  return error instanceof EwsError && NO_SUCH_OPERATION.has(error.code);
}

/** What an error is called in a reason: its code, or the status of HTTP. */
export function codeOf(error: unknown): string {
  if (error instanceof UnexpectedStatus) return `HTTP ${error.status}`;
  return error instanceof EwsError ? error.code : 'an error';
}

/** Codes that pass by themselves: the item or request may be tried again. */
const PASSING = new Set([
  'ErrorServerBusy',
  'ErrorInternalServerTransientError',
  'ErrorMailboxStoreUnavailable',
  'ErrorMailboxMoveInProgress',
  'ErrorTimeoutExpired',
  'ErrorTooManyObjectsOpened',
  'ErrorConnectionFailed',
  'ErrorConnectionFailedTransientError',
  'ErrorInsufficientResources',
  'ErrorExceededConnectionCount',
  'ErrorBatchProcessingStopped',
  'ErrorRequestAborted',
  'ErrorNotAcquireLock',
]);
export function isPassingCode(error: unknown): boolean {
  return error instanceof EwsError && PASSING.has(error.code);
}

/** Codes that say that nothing was done: even a write may be sent again. */
const NOT_STARTED = new Set(['ErrorServerBusy', 'ErrorBatchProcessingStopped', 'ErrorExceededConnectionCount']);
export function isNotStarted(error: unknown): boolean {
  return error instanceof EwsError && NOT_STARTED.has(error.code);
}
