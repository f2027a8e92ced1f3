import { TransplantError } from '../core/domain/errors.ts';
import { isPassing } from '../core/exchange/errors.ts';
import { EwsError, isPassingCode } from '../core/exchange/ews/codes.ts';
import type { TaskFailure } from '../core/store/queue.ts';

/** What Exchange means by a code, and what to do, for the codes that a person has to act on. */
const CODES: Record<string, string> = {
  ErrorNonExistentMailbox:
    'There is no such mailbox. Prepare the target (transplant prepare plan, then apply) and try again.',
  ErrorMailboxMoveInProgress: 'The mailbox is being moved by Exchange itself. Try again when that is over.',
  ErrorImpersonateUserDenied: 'The Exchange account may not act for this mailbox. Preflight shows how to allow it.',
  ErrorImpersonationDenied: 'The Exchange account may not act for other mailboxes. Preflight shows how to allow it.',
  ErrorAccessDenied: 'The account has no right to do this. Preflight shows which right is missing.',
  ErrorQuotaExceeded: 'The target mailbox is full. Raise its quota and go on.',
  ErrorMailboxStoreUnavailable: 'The mailbox database is not mounted or is in fail-over.',
  ErrorInvalidSMTPAddress: 'The address belongs to no mailbox of this Exchange organisation.',
  ErrorNoPublicFolderReplicaAvailable: 'The organisation has no public folders that this account can reach.',
};

/**
 * One line for the history of a task. Errors of ours carry a text made for people; of an answer of Exchange its code is
 * told; of anything else only the name is safe to keep.
 */
export function failureOf(error: unknown): TaskFailure {
  const name = error instanceof Error ? error.name : 'Error';
  if (error instanceof TransplantError) {
    return { name, message: `${error.text.happened} (tried to ${error.text.tried}) ${error.text.next}` };
  }
  if (error instanceof EwsError) return { name, message: CODES[error.code] ?? `Exchange answered ${error.code}.` };
  return { name, message: 'An unexpected error; the log of the worker says where.' };
}

/** Whether the same try cannot end better without a person. */
export function isFinal(error: unknown): boolean {
  return error instanceof EwsError && !isPassing(error) && !isPassingCode(error) && error.code in CODES;
}

/** Where an unexpected error came from: function names and lines of the program, not the message, which may quote data. */
export function placeOf(error: unknown): string {
  if (!(error instanceof Error) || error instanceof TransplantError || error instanceof EwsError) return '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 6)
    .map((line) =>
      line
        .trim()
        .replace(/^at /, '')
        .replace(/file:\/\/\/\S*\//, ''),
    )
    .join(' < ');
}
