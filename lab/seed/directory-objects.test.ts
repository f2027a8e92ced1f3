import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Directory } from '../ldap/directory.ts';
import { createForest } from '../ldap/forest.ts';
import { loadObjects } from '../ldap/load.ts';
import { directoryObjects } from './directory-objects.ts';
import { ORGANISATIONS, people, type Side } from './people.ts';
import { publicFolderPlan } from './public-plan.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function load(side: Side, objects: ReturnType<typeof directoryObjects>[Side]): Directory {
  const dir = mkdtempSync(join(tmpdir(), 'lab-directory-'));
  dirs.push(dir);
  const org = ORGANISATIONS[side];
  const directory = new Directory(join(dir, 'ldap'), org.dnsName, org.domainSid);
  createForest(directory, {
    organisation: org.exchangeOrganisation,
    exchangeServer: org.exchangeServer,
    exchangeVersion: '15.1.2507.39',
    schemaVersion: 15334,
    acceptedDomains: [org.smtpDomain],
    administratorPassword: 'Lab1!administrator',
    serviceAccount: { name: 'svc-transplant', password: 'Lab1!svc-transplant' },
  });
  loadObjects(directory, objects);
  return directory;
}

test('both directories take every object, and every address of a person is there once', () => {
  const objects = directoryObjects(1, 24, publicFolderPlan(1, 220));
  for (const side of ['source', 'target'] as const) {
    const directory = load(side, objects[side]);
    expect(directory.tree.entries.size).toBeGreaterThan(objects[side].length);
  }
  const addresses = objects.source
    .filter((o) => o.dn.includes('OU=People') || o.dn.includes('OU=Resources'))
    .map((o) => String(o.attributes.mail ?? o.dn));
  expect(new Set(addresses).size).toBe(addresses.length);
});

test('every way of matching stands in a lab of 24 users, and every kind of trouble', () => {
  const { source, target } = directoryObjects(1, 24, []);
  const all = people(1, 24);
  const mails = (objects: typeof source) => objects.map((o) => String(o.attributes.mail ?? ''));
  const counterpart = (address: string) =>
    target.filter((o) => JSON.stringify(o.attributes).toLowerCase().includes(address));
  const kinds = all.map((p) => counterpart(p.address).length);
  expect(kinds.filter((n) => n === 1).length).toBeGreaterThan(4);
  expect(kinds.filter((n) => n === 0).length).toBeGreaterThan(8);
  expect(kinds.every((n) => n < 2)).toBe(true);
  expect(counterpart('robin.zweig@source.test')).toHaveLength(2);
  expect(mails(source)).toContain('sales/export@source.test');
  const linked = source.filter((o) => String(o.attributes.msExchMasterAccountSid).startsWith('S-1-5-21'));
  expect(linked.length).toBeGreaterThan(0);
  for (const o of linked) {
    expect(target.some((t) => t.attributes.objectSid === o.attributes.msExchMasterAccountSid)).toBe(true);
  }
});

test('in a large organisation no two objects have one name, account or address', () => {
  const objects = directoryObjects(3, 3000, publicFolderPlan(3, 500));
  for (const side of ['source', 'target'] as const) {
    for (const key of ['dn', 'sAMAccountName', 'userPrincipalName', 'legacyExchangeDN', 'objectGUID', 'objectSid']) {
      const values = objects[side].flatMap((o) => (key === 'dn' ? [o.dn] : [o.attributes[key] ?? []].flat()));
      const keys = values.map((v) => String(v).toLowerCase());
      const twins = keys.filter((v, index) => keys.indexOf(v) !== index);
      expect(twins).toEqual([]);
    }
  }
});

test('the same seed gives the same directories, more users keep the first ones', () => {
  expect(directoryObjects(7, 30, [])).toEqual(directoryObjects(7, 30, []));
  expect(people(7, 60).slice(0, 30)).toEqual(people(7, 30).slice(0, 30));
  expect(people(8, 30).map((p) => p.displayName)).not.toEqual(people(7, 30).map((p) => p.displayName));
  expect(new Set(people(7, 3000).map((p) => p.address)).size).toBe(people(7, 3000).length);
});
