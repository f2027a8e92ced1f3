import { describe, expect, test } from 'vitest';
import { mssqlError } from './errors.mssql.ts';
import { DuplicateError, StoreDeniedError, StoreLockedError, StoreUnavailableError } from './errors.ts';

const said = (message: string, code: string, number?: number) => Object.assign(new Error(message), { code, number });

describe('what the driver of SQL Server says', () => {
  test.each([
    // As they came, on a line that was cut while it was opened, while something was sent, and while it rested.
    ['write EPIPE', 'EPIPE'],
    ['read ECONNRESET', 'ECONNRESET'],
    ['socket hang up', 'ESOCKET'],
    ['Client network socket disconnected before secure TLS connection was established', 'ESOCKET'],
    ['Failed to connect to db:1433 - Client network socket disconnected before secure TLS connection', 'ECONNRESET'],
    ['Connection lost - write EPIPE', 'ESOCKET'],
    ['getaddrinfo EAI_AGAIN db', 'EAI_AGAIN'],
    ['connect EHOSTUNREACH 10.0.0.9:1433', 'EHOSTUNREACH'],
    ['connect ENETUNREACH 10.0.0.9:1433', 'ENETUNREACH'],
    ['connect ETIMEDOUT 10.0.0.9:1433', 'ETIMEDOUT'],
    ['Operation timed out for an unknown reason', 'ETIMEOUT'],
    ['FATAL: the database system is starting up', 'ELOGIN'],
  ])('"%s" (%s) is an outage, which workers wait out', (message, code) => {
    expect(mssqlError(said(message, code), 'db')).toBeInstanceOf(StoreUnavailableError);
  });

  test.each([
    ['self-signed certificate', 'ESOCKET'],
    ["Hostname/IP does not match certificate's altnames: Host: db.", 'ESOCKET'],
    ['write EPROTO 40C7:error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol', 'ESOCKET'],
    ["Login failed for user 'x'.", 'ELOGIN'],
  ])('"%s" (%s) is refused, and waiting would not help', (message, code) => {
    expect(mssqlError(said(message, code), 'db')).toBeInstanceOf(StoreDeniedError);
  });

  test('numbers tell more than codes', () => {
    expect(mssqlError(said('deadlock', 'EREQUEST', 1205), 'db')).toBeInstanceOf(StoreLockedError);
    expect(mssqlError(said('key (mail)=(anna@x) exists', 'EREQUEST', 2627), 'db')).toBeInstanceOf(DuplicateError);
    const ours = mssqlError(said('key (mail)=(anna@x)', 'EREQUEST', 2601), 'db') as Error;
    expect(ours.message).not.toContain('anna');
    const unknown = said('Invalid column name', 'EREQUEST', 207);
    expect(mssqlError(unknown, 'db')).toBe(unknown);
  });
});
