import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childDn } from '../../core/directory/dn.ts';
import { encodeImceaex } from '../../core/plan/heal/imceaex.ts';
import { askForProvision } from '../../core/plan/prepare/provision.ts';
import { setPlanState } from '../../core/store/directory-changes.ts';
import type { Lab } from '../../lab/start.ts';
import { clientsOf } from '../lab/lab-client.ts';
import { hasPart } from '../support/parts.ts';
import { exchangeReport, sentFile } from './bounces.ts';
import { LabProject, until } from './lab-project.ts';

/** Plans of a lab's directories, written by workers: killed, cancelled, gone on with, undone; and by a script. */

let project: LabProject;
beforeAll(async () => {
  project = await LabProject.open(14, hostilePeople);
}, 120_000);
afterAll(() => project?.close());

const HOSTILE = ['Müller, "Anna" #1', '*)(objectClass=*)(\\', 'a+b=c;d<e>', '😀 emoji', "O’Brien; Pat'", ' both ends '];

/** People of the source whose names are dangerous in a DN, a filter or a script. */
async function hostilePeople(lab: Lab): Promise<void> {
  const source = lab.organisations.find((o) => o.name === 'source');
  if (!source) throw new Error('no source');
  const { user, password } = source.administrator;
  const client = await clientsOf(source).ldap(user, password);
  for (const [i, name] of HOSTILE.entries()) {
    const address = `hostile${i}@source.test`;
    await client.add(childDn('CN', name, `OU=People,${source.baseDn}`), {
      objectClass: 'user',
      sAMAccountName: `hostile${i}`,
      displayName: name,
      mail: address,
      mailNickname: `hostile${i}`,
      proxyAddresses: [`SMTP:${address}`],
      legacyExchangeDN: `/o=x/cn=hostile${i}`,
      targetAddress: `SMTP:${address}`,
    });
  }
  await client.unbind();
}

