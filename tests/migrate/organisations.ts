import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Attribute, Change, Client } from 'ldapts';
import { nameKey } from '../../core/domain/name-key.ts';
import { addForest } from '../../core/store/forests.ts';
import type { Store } from '../../core/store/store.ts';
import type { Lab, LabOptions, LabOrganisation } from '../../lab/start.ts';

/** Address of a source user in the target. */
export function targetAddress(user: string): string {
  return user.replace('@source.test', '@target.test');
}

/** Makes an empty mailbox for each user, as provisioning does before a move. */
export async function makeMailboxes(
  organisation: LabOrganisation,
  users: readonly string[],
  archives: boolean,
): Promise<void> {
  const client = new Client({ url: organisation.ldapUrl, tlsOptions: { ca: [readFileSync(organisation.caFile)] } });
  await client.bind(organisation.administrator.user, organisation.administrator.password);
  const { searchEntries } = await client.search(organisation.baseDn, {
    filter: '(homeMDB=*)',
    attributes: ['homeMDB', 'msExchHomeServerName'],
  });
  const own = searchEntries[0];
  for (const [index, user] of users.entries()) {
    const address = organisation.name === 'source' ? user : targetAddress(user);
    const dn = `CN=Tester ${index},OU=People,${organisation.baseDn}`;
    await client.add(dn, {
      objectClass: 'user',
      sAMAccountName: `tester${index}`,
      userPrincipalName: address,
      displayName: `Tester ${index}`,
      mailNickname: `tester${index}`,
      mail: address,
      proxyAddresses: [`SMTP:${address}`],
      homeMDB: String(own?.homeMDB),
      msExchHomeServerName: String(own?.msExchHomeServerName),
      msExchRecipientTypeDetails: '1',
    });
    if (archives) await client.modify(dn, archive());
  }
  await client.unbind();
}

/** Both sides' users in the store, matched, so that permissions find their people. */
export async function matchPeople(
  store: Store,
  organisations: Record<'source' | 'target', LabOrganisation>,
  users: readonly string[],
): Promise<void> {
  const forests = {
    source: await addForest(store, { name: 'source', role: 'source', config: config(organisations.source) }),
    target: await addForest(store, { name: 'target', role: 'target', config: config(organisations.target) }),
  };
  const now = await store.now();
  for (const [index, user] of users.entries()) {
    const ids: number[] = [];
    for (const side of ['source', 'target'] as const) {
      const address = side === 'source' ? user : targetAddress(user);
      const row = await store.db
        .insertInto('recipient')
        .values({ ...person(address, index), forest_id: forests[side].id })
        .returning('id')
        .executeTakeFirstOrThrow();
      ids.push(row.id);
      await store.db
        .insertInto('recipient_address')
        .values({
          recipient_id: row.id,
          forest_id: forests[side].id,
          kind: 'smtp',
          address,
          address_key: address,
          is_primary: 1,
        })
        .execute();
    }
    await store.db
      .insertInto('match')
      .values({
        source_id: ids[0] ?? 0,
        target_id: ids[1] ?? 0,
        state: 'matched',
        rule: 'test',
        score: 1,
        evidence: '[]',
        candidates: '[]',
        updated_at: now,
      })
      .execute();
  }
}

function archive(): Change {
  const modification = new Attribute({ type: 'msExchArchiveGUID', values: [randomBytes(16)] });
  return new Change({ operation: 'add', modification });
}

function config(organisation: LabOrganisation) {
  return { ewsUrl: organisation.ewsUrl, pins: [], smtpDomains: [organisation.smtpDomain] };
}

function person(address: string, index: number) {
  return {
    guid: `${address}`,
    dn: `CN=${address}`,
    kind: 'mailbox',
    display_name: address,
    mail: address,
    sam: null,
    upn: address,
    legacy_dn: null,
    department: null,
    name_key: nameKey(address),
    hidden: 0,
    deleted: 0,
    usn: index,
    when_changed: null,
    attributes: '{}',
    stats: null,
    read_id: 1,
  };
}

/** The lab as its users start it: by the command line, ready when its file is there. */
export async function spawnLab(options: LabOptions): Promise<Lab> {
  const ready = join(options.dir, '..', 'ready.json');
  const cli = fileURLToPath(new URL('../../cli/transplant.js', import.meta.url));
  const { dir, users, items, folders, seed, faults, virtual, largeItems, ews } = options;
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? undefined : Math.round(bytes / 1024 / 1024));
  const given = Object.entries({
    ...{ dir, users, items, folders, seed, faults },
    'ready-file': ready,
    virtual: virtual && Math.round(virtual.bytes / 1e9),
    'virtual-items': virtual?.items,
    'max-request': megabytes(ews?.maxRequestBytes),
  });
  const args = [
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)])),
    ...(largeItems ?? []).flatMap((bytes) => ['--large-item', String(Math.round(bytes / 1e6))]),
  ];
  const child = spawn(process.execPath, [cli, 'lab', 'start', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-2_000);
  });
  const ended = once(child, 'exit');
  for (const deadline = Date.now() + 120_000; !existsSync(ready); await delay(50))
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the lab did not start: ${said}`);
  const { organisations } = JSON.parse(readFileSync(ready, 'utf8')) as { organisations: LabOrganisation[] };
  return {
    organisations,
    corpus: undefined,
    stopAsked: new Promise(() => undefined),
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
