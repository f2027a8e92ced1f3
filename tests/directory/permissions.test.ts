import { afterEach, expect, test } from 'vitest';
import { daclEntries } from '../../core/directory/security-descriptor.ts';
import { sidBytes } from '../../core/directory/values.ts';
import { planStep } from '../../core/plan/cutover/plan.ts';
import { batchByName } from '../../core/store/batches.ts';
import { listChanges } from '../../core/store/directory-changes.ts';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const OLD = 'S-1-5-21-1-1-1-';
const NEW = 'S-1-5-21-2-2-2-';

/** A mailbox's permissions with full access for each SID. */
function permissions(sids: readonly string[]): string {
  const entries = sids.map((sid) => {
    const body = sidBytes(sid) ?? Buffer.alloc(0);
    const entry = Buffer.concat([Buffer.alloc(8), body]);
    entry.writeUInt16LE(entry.length, 2);
    entry.writeUInt32LE(1, 4);
    return entry;
  });
  const list = Buffer.concat(entries);
  const bytes = Buffer.concat([Buffer.alloc(28), list]);
  bytes[0] = 1;
  bytes.writeUInt16LE(0x8004, 2);
  bytes.writeUInt32LE(20, 16);
  bytes[20] = 2;
  bytes.writeUInt16LE(8 + list.length, 22);
  bytes.writeUInt16LE(sids.length, 24);
  return `bytes:${bytes.toString('base64')}`;
}

test('entries of the old domain on the new mailbox are listed, and planned away with the values from before kept', async () => {
  const before = permissions(['S-1-5-10', `${OLD}1105`, `${NEW}1200`, `${OLD}1106`]);
  project = await LdifProject.open(
    [mailbox('Anna Berg', 'source', { objectSid: `${OLD}1104` })],
    [
      mailbox('Anna Berg', 'target', {
        objectSid: `${NEW}1104`,
        proxyAddresses: ['SMTP:anna@target.example', 'smtp:anna.berg@source.example'],
        msExchMailboxSecurityDescriptor: before,
      }),
    ],
  );
  await project.api.match.run({});
  await project.api.batches.create({ name: 'B', choice: { kind: 'all' } });
  const batch = await batchByName(project.store, 'B');
  const { lines } = await project.api.match.list({ limit: 1 });
  const sourceId = lines[0]?.sourceId ?? 0;
  const workload = { id: 1, batchId: batch.id, sourceId };
  const made = await planStep(project.store, {
    workload,
    step: 'directory',
    forwarding: 'redirect',
    createdBy: 'tester',
  });
  const [change] = await listChanges(project.store, made.planId, { limit: 10 });
  const [was, becomes] = [change?.before, change?.after].map((side) =>
    daclEntries(Buffer.from(side?.msExchMailboxSecurityDescriptor?.[0] ?? '', 'base64'))?.map((e) => e.sid),
  );
  expect(was).toEqual(['S-1-5-10', `${OLD}1105`, `${NEW}1200`, `${OLD}1106`]);
  expect(becomes).toEqual(['S-1-5-10', `${NEW}1200`]);
  expect(made.notes.notes.map((n) => n.note)).toEqual([
    `the permission entry of ${OLD}1105 (source domain) is taken off`,
    `the permission entry of ${OLD}1106 (source domain) is taken off`,
  ]);
});
