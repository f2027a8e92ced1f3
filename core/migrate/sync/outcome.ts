import { isPassing } from '../../exchange/errors.ts';
import { EwsError, isNotStarted, isPassingCode } from '../../exchange/ews/codes.ts';
import type { BadReason } from '../../store/bad-items.ts';

/** What an error says about one item. */
export type ItemVerdict =
  | { kind: 'gone' }
  /** Try again later in this run or in the next one. */
  | { kind: 'passing' }
  /** The item cannot travel in this form; another form may do. */
  | { kind: 'form'; message: string }
  | { kind: 'bad'; reason: BadReason; message: string };

const GONE = new Set(['ErrorItemNotFound', 'ErrorMessageDeleted']);
const CORRUPT = new Set([
  'ErrorCorruptData',
  'ErrorItemCorrupt',
  'ErrorItemPropertyRequestFailed',
  'ErrorPropertyRequestFailed',
  'ErrorContentConversionFailed',
  'ErrorMimeContentInvalid',
  'ErrorMimeContentInvalidBase64String',
]);
const TOO_LARGE = new Set(['ErrorMessageSizeExceeded', 'ErrorAttachmentSizeLimitExceeded', 'ErrorRequestSizeExceeded']);
const DENIED = new Set(['ErrorAccessDenied', 'ErrorCreateItemAccessDenied', 'ErrorItemSavePropertyError']);
const FORM = new Set([
  'ErrorUnsupportedMimeConversion',
  'ErrorNotSupported',
  'ErrorInvalidOperation',
  'ErrorInvalidRequest',
  'ErrorUnsupportedTypeForConversion',
  'ErrorInvalidItemForOperationCreateItem',
]);

/** Reads the error of one item; the message names the code alone, since servers put names and subjects into texts. */
export function verdictOf(error: Error): ItemVerdict {
  if (!(error instanceof EwsError)) {
    if (isPassing(error)) return { kind: 'passing' };
    return { kind: 'bad', reason: 'unreadable', message: error.name };
  }
  const { code } = error;
  if (GONE.has(code)) return { kind: 'gone' };
  if (isPassingCode(error) || isNotStarted(error)) return { kind: 'passing' };
  if (CORRUPT.has(code)) return { kind: 'bad', reason: 'corrupt', message: code };
  if (TOO_LARGE.has(code)) return { kind: 'bad', reason: 'tooLarge', message: code };
  if (DENIED.has(code)) return { kind: 'bad', reason: 'accessDenied', message: code };
  if (FORM.has(code)) return { kind: 'form', message: code };
  return { kind: 'bad', reason: 'unknown', message: code };
}

/** Codes for which a smaller request may go through. */
const SPLIT = new Set([
  'ErrorMessageSizeExceeded',
  'ErrorRequestSizeExceeded',
  'ErrorTimeoutExpired',
  'ErrorRequestAborted',
  'ErrorTooManyObjectsOpened',
]);

/** True when a whole call failed for its size, so that halves of it may succeed. */
export function asksForLess(error: unknown): boolean {
  if (error instanceof EwsError) return SPLIT.has(error.code);
  return error instanceof Error && 'status' in error && (error.status === 413 || error.status === 400);
}

/** True when a server gave a write up in the middle: it may have been carried out all the same. */
export function mayHaveBegun(error: unknown): boolean {
  return isPassingCode(error) && !isNotStarted(error);
}
