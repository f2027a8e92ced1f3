import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { EwsClient } from '../../core/exchange/ews/client.ts';
import { describeWith } from '../support/parts.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

/** Be strict in what you send: every kind of request that the product makes, held against Microsoft's schema. */
const SCHEMA = join(import.meta.dirname, '../ews-schema/messages.xsd');
const NS = 'http://schemas.microsoft.com/exchange/services/2006';

let world: World | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await world?.close();
  world = undefined;
});

/** Bodies of requests, at most so many of each operation and shape. */
function record(): Map<string, string> {
  const bodies = new Map<string, string>();
  const call = EwsClient.prototype.call;
  vi.spyOn(EwsClient.prototype, 'call').mockImplementation(function (this: EwsClient, one) {
    // Pieces share their memory: each is copied as it comes.
    const pieces = typeof one.body === 'string' ? [] : one.body.pieces();
    const copied = Array.from(pieces, (piece) => Buffer.from(piece));
    const body = typeof one.body === 'string' ? one.body : Buffer.concat(copied).toString('utf8');
    // Requests of one shape differ in ids and texts alone.
    const shape = body.replace(/"[^"]*"/g, '""').replace(/>[^<]*</g, '><');
    bodies.set(`${one.operation} ${shape.length}`, body);
    return call.call(this, one) as never;
  });
  return bodies;
}

function complaints(bodies: Iterable<string>): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'requests-'));
  try {
    const files = [...bodies].map((body, index) => {
      const declared = body.replace(/^<m:[A-Za-z]+/, (tag) => `${tag} xmlns:m="${NS}/messages" xmlns:t="${NS}/types"`);
      const file = join(dir, `${index}.xml`);
      writeFileSync(file, declared);
      return file;
    });
    const run = spawnSync('xmllint', ['--nonet', '--noout', '--huge', '--schema', SCHEMA, ...files], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    return run.stderr.split('\n').filter((line) => line !== '' && !line.endsWith(' validates'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describeWith(['xmllint'], 'what is sent', () => {
  test.each(['everywhere', 'nowhere'] as const)(
    'is valid, whole items being exported %s',
    { timeout: 60_000 },
    async (bulkTransfer) => {
      const sent = record();
      world = await World.start({ users: 2, archives: true, lab: { items: 60, users: 2, ews: { bulkTransfer } } });
      const [user = '', other = ''] = world.users;
      const source = world.box('source', user);
      const inbox = await world.inbox(source);
      const folder = await world.folder(source, inbox, 'A & B <"\'> \u0007 \u{1f4c1}');
      const rights = { calendar: false, unknown: [], entries: [] };
      await source.updateFolder(folder, {
        permissions: { ...rights, entries: [{ user: other, displayName: '', level: 'Editor', rights: {} }] },
      });
      const items = await world.put(
        source,
        folder,
        bulkTransfer === 'everywhere' ? [mail('1'), mail('2'), mail('3')] : [],
      );
      // A mailbox with every class of item and every setting, as the lab makes them.
      const [seeded = ''] = world.lab.organisations[0]?.mailboxes.map((one) => one.user) ?? [];
      await world.batch({ recoverableItems: true, defaultFolderNames: 'source', targetChanges: 'newest' }, [user]);
      await world.sync();
      if (items.length > 0) {
        await source.setRead([{ id: items[0]?.id ?? '', read: false }]);
        await source.moveItems([items[1]?.id ?? ''], inbox);
        await source.deleteItems([items[2]?.id ?? '']);
      }
      await source.updateFolder(folder, { name: 'Renamed' });
      await source.moveFolder(folder, (await source.distinguished('msgfolderroot'))?.id ?? '');
      await world.sync();
      await world.finalSync();
      await world.verify();
      await source.deleteFolder(folder);
      await world.sync();
      await world.batchFor(seeded, other);
      await world.sync();
      await world.finalSync();
      await world.verify();
      const operations = new Set([...sent.keys()].map((key) => key.split(' ')[0]));
      expect(operations.size).toBeGreaterThan(bulkTransfer === 'everywhere' ? 15 : 12);
      expect(complaints(sent.values())).toEqual([]);
    },
  );
});
