import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReader, openWriter } from '../../core/directory/open.ts';
import { SEND_AS } from '../../core/directory/writer.ts';
import { applyPlan } from '../../core/plan/prepare/apply.ts';
import { checkAsPlanned } from '../../core/plan/prepare/checks.ts';
import { ldifRecord } from '../../core/plan/prepare/ldif-script.ts';
import { prepareOptionsSchema } from '../../core/plan/prepare/options.ts';
import { planPrepare } from '../../core/plan/prepare/plan.ts';
import { powershellBlock } from '../../core/plan/prepare/powershell-script.ts';
import { undoPlan } from '../../core/plan/prepare/undo.ts';
import { discover } from '../../core/rationalize/discover.ts';
import { runMatch } from '../../core/rationalize/run.ts';
import { getPlan, listChanges } from '../../core/store/directory-changes.ts';
import { addForest, type Forest as StoredForest } from '../../core/store/forests.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { type Forest, startForests } from '../support/forests.ts';
import { describeWith } from '../support/parts.ts';
import { connect, load } from './load.ts';

const SIDES = ['source', 'target'] as const;
type Side = (typeof SIDES)[number];
const GUID = 'ab721a54-1e2f-11d0-9819-00aa0040529b';
const actor = { who: 'tester', host: 'here', correlation: 'c' };

const address = (name: string, side: Side) => `${name.toLowerCase()}@${side}.example`;
const dn = (name: string, side: Side) => `CN=${name},OU=Things,DC=${side},DC=test`;

/** What both forests hold: people, a group and a mail-enabled folder, matched by a shared address. */
function objects(side: Side, names: readonly string[]) {
  return names.map((name) => {
    const group = name === 'Team';
    const folder = name === 'Sales';
    const mail = { mail: [address(name, side)], mailNickname: [name.toLowerCase()], displayName: [name] };
    const proxies = [`SMTP:${address(name, side)}`, `smtp:${address(name, 'source')}`].slice(
      0,
      side === 'source' ? 1 : 2,
    );
    const kind = group
      ? { objectClass: ['group'], sAMAccountName: [name], groupType: ['8'] }
      : folder
        ? // The forests' schema has no class for mail-enabled folders; what Exchange says of its type decides.
          { objectClass: ['contact'], msExchRecipientTypeDetails: ['4096'] }
        : { objectClass: ['user'], sAMAccountName: [name], homeMDB: ['x'], msExchRecipientTypeDetails: ['1'] };
    return { dn: dn(name, side), attributes: { ...kind, ...mail, proxyAddresses: proxies } };
  });
}

