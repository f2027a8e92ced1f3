import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionPool, config as PoolConfig } from 'mssql';
import { fingerprintSchema } from '../domain/forest.ts';
import { mssqlError } from './errors.mssql.ts';
import { StoreUrlError } from './errors.ts';
import type { StoreAddress } from './url.ts';

export type MssqlAddress = Extract<StoreAddress, { dialect: 'mssql' }>;

/** Who signs in, where it is not the account in the address. */
export interface MssqlLogin {
  user: string;
  password: string;
  auth: 'sql' | 'ntlm' | 'azure';
}

export interface ConnectOptions {
  login?: MssqlLogin;
  /** Another database than the one in the address. */
  database?: string;
  /** Connections at most. */
  max?: number;
}

const CONNECT_MS = 15_000;
/** Schema changes and bulk inserts take longer than a page of a list. */
const REQUEST_MS = 120_000;
const OPTIONS = ['encrypt', 'trustservercertificate', 'pin', 'ca', 'instance', 'auth', 'max'];

/**
 * Opens a pool of connections to SQL Server. Encrypted unless `encrypt=false` stands in the address; the server's
 * certificate must be vouched for by the system's authorities or those of `ca=FILE`, or have the SHA-256 fingerprint
 * of `pin=…`, or be taken as it is by `trustServerCertificate=true`.
 * @throws StoreUrlError, StoreUnavailableError, StoreDeniedError, StoreMissingError
 */
export async function connectPool(address: MssqlAddress, options: ConnectOptions = {}): Promise<ConnectionPool> {
  const { default: mssql } = await import('mssql');
  const config = poolConfig(address, options);
  const pool = new mssql.ConnectionPool(config);
  // A connection that breaks while it rests in the pool is replaced; what needs one hears of it by its own call.
  pool.on('error', () => undefined);
  try {
    return await pool.connect();
  } catch (error) {
    throw mssqlError(error, address.shown);
  }
}

/** What the driver is told. @throws StoreUrlError */
export function poolConfig(address: MssqlAddress, options: ConnectOptions): PoolConfig {
  const { url } = address;
  const given = queryOptions(address);
  const pin = given.pin === undefined ? undefined : fingerprint(given.pin, address.shown);
  const encrypt = given.encrypt !== 'false';
  const trusting = given.trustservercertificate === 'true' || pin !== undefined;
  const max = options.max ?? Number(given.max ?? 10);
  return {
    server: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port && { port: Number(url.port) }),
    database: options.database ?? decodeURIComponent(url.pathname.slice(1)),
    ...signIn(options.login ?? loginOf(address, given.auth)),
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    // A look at the socket in place of a `SELECT 1` before every statement: what is dead beyond it, the statement finds.
    validateConnection: 'socket',
    pool: { min: 0, max, idleTimeoutMillis: 30_000 },
    options: {
      encrypt,
      trustServerCertificate: trusting,
      // An address in numbers is no name to send (RFC 6066); without a name to check it says nothing anyway.
      ...(trusting && isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 && { serverName: 'sqlserver' }),
      appName: 'Transplant',
      enableArithAbort: true,
      ...(given.instance !== undefined && { instanceName: given.instance }),
      cryptoCredentialsDetails: {
        minVersion: 'TLSv1.2',
        ...(given.ca !== undefined && { ca: readAuthorities(given.ca, address.shown) }),
      },
    },
    beforeConnect: (connection) => guardLogin(connection as unknown as GuardedConnection, encrypt, pin),
  };
}

function queryOptions(address: MssqlAddress): Record<string, string | undefined> {
  const found: Record<string, string> = {};
  for (const [name, value] of address.url.searchParams) {
    const key = name.toLowerCase();
    if (!OPTIONS.includes(key)) {
      throw new StoreUrlError({
        tried: `open the database ${address.shown}`,
        happened: `The option ${name} is not known.`,
        next: `Use ${OPTIONS.join(', ')}.`,
      });
    }
    found[key] = value;
  }
  return found;
}

function fingerprint(text: string, shown: string): string {
  const parsed = fingerprintSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new StoreUrlError({
    tried: `open the database ${shown}`,
    happened: 'The pin is no SHA-256 fingerprint.',
    next: 'Give the 64 hexadecimal digits of the certificate of SQL Server.',
  });
}

function readAuthorities(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StoreUrlError(
      {
        tried: `open the database ${shown}`,
        happened: `The file ${file} cannot be read.`,
        next: 'Check the option ca.',
      },
      { cause: error },
    );
  }
}

function loginOf(address: MssqlAddress, auth: string | undefined): MssqlLogin {
  const user = decodeURIComponent(address.url.username);
  const password = decodeURIComponent(address.url.password);
  if (auth === 'azure') return { user, password, auth: 'azure' };
  return { user, password, auth: auth === 'ntlm' || user.includes('\\') ? 'ntlm' : 'sql' };
}

function signIn({
  user,
  password,
  auth,
}: MssqlLogin): Pick<PoolConfig, 'user' | 'password' | 'domain' | 'authentication'> {
  switch (auth) {
    case 'sql':
      return { user, password };
    case 'ntlm': {
      const [domain = '', name] = user.includes('\\') ? user.split('\\', 2) : ['', user];
      return { user: name ?? user, password, domain };
    }
    case 'azure':
      return password
        ? { authentication: { type: 'azure-active-directory-access-token', options: { token: password } } }
        : { authentication: { type: 'azure-active-directory-default', options: user ? { clientId: user } : {} } };
    default:
      return auth satisfies never;
  }
}

/** What we need of tedious's connection; its version is pinned, and a test shows that the guard holds. */
interface GuardedConnection {
  once(event: 'secure', listener: (socket: TLSSocket) => void): void;
  sendLogin7Packet(...args: unknown[]): unknown;
  readonly socket?: Socket;
}

/**
 * Keeps the password from a connection that is not what was asked for. Tedious goes on in clear text when a server
 * says that it cannot encrypt, and knows no fingerprints: so the login waits for our word.
 */
function guardLogin(connection: GuardedConnection, encrypt: boolean, pin: string | undefined): void {
  let refused: string | undefined = encrypt ? 'The server does not encrypt the connection.' : undefined;
  connection.once('secure', (socket) => {
    const seen = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase();
    refused =
      pin !== undefined && seen !== pin ? `The server's certificate is another one (SHA-256 ${seen}).` : undefined;
  });
  const send = connection.sendLogin7Packet;
  connection.sendLogin7Packet = (...args) => {
    if (refused !== undefined) throw Object.assign(new Error(refused), { code: 'EREFUSED' });
    // A statement of more than one packet would wait 40 to 200 ms for the acknowledgement of its first (Nagle, RFC 896).
    connection.socket?.setNoDelay(true);
    return send.apply(connection, args);
  };
}
