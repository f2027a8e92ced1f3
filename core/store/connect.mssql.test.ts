import mssql from 'mssql';
import { describe, expect, test } from 'vitest';
import { type MssqlAddress, type MssqlLogin, poolConfig } from './connect.mssql.ts';
import { parseStoreUrl } from './url.ts';

function addressOf(url: string): MssqlAddress {
  const address = parseStoreUrl(url);
  if (address.dialect !== 'mssql') throw new Error('not an address of SQL Server');
  return address;
}

/** What the driver makes of an address, taken from its connection right before it would connect (to a port without a server). */
async function driverSees(url: string, login?: MssqlLogin) {
  const config = poolConfig(addressOf(url), login ? { login } : {});
  interface Seen {
    authentication: { type: string; options: Record<string, unknown> };
    options: Record<string, unknown>;
    server: string;
  }
  const { promise, resolve } = Promise.withResolvers<Seen>();
  const pool = new mssql.ConnectionPool({
    ...config,
    connectionTimeout: 2_000,
    beforeConnect: (connection) => resolve((connection as unknown as { config: Seen }).config),
  });
  pool.on('error', () => undefined);
  await pool.connect().catch(() => undefined);
  const seen = await promise;
  await pool.close();
  return seen;
}

const HOST = '127.0.0.1:1';

describe('signing in to SQL Server', () => {
  test('a SQL login, encrypted and with a certificate somebody vouches for, unless told otherwise', async () => {
    const { authentication, options } = await driverSees(`mssql://anna:p%40ss@${HOST}/db`);
    expect(authentication).toMatchObject({ type: 'default', options: { userName: 'anna', password: 'p@ss' } });
    expect(options).toMatchObject({ encrypt: true, trustServerCertificate: false, database: 'db' });
    const plain = await driverSees(`mssql://anna:x@${HOST}/db?encrypt=false`);
    expect(plain.options).toMatchObject({ encrypt: false });
  });

  test.each([`mssql://CORP%5Canna:secret@${HOST}/db`, `mssql://CORP%5Canna:secret@${HOST}/db?auth=ntlm`])(
    'a Windows account by NTLM: %s',
    async (url) => {
      const { authentication } = await driverSees(url);
      expect(authentication).toMatchObject({
        type: 'ntlm',
        options: { userName: 'anna', password: 'secret', domain: 'CORP' },
      });
    },
  );

  test('a setup account by NTLM takes the place of the login in the address', async () => {
    const { authentication } = await driverSees(`mssql://app:x@${HOST}/db`, {
      user: 'CORP\\setup',
      password: 'once',
      auth: 'ntlm',
    });
    expect(authentication).toMatchObject({
      type: 'ntlm',
      options: { userName: 'setup', domain: 'CORP', password: 'once' },
    });
  });

  test('an Azure AD token, and without one whatever identity the machine has', async () => {
    const token = await driverSees(`mssql://:eyJhbGciOi@${HOST}/db?auth=azure`);
    expect(token.authentication).toMatchObject({
      type: 'azure-active-directory-access-token',
      options: { token: 'eyJhbGciOi' },
    });
    const setup = await driverSees(`mssql://app:x@${HOST}/db`, { user: 'admin', password: 'eyJ0', auth: 'azure' });
    expect(setup.authentication).toMatchObject({
      type: 'azure-active-directory-access-token',
      options: { token: 'eyJ0' },
    });
    const machine = await driverSees(`mssql://9c1b@${HOST}/db?auth=azure`);
    expect(machine.authentication).toMatchObject({
      type: 'azure-active-directory-default',
      options: { clientId: '9c1b' },
    });
  });

  test('a pin trusts one certificate and no other; an instance has its name', async () => {
    const pin = 'ab'.repeat(32);
    const { options } = await driverSees(`mssql://a:b@${HOST}/db?pin=${pin}`);
    expect(options).toMatchObject({ encrypt: true, trustServerCertificate: true });
    const named = poolConfig(addressOf('mssql://a:b@sql.example/db?instance=EXPRESS'), {});
    expect(named.options).toMatchObject({ instanceName: 'EXPRESS' });
    expect(named.port).toBeUndefined();
  });
});

test('a statement of several packets does not wait for the acknowledgement of the first', () => {
  const set: boolean[] = [];
  const connection = {
    once: () => undefined,
    sendLogin7Packet: () => 'sent',
    socket: { setNoDelay: (on: boolean) => set.push(on) },
  };
  const { beforeConnect } = poolConfig(addressOf(`mssql://a:b@${HOST}/db?encrypt=false`), {});
  beforeConnect?.(connection as never);
  expect(connection.sendLogin7Packet()).toBe('sent');
  expect(set).toEqual([true]);
});
