import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../core/store/store.ts';
import { Namespace } from '../preflight/namespace.ts';
import { Migration } from '../support/migration.ts';
import { describeWith, hasPart } from '../support/parts.ts';
import { openRelay, type Relay } from '../support/relay.ts';
import { onServer, testDialects, testServerUrl } from '../support/stores.ts';

/**
 * Workers as they stand at a customer's: each on a network of its own, from which it reaches the database and the two
 * Exchange addresses and nothing else, over a line that takes its time and loses packets.
 */

const LEASE_MS = 4_000;
/** The line, each way: ms, and packets of a hundred. Without netem the relays wait and the packet filter loses. */
const DELAY_MS = 15;
const LOSS = 1;
/** Two numbers no other run has at the same time, as far as chance can tell. */
const place = 20 + (process.pid % 110) * 2;
const shared = `10.214.${place}.1`;

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function database(dialect: Store['dialect']): Promise<{ url?: string; at?: { host: string; port: number } }> {
  if (dialect === 'sqlite') return {};
  const name = `transplant_distance_${randomBytes(5).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  closers.push(() => onServer(`DROP DATABASE ${name}`).catch(() => undefined));
  const url = testServerUrl(name);
  return { url: url.href, at: { host: url.hostname, port: Number(url.port || 1433) } };
}

async function line(to: { host: string; port: number }): Promise<Relay> {
  const relay = await openRelay(to, shared, hasPart('netem') ? 0 : DELAY_MS);
  closers.push(() => relay.close());
  return relay;
}

/** Two networks; what leaves them is let through to the shared address at these ports alone. */
function networks(): Namespace[] {
  return [place, place + 1].map((id, index) => {
    const network = new Namespace(id, 1);
    closers.push(() => network.close());
    network.share(shared);
    if (index === 0) closers.push(() => network.unshare(shared));
    if (hasPart('netem')) network.delay(DELAY_MS, LOSS);
    else network.lose(LOSS);
    return network;
  });
}

/** Whether a TCP connection from inside comes through. */
function reaches(network: Namespace, host: string, port: number): boolean {
  const script = `const s = require('node:net').connect(${port}, '${host}', () => process.exit(0));
    s.on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 2000);`;
  try {
    network.exec(process.execPath, '-e', script);
    return true;
  } catch {
    return false;
  }
}

async function migrate(dialect: Store['dialect']): Promise<void> {
  const nets = networks();
  const [first] = nets;
  if (!first) throw new Error('there is no network');
  const { url, at } = await database(dialect);
  const db = at && (await line(at));
  const far = url && db ? new URL(url) : undefined;
  if (far && db) {
    far.hostname = shared;
    far.port = String(db.port);
  }
  const open = db ? [db.port] : [];
  const other = await line({ host: '127.0.0.1', port: 9 });
  const migration = new Migration({
    size: { users: 4, items: 160, folders: 6, seed: 9 },
    ...(url !== undefined && { url }),
    ...(far && { workerUrl: far.href }),
    leaseMs: LEASE_MS,
    launcher: (name) => (name === 'w1' ? first : (nets[1] ?? first)).enter,
    ewsUrl: async ({ ewsUrl }) => {
      const near = new URL(ewsUrl);
      const relay = await line({ host: near.hostname, port: Number(near.port) });
      open.push(relay.port);
      if (open.length === (db ? 3 : 2)) for (const network of nets) network.allowOnly(shared, open);
      near.hostname = shared;
      near.port = String(relay.port);
      return near.href;
    },
  });
  closers.push(() => migration.close());
  await migration.prepare(2);
  expect(open.map((port) => reaches(first, shared, port))).toEqual(open.map(() => true));
  expect(reaches(first, shared, other.port)).toBe(false);
  await listening(other.port);

  await migration.start();
  await migration.until(async () => (await migration.copied()) > 10);
  first.plug('down');
  // Longer than two leases: what the worker held is somebody else's when it comes back.
  await sleep(2.5 * LEASE_MS);
  first.plug('up');
  first.share(shared);
  await migration.until(() => migration.inSync());
  expect(await migration.verdict()).toMatchObject({ verified: true, items: { missing: 0, extra: 0, different: 0 } });
  const workers = await migration.api.workers.list({ kind: 'worker' });
  expect(workers.map(({ state }) => state)).toEqual(['approved', 'approved']);
  // The one that was cut off works on: it hands back and ends when it is asked to.
  expect(await migration.end('w1')).toBe(0);
}

/** What was out of reach from inside is there from outside: the rule kept them apart, not chance. */
async function listening(port: number): Promise<void> {
  const socket = connect(port, shared);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.destroy();
}

const how = hasPart('netem') ? 'tc netem' : 'relays and packet filter, as this kernel has no netem';

describeWith(['ip-netns', 'iptables'], `workers on networks of their own (${how})`, () => {
  describe.each(testDialects)('with the database on %s', (dialect) => {
    it(
      'over a slow line; one is cut off and comes back: nothing lost, nothing twice',
      {
        timeout: 300_000,
      },
      () => migrate(dialect),
    );
  });
});
