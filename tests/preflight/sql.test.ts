import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { checkAll } from '../../core/preflight/run.ts';
import { askBrowser } from '../../core/preflight/sql/browser.ts';
import { openStore } from '../../core/store/open.ts';
import { describeWith } from '../support/parts.ts';
import { testDatabase } from '../support/stores.ts';
import { find, outcome } from './world.ts';

it('a host’s SQL Browser is asked over UDP; one that keeps silent is no answer', async () => {
  const socket = createSocket('udp4');
  const text = 'ServerName;DB1;InstanceName;MIGRATION;IsClustered;No;Version;15.0.2000.5;tcp;49822;;';
  socket.on('message', (message, peer) => {
    expect([...message]).toEqual([3]);
    socket.send(Buffer.concat([Buffer.from([5, text.length, 0]), Buffer.from(text)]), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  expect(await askBrowser('127.0.0.1', 2000, port)).toEqual([
    { server: 'DB1', instance: 'MIGRATION', version: '15.0.2000.5', tcpPort: 49822 },
  ]);
  socket.removeAllListeners('message');
  expect(await askBrowser('127.0.0.1', 200, port)).toBeUndefined();
  socket.close();
});

describeWith('mssql', 'preflight of a SQL Server', () => {
  it('tells what it is, how it is reached, and what the login may do', async () => {
    const store = await openStore(await testDatabase('mssql'));
    try {
      const results = await checkAll({
        store,
        forests: [],
        machine: 'here',
        machineKind: 'console',
        dataFolder: tmpdir(),
        limitMs: 10_000,
        login: async () => undefined,
        scope: { forests: [], groups: ['sql', 'tls', 'ports'], checks: [] },
      });
      for (const id of ['sql.reachable', 'sql.encryption', 'sql.login', 'sql.collation', 'sql.clock', 'tls.version']) {
        expect(outcome(results, id), JSON.stringify(find(results, id).finding)).toBe('passed');
      }
      expect(outcome(results, 'sql.browser')).toBe('notApplicable');
      expect(outcome(results, 'ports.row-107')).toBe('passed');
      expect(outcome(results, 'ports.row-108')).toBe('notApplicable');
      // The account of these tests may create databases, which is more than the program needs.
      expect(outcome(results, 'sql.rights')).toBe('warning');
      expect(JSON.stringify(find(results, 'sql.version').finding)).toMatch(/\d+\.\d+\.\d+/);
    } finally {
      await store.close();
    }
  });
});
