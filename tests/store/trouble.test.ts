import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { insertMany } from '../../core/store/bulk.ts';
import { openSqlite, withPatience } from '../../core/store/driver.sqlite.ts';
import {
  StoreDamagedError,
  StoreDeniedError,
  StoreFullError,
  StoreLockedError,
  StoreMissingError,
  StoreUnavailableError,
} from '../../core/store/errors.ts';
import { openStore } from '../../core/store/open.ts';
import { parseStoreUrl, redactUrl } from '../../core/store/url.ts';
import { describeWith } from '../support/parts.ts';
import { onServer, testDatabase, testServerUrl } from '../support/stores.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-trouble-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ at: n, level: 'warn', text: 'x'.repeat(1000), data: '{}' }));

describe('an embedded database in trouble', () => {
  test('that another process keeps locked is named after a while, and works again afterwards', async () => {
    const file = join(folder, 'x.db');
    const store = await openStore(`sqlite:${file}`, { create: true });
    const program = `
      const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(file)});
      db.exec('BEGIN IMMEDIATE');
      console.log('locked');
      process.stdin.on('data', () => { db.exec('COMMIT'); process.exit(); });`;
    const child = spawn(process.execPath, ['--no-warnings', '-e', program]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const own = openSqlite(file);
    await expect(withPatience(() => own.exec('BEGIN IMMEDIATE'), 'x.db', 100)).rejects.toThrow(StoreLockedError);
    own.close();
    expect(await store.db.selectFrom('setting').selectAll().execute()).toEqual([]);
    const waiting = insertMany(store, store.db, 'setting', [{ name: 'a', value: '1' }]);
    child.stdin.write('go');
    expect(await waiting).toBe(1);
    await store.close();
  });

  test('that is damaged is named', async () => {
    const file = join(folder, 'x.db');
    const store = await openStore(`sqlite:${file}`, { create: true });
    await insertMany(store, store.db, 'log_line', lines(1000));
    await store.close();
    const handle = openSync(file, 'r+');
    for (let page = 2; page < 60; page++) writeSync(handle, 'damaged '.repeat(400), page * 4096);
    truncateSync(file, 60 * 4096);
    const work = async () => {
      const again = await openStore(`sqlite:${file}`);
      try {
        await again.db.selectFrom('log_line').selectAll().execute();
      } finally {
        await again.close();
      }
    };
    await expect(work()).rejects.toThrow(StoreDamagedError);
  });
});

describeWith('ip-netns', 'a disk that is full', () => {
  test('is named, nothing is half written, and work goes on when there is space again', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small]);
    try {
      const store = await openStore(`sqlite:${join(small, 'x.db')}`, { create: true });
      const fill = async () => {
        for (;;) await insertMany(store, store.db, 'log_line', lines(100));
      };
      await expect(fill()).rejects.toThrow(StoreFullError);
      const { n } = await store.db
        .selectFrom('log_line')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      expect(n % 100).toBe(0);
      execFileSync('mount', ['-o', 'remount,size=20m', small]);
      expect(await insertMany(store, store.db, 'log_line', lines(100))).toBe(100);
      await store.close();
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('the address of a database', () => {
  test.each([
    ['mssql://sa:p%40ss@host:1433/db?encrypt=true', 'mssql://sa:…@host:1433/db?encrypt=true'],
    ['mssql://sa:p@ss:w@host/db', 'mssql://sa:…@host/db'],
    ['mssql://sa@host/db?password=x&token=y', 'mssql://sa@host/db?password=…&token=…'],
    ['sqlite:/tmp/a b.db', 'sqlite:/tmp/a b.db'],
  ])('%s is shown without its password', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
    expect(parseStoreUrl(url).shown).toBe(shown);
  });

  test.each(['', 'sqlite:', 'postgres://x', 'mssql://', 'x.db'])('%j is refused', (url) => {
    expect(() => parseStoreUrl(url)).toThrow('not understood');
  });

  test('unknown options and wrong fingerprints are refused', async () => {
    await expect(openStore('mssql://a:hunter2@127.0.0.1:1/db?sleep=1')).rejects.toThrow(
      'The option sleep is not known',
    );
    const wrong = openStore('mssql://a:hunter2@127.0.0.1:1/db?pin=12');
    await expect(wrong).rejects.toThrow('no SHA-256 fingerprint');
    await expect(wrong).rejects.not.toThrow('hunter2');
  });
});

describe('SQL Server that cannot be trusted', () => {
  /** Answers the first packet of a client by saying that it does not encrypt ([MS-TDS] 2.2.6.5), and keeps the rest. */
  async function plainServer() {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        const options = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 15, 0, 7, 208, 0, 0, 2]);
        const header = Buffer.from([4, 1, 0, 8 + options.length, 0, 0, 1, 0]);
        socket.write(Buffer.concat([header, options]));
        socket.on('data', (chunk) => received.push(chunk));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return { port, received, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  test('a server that says it cannot encrypt never sees the login', async () => {
    const server = await plainServer();
    const opening = openStore(`mssql://sa:hunter2@127.0.0.1:${server.port}/db?trustServerCertificate=true`);
    await expect(opening).rejects.toThrow(StoreDeniedError);
    await expect(opening).rejects.toThrow('does not encrypt');
    await expect(opening).rejects.not.toThrow('hunter2');
    expect(Buffer.concat(server.received)).toHaveLength(0);
    await server.close();
  });

  test('a server that is away is unavailable, not a defect', async () => {
    const server = await plainServer();
    await server.close();
    await expect(openStore(`mssql://sa:x@127.0.0.1:${server.port}/db`)).rejects.toThrow(StoreUnavailableError);
  });
});

describeWith('mssql', 'a real server of the protocol', () => {
  const strict = (database: string, change: (url: URL) => void = () => {}) => {
    const url = testServerUrl(database);
    url.search = '';
    change(url);
    return url.href;
  };

  async function fingerprint(): Promise<string> {
    const url = testServerUrl('master');
    const { probeCertificate } = await import('../../core/preflight/tls/certificate.ts');
    const port = Number(url.port || 1433);
    const facts = await probeCertificate(
      { service: 'SQL Server', host: url.hostname, port, preamble: 'tds', pins: [] },
      10_000,
    );
    return facts.fingerprint;
  }

  test('is refused while nobody vouches for its certificate, and taken by its fingerprint', async () => {
    const database = new URL(await testDatabase('mssql')).pathname.slice(1);
    await expect(openStore(strict(database))).rejects.toThrow(StoreDeniedError);
    await expect(openStore(strict(database))).rejects.toThrow('pin=SHA256');
    const pin = await fingerprint();
    const store = await openStore(strict(database, (url) => url.searchParams.set('pin', pin)));
    expect(await store.now()).toBeGreaterThan(1_700_000_000_000);
    await store.close();
    const other = openStore(
      strict(database, (url) =>
        url.searchParams.set(
          'pin',
          pin.replace(/^./, (c) => (c === '0' ? '1' : '0')),
        ),
      ),
    );
    await expect(other).rejects.toThrow(`SHA-256 ${pin}`);
  });

  test('names a wrong password and a database that is not there', async () => {
    const wrong = testServerUrl('master');
    wrong.password = 'hunter2';
    await expect(openStore(wrong.href)).rejects.toThrow(StoreDeniedError);
    await expect(openStore(wrong.href)).rejects.not.toThrow('hunter2');
    await expect(openStore(testServerUrl('no_such_database').href)).rejects.toThrow(StoreMissingError);
    await onServer('SELECT 1 AS one');
  });
});
