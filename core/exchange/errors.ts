import { TransplantError } from '../domain/errors.ts';

/** The server could not be reached, or the connection broke before an answer began. */
export class ExchangeUnreachable extends TransplantError {}

/** The server's certificate is neither signed by a trusted CA nor the one that was pinned. */
export class CertificateRejected extends TransplantError {}

/** The server offers no TLS 1.2 or 1.3. */
export class TlsTooOld extends TransplantError {}

/** User name or password were refused. */
export class AuthenticationFailed extends TransplantError {}

/** NTLM was refused although channel binding was sent: Extended Protection, NTLM switched off, or a wrong password. */
export class ExtendedProtectionRefused extends AuthenticationFailed {}

/** The answer broke off, was not well formed, or lacked what every answer has. Reading again is safe. */
export class TruncatedAnswer extends TransplantError {}

/** The answer came too late. Whether the request was carried out is unknown. */
export class AnswerTimedOut extends TransplantError {}

/** The connection broke after the request had been sent. Whether it was carried out is unknown. */
export class ConnectionLost extends TransplantError {}

/** An HTTP status that is no EWS answer. */
export class UnexpectedStatus extends TransplantError {
  readonly status: number;
  /** Where a redirect points to. */
  readonly location: string | undefined;
  constructor(status: number, text: ConstructorParameters<typeof TransplantError>[0], location?: string) {
    super(text);
    this.status = status;
    this.location = location;
  }
}

/** The server asked for a pause. Nothing was carried out. */
export class ServerBusy extends TransplantError {
  /** ms that the server named; null where it named none. */
  readonly backOffMs: number | null;
  constructor(backOffMs: number | null, text: ConstructorParameters<typeof TransplantError>[0]) {
    super(text);
    this.backOffMs = backOffMs;
  }
}

/** True when a request that changes something may have been carried out although no answer says so. */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof UnexpectedStatus) return error.status >= 500 && error.status !== 501;
  return error instanceof ConnectionLost || error instanceof AnswerTimedOut || error instanceof TruncatedAnswer;
}

/** True when trying again later can help. */
export function isPassing(error: unknown): boolean {
  return isAmbiguous(error) || error instanceof ServerBusy || error instanceof ExchangeUnreachable;
}
