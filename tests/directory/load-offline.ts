import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentDn } from '../../core/directory/dn.ts';
import type { Attributes } from '../../core/domain/recipient.ts';
import type { Forest } from '../support/forests.ts';
import type { TruthObject } from './truth/forests.ts';

/** Attributes that name other objects: they are written once all are there. */
const LINKS = ['manager', 'member', 'publicDelegates', 'altRecipient'];

/**
 * Creates objects straight in a forest's database, with Samba's own tools: many times faster than over LDAP, and the
 * server that runs on it sees them at once. Containers they lie in are made.
 */
export async function loadOffline(forest: Forest, objects: readonly TruthObject[]): Promise<void> {
  const units = [...new Set(objects.map((o) => parentDn(o.dn)))].filter((dn) => dn.startsWith('OU='));
  const adds = units.map((dn) => record(dn, { objectClass: ['organizationalUnit'] }));
  const links: string[] = [];
  for (const { dn, attributes } of objects) {
    const own: Attributes = {};
    for (const [name, values] of Object.entries(attributes)) {
      if (name === 'objectGUID') continue;
      if (LINKS.includes(name)) links.push(change(dn, name, values));
      else own[name] = name === 'homeMDB' ? [`CN=Configuration,${forest.baseDn}`] : values;
    }
    adds.push(record(dn, own));
  }
  await tool(forest, 'ldbadd', adds);
  if (links.length > 0) await tool(forest, 'ldbmodify', links);
}

const line = (name: string, value: string): string => `${name}:: ${Buffer.from(value).toString('base64')}`;
const record = (dn: string, attributes: Attributes): string =>
  [line('dn', dn), ...Object.entries(attributes).flatMap(([name, values]) => values.map((v) => line(name, v)))].join(
    '\n',
  );
const change = (dn: string, name: string, values: readonly string[]): string =>
  [line('dn', dn), 'changetype: modify', `replace: ${name}`, ...values.map((v) => line(name, v)), '-'].join('\n');

async function tool(forest: Forest, name: 'ldbadd' | 'ldbmodify', records: readonly string[]): Promise<void> {
  const folder = dirname(dirname(dirname(forest.caFile)));
  const file = join(folder, `${name}.ldif`);
  writeFileSync(file, `${records.join('\n\n')}\n`);
  const args = [
    '--nosync',
    `--configfile=${join(folder, 'etc/smb.conf')}`,
    '-H',
    join(folder, 'private/sam.ldb'),
    file,
  ];
  const child = spawn(name, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < 4000) said += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  // It goes on after a record that was refused, and may then end with 0.
  if (code !== 0 || said.includes('ERR')) throw new Error(`${name} ended with ${code}: ${said}`);
}
