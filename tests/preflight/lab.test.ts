import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter } from '../../core/api/router.ts';
import { createCallerFactory } from '../../core/api/trpc.ts';
import type { CheckGroup } from '../../core/domain/checks.ts';
import { openKeyring } from '../../core/store/keyring.ts';
import { newMachineKey } from '../../core/store/machine-key.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { type Lab, type LabOrganisation, startLab } from '../../lab/start.ts';
import { find, outcome } from './world.ts';

const LARGE = 3 * 1024 * 1024;

describe('preflight of two Exchange organisations', () => {
  const dir = mkdtempSync(join(tmpdir(), 'transplant-preflight-'));
  let lab: Lab;
  let store: Store;
  let api: ReturnType<ReturnType<typeof createCallerFactory<(typeof appRouter)['_def']['record']>>>;
  let organisations: Record<'source' | 'target', LabOrganisation>;

  beforeAll(async () => {
    lab = await startLab({ dir, users: 6, items: 60, folders: 8 });
    organisations = Object.fromEntries(lab.organisations.map((one) => [one.name, one])) as typeof organisations;
    store = await openStore('sqlite::memory:', { create: true });
    const { keyring } = await openKeyring(store, newMachineKey().key, {
      name: 'console1',
      kind: 'console',
      version: '0.1.0',
      facts: {},
    });
    api = createCallerFactory(appRouter)({
      store,
      actor: { user: 'ann', host: 'console1' },
      correlation: 'c1',
      keyring: async () => keyring,
    });
    for (const one of lab.organisations) {
      const caPem = readFileSync(one.caFile, 'utf8');
      const config = {
        ldapUrl: one.ldapUrl,
        gcUrl: one.globalCatalogUrl,
        ewsUrl: one.ewsUrl,
        smtp: { host: one.smtp.host, port: one.smtp.port },
        smtpDomains: [one.smtpDomain],
        caPem,
        pins: [],
      };
      await api.forests.add({ name: one.name, role: one.name, config });
      for (const purpose of ['directory', 'exchange'] as const)
        await api.forests.setAccount({ forest: one.name, purpose, ...one.serviceAccount });
    }
  }, 120_000);
  afterAll(async () => {
    await store?.close();
    await lab?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const run = async (groups: CheckGroup[], more: { checks?: string[]; batch?: string } = {}) =>
    (await api.preflight.run({ groups, limitMs: 10_000, ...more })).results;

  it('connection, TLS, certificate, login, impersonation and public folders pass, before anything was discovered', async () => {
    const results = await run(['tls', 'accounts', 'exchange']);
    for (const side of ['source', 'target']) {
      for (const [id, object] of [
        ['exchange.connect', `(${side})`],
        ['tls.version', `EWS ${new URL(organisations[side as 'source'].ewsUrl).host}`],
        ['tls.certificate.trust', `LDAP ${new URL(organisations[side as 'source'].ldapUrl).host}`],
        ['tls.certificate.name', `SMTP 127.0.0.1:${organisations[side as 'source'].smtp.port}`],
        ['accounts.directory', `(${side})`],
        ['accounts.impersonation', side],
        ['accounts.public-folders', side],
      ] as const) {
        expect(
          outcome(results, id, object),
          `${id} ${side}: ${JSON.stringify(find(results, id, object).finding)}`,
        ).toBe('passed');
      }
      expect(outcome(results, 'exchange.accepted-domains', side)).toBe('passed');
      expect(outcome(results, 'exchange.authentication', organisations[side as 'source'].ewsUrl)).toBe('passed');
    }
    expect(
      results.filter(({ finding }) => finding.outcome === 'failed').map(({ id, object }) => `${id} ${object}`),
    ).toEqual([]);
  });

  it('the versions of servers and of EWS are both told', async () => {
    const { finding } = find(await run(['exchange']), 'exchange.version', 'source');
    expect(JSON.stringify(finding)).toMatch(/EX01: 15\.\d\.\d+\.\d+ .*EWS: 15\.\d\.\d+\.\d+/);
  });

  it('the largest item is found where it is', async () => {
    const [person] = organisations.source.mailboxes;
    const transport = nodemailer.createTransport({
      ...organisations.source.smtp,
      requireTLS: true,
      tls: { ca: readFileSync(organisations.source.caFile, 'utf8') },
    });
    await transport.sendMail({
      from: 'sender@elsewhere.test',
      to: person?.user,
      subject: 'large',
      attachments: [{ filename: 'a.bin', content: Buffer.alloc(LARGE, 7) }],
    });
    transport.close();
    await api.discover.run({ forest: 'source' });
    await api.discover.run({ forest: 'target' });
    const results = await run(['exchange']);
    const { finding } = find(results, 'exchange.message-size');
    expect(finding.outcome).toBe('passed');
    expect(JSON.stringify(finding)).toMatch(new RegExp(`${person?.user}: largest item [34]\\.\\d MB`));
    expect(JSON.stringify(find(results, 'exchange.quota').finding)).toContain(person?.user);
  });

  it('a batch: what is matched, what prepare still has to do, and that its sizes fit', async () => {
    await api.match.run({});
    await api.batches.create({ name: 'Wave 1', choice: { kind: 'all' }, publicFolders: ['/'] });
    const results = await run(['batch'], { batch: 'Wave 1' });
    expect(new Set(results.map(({ object }) => object))).toEqual(new Set(['batch Wave 1']));
    expect(outcome(results, 'batch.matched')).toBe('passed');
    expect(outcome(results, 'batch.sizes')).toBe('passed');
    expect(outcome(results, 'batch.folder-rights')).toBe('passed');
    expect(outcome(results, 'batch.holds')).toBe('passed');
    expect(find(results, 'batch.x500').finding).toMatchObject({
      outcome: 'warning',
      remedy: { script: { code: expect.stringContaining('transplant prepare') } },
    });
    expect(find(results, 'batch.prepared').finding).toMatchObject({ outcome: 'failed' });
    // As after preparing: what was a contact is a mail user, and only Exchange makes a mailbox of it.
    await store.db.updateTable('recipient').set({ kind: 'mailUser' }).where('kind', '=', 'contact').execute();
    expect(find(await run(['batch'], { batch: 'Wave 1' }), 'batch.prepared').finding).toMatchObject({
      outcome: 'warning',
      remedy: { script: { code: expect.stringMatching(/^Enable-Mailbox -Identity '.+@.+'/) } },
    });
    // Somebody deletes a target object after the match: the batch would fail on the day.
    const victim = await store.db
      .selectFrom('workload')
      .innerJoin('match', 'match.source_id', 'workload.source_id')
      .select(['match.target_id', 'workload.display_name'])
      .where('workload.kind', '=', 'mailbox')
      .executeTakeFirstOrThrow();
    await store.db.updateTable('recipient').set({ deleted: 1 }).where('id', '=', victim.target_id).execute();
    const after = find(await run(['batch'], { batch: 'Wave 1' }), 'batch.matched');
    expect(after).toMatchObject({
      blocks: true,
      finding: { outcome: 'failed', evidence: [expect.stringContaining(victim.display_name)] },
    });
    await expect(api.batches.act({ batch: 'Wave 1', action: 'start' })).rejects.toThrow(/Every member is matched/);
    await expect(api.preflight.run({ groups: ['batch'], batch: 'Wave 99' })).rejects.toThrow();
  });

  it('a wrong password is told once, in words, and what stands on it is not tried', async () => {
    await api.forests.setAccount({
      forest: 'target',
      purpose: 'directory',
      user: organisations.target.serviceAccount.user,
      password: 'wrong-5512',
    });
    await api.forests.setAccount({
      forest: 'target',
      purpose: 'exchange',
      user: organisations.target.serviceAccount.user,
      password: 'wrong-5512',
    });
    const results = await run(['accounts', 'exchange']);
    expect(find(results, 'accounts.directory', 'target').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('password is wrong')],
    });
    expect(find(results, 'exchange.connect', 'target').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('refused the user name or the password')],
    });
    expect(find(results, 'accounts.deleted-objects', 'target').finding).toMatchObject({
      outcome: 'notTried',
      why: expect.stringContaining('see accounts.directory'),
    });
    expect(find(results, 'accounts.impersonation', 'target').finding).toMatchObject({
      outcome: 'notTried',
      why: expect.stringContaining('see exchange.connect'),
    });
    expect(outcome(results, 'accounts.directory', 'source')).toBe('passed');
    expect(JSON.stringify(results)).not.toContain('wrong-5512');
    const kept = await store.db.selectFrom('check_result').select('data').execute();
    expect(JSON.stringify(kept)).not.toContain('wrong-5512');
  });
});