describeWith(['samba', 'ldb-tools', 'ldapsearch', 'openssl'], 'who may send as a mail-enabled public folder', () => {
  let folder: string;
  let forests: Record<Side, Forest>;
  let stop: () => Promise<void>;
  let store: Store;
  let stored: Record<Side, StoredForest>;
  const sids = new Map<string, string>();

  const config = (side: Side) => ({
    forest: side,
    servers: [forests[side].url],
    trust: { pins: [], caPem: forests[side].ca },
    login: { kind: 'simple' as const, user: forests[side].administrator, password: forests[side].password },
  });
  const writerOf = (forestId: number) => openWriter(config(forestId === stored.source.id ? 'source' : 'target'));

  /** Samba's own tool, on the server's database. */
  function dsacl(side: Side, ...args: string[]): string {
    const database = join(dirname(dirname(dirname(forests[side].caFile))), 'private/sam.ldb');
    const full = ['dsacl', args[0] ?? '', '-H', database, ...args.slice(1)];
    const PATH = `/usr/bin:/usr/sbin:/bin:/sbin:${process.env.PATH ?? ''}`;
    return execFileSync('samba-tool', full, { encoding: 'utf8', env: { ...process.env, PATH }, stdio: 'pipe' });
  }
  const sddl = (side: Side) =>
    dsacl(side, 'get', `--objectdn=${dn('Sales', side)}`)
      .split('\n')
      .find((line) => line.includes('D:'))
      ?.trim() ?? '';
  const mayBy = (text: string) =>
    [...text.matchAll(new RegExp(`\\(OA;;CR;${GUID};;(S-1-5-21-[^)]+)\\)`, 'g'))].map(([, sid]) => sid ?? '').sort();
  const sid = (name: string, side: Side) => sids.get(dn(name, side)) ?? '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-send-as-'));
    ({ forests, stop } = await startForests(SIDES));
    const names = {
      source: ['Anna', 'Bob', 'Nobody', 'Team', 'Sales'],
      target: ['Anna', 'Bob', 'Carl', 'Team', 'Sales'],
    };
    for (const side of SIDES) {
      const admin = await connect(forests[side]);
      await load(admin, forests[side], objects(side, names[side]) as never);
      await admin.close();
    }
    store = await openStore(`sqlite:${join(folder, 'x.db')}`, { create: true });
    const settings = (side: Side) => ({ pins: [], smtpDomains: [`${side}.example`] });
    stored = {
      source: await addForest(store, { name: 'source', role: 'source', config: settings('source') }),
      target: await addForest(store, { name: 'target', role: 'target', config: settings('target') }),
    };
    for (const side of SIDES) {
      const reader = await openReader(config(side));
      await discover(store, stored[side], reader).finally(() => reader.close());
      const rows = await store.db.selectFrom('recipient').select(['dn', 'attributes']).execute();
      for (const row of rows)
        sids.set(row.dn, (JSON.parse(row.attributes) as { objectSid?: string[] }).objectSid?.[0] ?? '');
    }
    await runMatch(store);
    for (const name of ['Anna', 'Team', 'Nobody'])
      dsacl('source', 'set', `--objectdn=${dn('Sales', 'source')}`, `--sddl=(OA;;CR;${GUID};;${sid(name, 'source')})`);
    dsacl('target', 'set', `--objectdn=${dn('Sales', 'target')}`, `--sddl=(OA;;CR;${GUID};;${sid('Carl', 'target')})`);
  }, 120_000);

  afterAll(async () => {
    await store?.close();
    await stop?.();
    rmSync(folder, { recursive: true, force: true });
  });

  async function plan(): Promise<number> {
    const writers = await Promise.all(SIDES.map((side) => openWriter(config(side))));
    const sendAs = async (forestId: number, ref: { dn: string; guid: string | null }) =>
      (await writers[forestId === stored.source.id ? 0 : 1]?.read(ref, [SEND_AS]))?.attributes[SEND_AS];
    try {
      const options = prepareOptionsSchema.parse({});
      return (await planPrepare(store, { options, createdBy: 'tester', sendAs })).planId;
    } finally {
      for (const writer of writers) await writer.close();
    }
  }

  test('is read from both servers, given to the counterparts, checked, and taken back; all other entries stay', async () => {
    const before = sddl('target');
    expect(mayBy(before)).toEqual([sid('Carl', 'target')]);
    const planId = await plan();
    const changes = await listChanges(store, planId, { limit: 100 });
    const change = changes.find(({ after }) => after[SEND_AS]);
    if (!change) throw new Error('nothing is planned');
    expect(change.before).toEqual({ [SEND_AS]: [sid('Carl', 'target')] });
    expect(change.reason).toBe('may be sent as by Anna, Team, as in the source');
    const notes = (await getPlan(store, planId))?.notes.notes.map(({ note }) => note) ?? [];
    expect(notes.join('\n')).toMatch(/Nobody may send as it and has no account in the target yet/);
    // The same for people who write by themselves.
    expect(powershellBlock(change)).toContain(`$acl.AddAccessRule((SendAs '${sid('Anna', 'target')}'))`);
    expect(ldifRecord(change)).toMatch(/^# .*PowerShell/);

    expect(await applyPlan(store, planId, writerOf, actor)).toMatchObject({ stopped: [], failed: [] });
    const after = sddl('target');
    expect(mayBy(after)).toEqual([sid('Anna', 'target'), sid('Carl', 'target'), sid('Team', 'target')].sort());
    const others = (text: string) => text.replaceAll(new RegExp(`\\(OA;;CR;${GUID};;S-1-5-21-[^)]+\\)`, 'g'), '');
    expect(others(after)).toBe(others(before));
    expect(await checkAsPlanned(store, planId, writerOf)).toEqual([]);
    // Planned again, whoever has an account by now has his turn, and the others are not touched.
    const again = await listChanges(store, await plan(), { limit: 100 });
    const rights = again.filter((one) => one.after[SEND_AS]);
    expect(rights.map(({ reason }) => reason)).toEqual(['may be sent as by Nobody, as in the source']);

    expect((await undoPlan(store, planId, writerOf, actor)).kept).toEqual([]);
    expect(sddl('target')).toBe(before);
  }, 60_000);

  test('what somebody changed since the plan stops it; what somebody changed since it was applied stays', async () => {
    const planId = await plan();
    dsacl('target', 'set', `--objectdn=${dn('Sales', 'target')}`, `--sddl=(OA;;CR;${GUID};;${sid('Bob', 'target')})`);
    const stopped = (await applyPlan(store, planId, writerOf, actor)).stopped.map(({ message }) => message);
    expect(stopped).toEqual(['changed since the plan was made: sendAs']);
    const second = await plan();
    expect(await applyPlan(store, second, writerOf, actor)).toMatchObject({ stopped: [], failed: [] });
    const nobody = `--sddl=(OA;;CR;${GUID};;${sid('Team', 'target').replace(/\d+$/, '4711')})`;
    dsacl('target', 'set', `--objectdn=${dn('Sales', 'target')}`, nobody);
    const { kept } = await undoPlan(store, second, writerOf, actor);
    expect(kept.map(({ message }) => message)).toEqual(['changed since, and left as it is: sendAs']);
    expect(mayBy(sddl('target'))).toContain(sid('Anna', 'target'));
  }, 60_000);
});
