import { describe, expect, test } from 'vitest';
import { directoryAccess } from '../../rationalize/access.ts';
import type { Place, SharingGraph, SharingNode } from './graph.ts';
import { wavesOf } from './plan.ts';

function node(sourceId: number, more: Partial<SharingNode> = {}): SharingNode {
  const place: Place = { kind: 'free' };
  const named = { displayName: `P ${sourceId}`, address: `p${sourceId}@x.test` };
  return { sourceId, ...named, kind: 'mailbox', department: null, items: 1, bytes: 10, place, ...more };
}

function graph(nodes: SharingNode[], ties: [number, number, number][]): SharingGraph {
  const edges = ties.map(([a, b, weight]) => ({ a, b, weight, reasons: [] }));
  return { nodes, edges, wideGroups: [], unresolved: [], measured: nodes.length, unprepared: 0 };
}

describe('a plan says why a tie stays cut', () => {
  test('a group larger than a wave, by name', () => {
    const nodes = Array.from({ length: 5 }, (_, i) => node(i + 1));
    const star: [number, number, number][] = [2, 3, 4, 5].map((b) => [1, b, b]);
    const plan = wavesOf(graph(nodes, star), { maxMailboxes: 3 });
    expect(plan.tooLarge).toMatchObject([{ name: 'the 5 mailboxes around P 1', mailboxes: 5 }]);
    expect(plan.cut.map(({ b, reason }) => [b, reason.kind])).toEqual([
      [3, 'tooLarge'],
      [2, 'tooLarge'],
    ]);
    expect(plan.cut[0]?.because).toContain('the 5 mailboxes around P 1');
    expect(plan.cutWeight).toBe(5);
  });

  test('a batch that has one of the two, and one that is not matched', () => {
    const nodes = [
      node(1),
      node(2, { place: { kind: 'batch', batch: 'Pilot' } }),
      node(3, { place: { kind: 'unmatched' } }),
    ];
    const plan = wavesOf(
      graph(nodes, [
        [1, 2, 8],
        [1, 3, 2],
      ]),
      {},
    );
    expect(plan.mailboxes).toBe(1);
    expect(plan.cut.map((edge) => edge.because)).toEqual([
      'one of them is in batch "Pilot" already',
      'p3@x.test has no match in the target yet',
    ]);
    expect(plan.cut.map(({ aWave, bWave }) => [aWave, bWave])).toEqual([
      ['Wave 1', null],
      ['Wave 1', null],
    ]);
  });

  test('a mailbox larger than a wave has one of its own', () => {
    const plan = wavesOf(graph([node(1, { bytes: 500 }), node(2), node(3)], [[2, 3, 1]]), { maxBytes: 100 });
    expect(plan.oversized).toEqual([{ address: 'p1@x.test', bytes: 500 }]);
    expect(plan.waves.map((wave) => wave.members.map((m) => m.sourceId))).toEqual([[1], [2, 3]]);
    expect(plan.limits).toEqual({ maxMailboxes: null, maxBytes: 100 });
  });
});

/** A self-relative descriptor with the given allowed entries ([MS-DTYP] 2.4.6). */
function descriptor(entries: { sid: Buffer; mask: number; type?: number }[]): string {
  const aces = entries.map(({ sid, mask, type = 0 }) => {
    const head = Buffer.alloc(8);
    head[0] = type;
    head.writeUInt16LE(8 + sid.length, 2);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, sid]);
  });
  const body = Buffer.concat(aces);
  const acl = Buffer.alloc(8);
  acl[0] = 2;
  acl.writeUInt16LE(8 + body.length, 2);
  acl.writeUInt16LE(entries.length, 4);
  const head = Buffer.alloc(20);
  head[0] = 1;
  head.writeUInt16LE(0x8004, 2);
  head.writeUInt32LE(20, 16);
  return Buffer.concat([head, acl, body]).toString('base64');
}

test('full access is read from the mailbox’s descriptor; the system’s own entries, denials and other rights are not', () => {
  const person = Buffer.from('010500000000000515000000a1b2c3d4e5f60718293a4b5c01020000', 'hex');
  const other = Buffer.from('010500000000000515000000a1b2c3d4e5f60718293a4b5c02020000', 'hex');
  const self = Buffer.from('01010000000000050a000000', 'hex');
  const attributes = {
    publicDelegates: ['CN=Anna,DC=x'],
    msExchMailboxSecurityDescriptor: [
      descriptor([
        { sid: self, mask: 1 },
        { sid: person, mask: 1 },
        { sid: other, mask: 1, type: 1 },
        { sid: other, mask: 0x20000 },
      ]),
    ],
  };
  expect(directoryAccess({ attributes })).toEqual([
    { origin: 'publicDelegates', right: 'SendOnBehalf', granteeForm: 'dn', grantee: 'cn=anna,dc=x', place: '' },
    {
      origin: 'securityDescriptor',
      right: 'FullAccess',
      granteeForm: 'sid',
      grantee: 'S-1-5-21-3569595041-403175141-1548433961-513',
      place: '',
    },
  ]);
});
