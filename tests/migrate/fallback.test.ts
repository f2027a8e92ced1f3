import { afterEach, describe, expect, test } from 'vitest';
import { ledgerCounts } from '../../core/store/ledger.ts';
import { lastVerification } from '../../core/store/verifications.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

let world: World;
afterEach(() => world?.close());

describe('a server that exports no whole items', () => {
  test('is found out at run time, and the mail travels as MIME with what MIME loses beside it', async () => {
    world = await World.start({ users: 1, lab: { ews: { bulkTransfer: 'nowhere' } } });
    const user = world.users[0] ?? '';
    const source = world.box('source', user);
    const inbox = await world.inbox(source);
    await source.write(
      Array.from({ length: 5 }, (_, i) => ({
        folderId: inbox,
        associated: false,
        itemClass: 'IPM.Note',
        content: {
          form: 'mime' as const,
          element: 'Message',
          itemClass: 'IPM.Note',
          parts: [
            Buffer.from(
              `From: a@source.test\r\nTo: b@source.test\r\nSubject: ${i}\r\nMessage-ID: <${i}@x>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\nText ${i}\r\n`,
            ),
          ],
          size: 0,
          fields: [],
          properties: [{ tag: '0x0e07', type: 'Integer', values: ['1'], multiple: false }],
        },
      })).map((item) => ({ ...item, content: { ...item.content, size: item.content.parts[0]?.length ?? 0 } })),
    );
    await world.batch();
    const result = await world.sync();
    expect(result).toMatchObject({ copied: 5, bad: 0 });
    expect(world.servers.source.capabilities).toMatchObject({ fullStream: false });
    expect(world.servers.source.capabilities.reasons.join()).toMatch(/ExportItems/);
    expect(await ledgerCounts(world.store, world.workloads[0]?.id ?? 0)).toEqual({ done: 5 });
    const verdict = await world.verify();
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    expect(last?.result.findings).toEqual([]);
    expect(verdict).toMatchObject({ grade: 'Perfect', verified: 5 });
    expect(await world.sync()).toMatchObject({ writes: 0 });
    void mail;
  });
});
