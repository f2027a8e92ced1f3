import { type ErrorText, TransplantError } from '../domain/errors.ts';

/** No directory server answered: unreachable, name not found, or the connection was closed. */
export class DirectoryUnreachableError extends TransplantError {}
/** The server's certificate is not the pinned one, or no known authority vouches for it. */
export class DirectoryCertificateError extends TransplantError {}
/** TLS could not be agreed: protocol version, or StartTLS refused. */
export class DirectoryTlsError extends TransplantError {}
/** User name or password are wrong, or the account is locked, expired or disabled. */
export class DirectoryLoginError extends TransplantError {}
/** The account may not do what is needed. */
export class DirectoryDeniedError extends TransplantError {}
/** The server answered with an error that has no class of its own. */
export class DirectoryServerError extends TransplantError {
  /** LDAP result code (RFC 4511 4.1.9), where the server gave one. */
  readonly code: number | undefined;
  constructor(text: ErrorText, options: { cause?: unknown; code?: number | undefined } = {}) {
    super(text, options);
    this.code = options.code;
  }
}
/** The work was cancelled by a person. */
export class DirectoryCancelledError extends TransplantError {}
/** An export cannot be read as what it should be. */
export class DirectoryFileError extends TransplantError {}

/** LDAP result codes that are looked at by number (RFC 4511 appendix A). */
export const LdapCode = {
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  noSuchAttribute: 16,
  attributeOrValueExists: 20,
  noSuchObject: 32,
  invalidCredentials: 49,
  insufficientAccess: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
  entryAlreadyExists: 68,
} as const;

/** The result code of what ldapts threw, if it is one. */
export function resultCode(error: unknown): number | undefined {
  if (error === null || typeof error !== 'object' || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** The diagnostic sub-code of Active Directory's bind answer (`data 775`), in words. */
const LOGIN_REASONS: Record<string, string> = {
  '525': 'there is no such user',
  '52e': 'the user name or password is wrong',
  '530': 'the account may not log on at this time',
  '531': 'the account may not log on from this machine',
  '532': 'the password has expired',
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': 'the password must be changed first',
  '775': 'the account is locked',
};

/** Turns what a connection, TLS or ldapts threw into an error for people. `tried` as in ErrorText. */
export function directoryError(error: unknown, tried: string, server: string): TransplantError {
  if (error instanceof TransplantError) return error;
  const code = resultCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== undefined) return resultError(error, code, message, tried);
  const system = systemCode(error);
  if (system !== undefined && CERTIFICATE_CODES.test(system)) {
    return new DirectoryCertificateError(
      {
        tried,
        happened: `The certificate of ${server} is not trusted (${system}).`,
        next: 'Give the authority with --ca FILE, or pin the certificate with --pin SHA256.',
      },
      { cause: error },
    );
  }
  if (system?.startsWith('ERR_SSL') || system === 'EPROTO') {
    return new DirectoryTlsError(
      {
        tried,
        happened: `${server} and this machine agree on no TLS version or cipher (${system}).`,
        next: 'The server must offer TLS 1.2 or 1.3; check it with: transplant preflight run --group tls',
      },
      { cause: error },
    );
  }
  return new DirectoryUnreachableError(
    {
      tried,
      happened: `${server} cannot be reached or closed the connection (${system ?? firstLine(message)}).`,
      next: 'Check the address, that the port is open (transplant preflight ports) and that the server runs.',
    },
    { cause: error },
  );
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME/;

function resultError(error: unknown, code: number, message: string, tried: string): TransplantError {
  if (code === LdapCode.invalidCredentials) {
    const reason = LOGIN_REASONS[/data ([0-9a-f]{3})/.exec(message)?.[1] ?? ''];
    return new DirectoryLoginError(
      {
        tried,
        happened: `The server refused the login: ${reason ?? 'the user name or password is wrong'}.`,
        next: 'Set the account again with: transplant account set FOREST directory --user U --password-stdin',
      },
      { cause: error },
    );
  }
  if (code === LdapCode.insufficientAccess) {
    return new DirectoryDeniedError(
      {
        tried,
        happened: 'The account may not do this (insufficientAccessRights).',
        next: 'Give it the right, or use another account; transplant preflight run --group accounts says which are missing.',
      },
      { cause: error },
    );
  }
  return new DirectoryServerError(
    {
      tried,
      happened: `The server answered with LDAP error ${code}: ${firstLine(message)}.`,
      next: 'Look the code up in the server log; nothing after this point was done.',
    },
    { cause: error, code },
  );
}

function systemCode(error: unknown): string | undefined {
  if (error === null || typeof error !== 'object' || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The first line, without control characters and not longer than a line. */
export function firstLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return (text.split(/[\r\n]/, 1)[0] ?? '').replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 200);
}