/** What both directories hold of the objects, without what the servers stamp. */
async function everything(): Promise<string[]> {
  await project.readAgain();
  const rows = await project.store.db
    .selectFrom('recipient')
    .select(['dn', 'attributes'])
    .where('deleted', '=', 0)
    .orderBy('dn')
    .execute();
  const stamped = new Set(['whenChanged', 'uSNChanged', 'objectGUID', 'objectSid']);
  return rows.map((row) => {
    const attributes = Object.entries(JSON.parse(row.attributes) as Record<string, string[]>)
      .filter(([name]) => !stamped.has(name))
      .map(([name, list]) => [name, [...list].sort()] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `${row.dn} ${JSON.stringify(attributes)}`;
  });
}

const counts = async (planId: number) => {
  const { counts: list } = await project.api.prepare.progress({ planId });
  const found: Record<string, number> = {};
  for (const c of list) found[c.state] = (found[c.state] ?? 0) + c.count;
  return found;
};
const idle = async (planId: number) => (await project.api.prepare.progress({ planId })).task === null;

describe('a plan as a task of the queue', () => {
  let before: string[];
  let planId: number;
  let total: number;

  test('a worker is killed between a write and its note; another goes on, and nothing is written twice', async () => {
    before = await everything();
    const { plan } = await project.api.prepare.plan({ options: { groups: true } });
    planId = plan.id;
    total = Object.values(await counts(planId)).reduce((a, b) => a + b, 0);
    expect(total).toBeGreaterThan(20);
    const { changes } = await project.api.prepare.show({ planId, limit: 1000 });
    const names = changes.flatMap((c) => (c.kind === 'add' ? [c.after.displayName?.[0] ?? ''] : []));
    expect(names).toEqual(expect.arrayContaining(HOSTILE));
    await project.api.prepare.queue({ planId });
    // Whoever writes it here meanwhile would do so beside the worker.
    await expect(project.api.prepare.applyPlan({ planId })).rejects.toThrow(/of the queue is about to apply it/);
    await expect(project.api.prepare.queue({ planId })).rejects.toThrow(/of the queue is about to apply it/);

    const settings = { url: project.url, folder: project.folder, name: 'mortal', after: 13, leaseMs: 2000 };
    const mortal = project.start([join(import.meta.dirname, 'provision-and-die.ts'), JSON.stringify(settings)]);
    const died = once(mortal, 'exit');
    await project.approve('mortal');
    expect((await died)[1]).toBe('SIGKILL');
    const halfway = await counts(planId);
    expect(halfway.applied ?? 0).toBeLessThan(total);
    expect(halfway.writing).toBeGreaterThan(0);

    await project.startWorker('w1');
    await until(() => idle(planId));
    expect(await counts(planId)).toEqual({ applied: total });
    expect((await project.api.prepare.progress({ planId })).plan.state).toBe('applied');
    // Each change is one entry of the audit log, also those that stood in the directory before the second worker looked.
    const audit = await project.store.db
      .selectFrom('audit')
      .select('object')
      .where('action', 'in', ['directory.add', 'directory.modify', 'directory.delete'])
      .execute();
    expect(audit).toHaveLength(total);
    const { findings } = await project.api.prepare.check({ planId });
    expect(findings.filter((f) => f.check === 'as-planned' || f.check === 'x500')).toEqual([]);
  }, 120_000);

  test('a bounce heals: the missing address is planned, written and taken back like any other change', async () => {
    const { lines } = await project.api.match.list({ states: ['matched'], limit: 100 });
    const line = lines.find((l) => l.sourceKind === 'mailbox' && l.targetGuid !== null);
    const { objects } = (await project.api.match.show({ sourceId: line?.sourceId ?? 0 })) ?? { objects: [] };
    const [source, target] = [
      objects.find((o) => o.id === line?.sourceId),
      objects.find((o) => o.id === line?.targetId),
    ];
    const lost = `X500:${source?.legacyDn}`;
    const have = target?.attributes.proxyAddresses ?? [];
    expect(have).toContain(lost);
    const { ldapUrl, caFile, administrator } = project.organisation('target');
    if (hasPart('ldapsearch')) {
      // Somebody takes the address away; mail bounces.
      const ldif = `dn: ${target?.dn}\nchangetype: modify\ndelete: proxyAddresses\nproxyAddresses: ${lost}\n`;
      await modify(ldif, { ldapUrl, caFile, ...administrator });
    }
    await project.readAgain();
    const bounce = sentFile(exchangeReport(encodeImceaex(source?.legacyDn ?? '')));
    const made = await project.api.match.heal({ files: [bounce] });
    expect(made.addresses).toMatchObject([{ outcome: 'add', object: target?.dn }]);
    const healing = made.planId ?? 0;
    const { applied } = await project.api.prepare.applyPlan({ planId: healing });
    expect(applied).toBe(1);
    await project.readAgain();
    const now = await project.api.match.heal({ files: [bounce] });
    expect(now.addresses).toMatchObject([{ outcome: 'there' }]);
    expect(await project.api.prepare.undoPlan({ planId: healing })).toMatchObject({ undone: 1, kept: [] });
    const again = await project.api.match.heal({ files: [bounce] });
    await project.api.prepare.applyPlan({ planId: again.planId ?? 0 });
  }, 60_000);

  test('a plan that is set aside before its turn is left alone, and the queue goes on', async () => {
    const first = await project.api.prepare.plan({ options: { groups: true } });
    const { store } = project;
    await askForProvision(store, { planId: first.plan.id, action: 'apply', who: 'tester' });
    await setPlanState(store, first.plan.id, 'superseded');
    await until(() => idle(first.plan.id));
    expect((await project.api.prepare.progress({ planId: first.plan.id })).plan.state).toBe('superseded');
    const ended = await store.db.selectFrom('task').select('state').where('kind', '=', 'provision').execute();
    expect(ended.map((t) => t.state)).not.toContain('failed');
    await expect(project.api.prepare.queue({ planId: first.plan.id })).rejects.toThrow('It is superseded.');
  }, 60_000);

  test('a worker takes it all back; cancelled on the way it stops, and goes on when asked again', async () => {
    await project.api.prepare.queue({ planId, action: 'undo' });
    await project.api.prepare.cancel({ planId });
    await until(() => idle(planId));
    await project.api.prepare.queue({ planId, action: 'undo' });
    await until(() => idle(planId));
    expect((await project.api.prepare.progress({ planId })).plan.state).toBe('undone');
    const after = await everything();
    const missing = (a: string[], b: string[]) => a.filter((line) => !b.includes(line));
    // The source object whose bounce was healed is as it was; everything else too.
    expect(missing(before, after)).toEqual([]);
    expect(missing(after, before)).toEqual([]);
  }, 120_000);

  test.runIf(hasPart('ldapsearch'))(
    'the same plan as LDIF, written by ldapmodify, stands as planned',
    async () => {
      const made = await project.api.prepare.plan({ options: { groups: true } });
      for (const name of ['target', 'source'] as const) {
        const { text } = await project.api.prepare.script({ planId: made.plan.id, format: 'ldif', forest: name });
        const { ldapUrl, caFile, administrator } = project.organisation(name);
        await modify(text, { ldapUrl, caFile, ...administrator });
      }
      // Every object is what the plan said: applying it finds nothing left to write, and what is gone stays gone.
      const result = await project.api.prepare.applyPlan({ planId: made.plan.id });
      expect(result.stopped.filter((s) => s.message !== 'the object is gone already')).toEqual([]);
      expect(result.failed).toEqual([]);
      expect(result.stopped.length + result.applied).toBe(made.counts.reduce((sum, c) => sum + c.count, 0));
      expect(result.applied).toBeGreaterThan(20);
    },
    60_000,
  );
});

/** ldapmodify beside this process, which serves the lab. */
async function modify(ldif: string, to: { ldapUrl: string; caFile: string; user: string; password: string }) {
  const child = spawn('ldapmodify', ['-x', '-H', to.ldapUrl, '-D', to.user, '-w', to.password], {
    env: { ...process.env, LDAPTLS_CACERT: to.caFile },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.end(ldif);
  const [code] = await once(child, 'exit');
  expect(code, said).toBe(0);
}
