import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type Lab, type LabOrganisation, startLab } from '../../lab/start.ts';
import { transplant } from './demo-run.ts';

let folder: string;
let lab: Lab;
let env: NodeJS.ProcessEnv;

const organisation = (name: 'source' | 'target'): LabOrganisation => {
  const found = lab.organisations.find((one) => one.name === name);
  if (!found) throw new Error(`the lab has no ${name}`);
  return found;
};

async function call(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await transplant([...args, '--json'], env);
  expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-plan-'));
  lab = await startLab({ dir: join(folder, 'lab'), users: 14, items: 60, folders: 4, seed: 3 });
  env = { TRANSPLANT_DB: `sqlite:${join(folder, 'x.db')}`, TRANSPLANT_HOME: join(folder, 'home'), PW: '' };
  for (const name of ['source', 'target'] as const) {
    const o = organisation(name);
    const reach = ['--ldap', o.ldapUrl, '--ews', o.ewsUrl, '--ca', o.caFile, '--smtp-domain', o.smtpDomain];
    await call('forest', 'add', name, '--role', name, ...reach);
    env.PW = o.serviceAccount.password;
    for (const purpose of ['directory', 'exchange']) {
      await call('account', 'set', name, purpose, '--user', o.serviceAccount.user, '--password-env', 'PW');
    }
    await call('discover', name);
  }
  const found = (code: number | null) => expect([0, 1]).toContain(code);
  found((await transplant(['match', 'run', '--json'], env)).code);
  found((await transplant(['prepare', 'plan', '--json'], env)).code);
  found((await transplant(['prepare', 'apply', '--yes', '--json'], env)).code);
  await call('discover', 'target');
  found((await transplant(['match', 'run', '--json'], env)).code);
}, 120_000);

afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

const graphSchema = z.object({
  nodes: z.array(z.object({ sourceId: z.number(), address: z.string(), items: z.number().nullable() })),
  edges: z.array(
    z.object({
      a: z.number(),
      b: z.number(),
      weight: z.number().positive(),
      reasons: z.array(z.object({ right: z.string(), origin: z.string(), folder: z.string(), readAt: z.number() })),
    }),
  ),
  measured: z.number(),
});
const planSchema = z.object({
  limits: z.object({ maxMailboxes: z.number().nullable(), maxBytes: z.number().nullable() }),
  mailboxes: z.number(),
  waves: z.array(
    z.object({
      name: z.string(),
      mailboxes: z.number(),
      bytes: z.number(),
      members: z.array(z.object({ sourceId: z.number() })),
    }),
  ),
  cut: z.array(z.object({ a: z.number(), b: z.number(), because: z.string(), reason: z.object({ kind: z.string() }) })),
  created: z.array(z.object({ name: z.string(), mailboxes: z.number() })).optional(),
});

test('workers measure, the graph says who shares with whom and why, and waves keep them together', {
  timeout: 120_000,
}, async () => {
  const before = graphSchema.parse(await call('plan', 'graph'));
  expect(before.measured).toBe(0);
  expect(before.edges.flatMap((e) => e.reasons).every((r) => r.origin === 'publicDelegates')).toBe(true);

  const asked = z.object({ mailboxes: z.number(), tasks: z.number() }).parse(await call('plan', 'collect'));
  expect(asked.mailboxes).toBeGreaterThan(10);
  const running = transplant(['worker', 'run', '--name', 'w1', '--until-idle'], env);
  await vi.waitFor(() => call('worker', 'approve', 'w1', '--yes'), { timeout: 30_000, interval: 500 });
  const worker = await running;
  expect(worker.code, worker.stderr).toBe(0);
  const graph = graphSchema.parse(await call('plan', 'graph'));
  expect(graph.measured).toBe(asked.mailboxes);
  expect(graph.nodes.reduce((sum, n) => sum + (n.items ?? 0), 0)).toBeGreaterThan(0);
  const origins = new Set(graph.edges.flatMap((e) => e.reasons.map((r) => r.origin)));
  expect(origins).toEqual(new Set(['publicDelegates', 'GetDelegate', 'folder permissions']));
  expect(graph.edges.some((e) => e.reasons.some((r) => r.folder !== ''))).toBe(true);

  const plan = planSchema.parse(await call('plan', 'waves', '--max-mailboxes', '6'));
  const members = plan.waves.flatMap((w) => w.members.map((m) => m.sourceId));
  expect(new Set(members).size).toBe(members.length);
  expect(members).toHaveLength(plan.mailboxes);
  expect(Math.max(...plan.waves.map((w) => w.mailboxes))).toBeLessThanOrEqual(6);
  const waveOf = new Map(plan.waves.flatMap((w) => w.members.map((m) => [m.sourceId, w.name] as const)));
  const between = graph.edges.filter((e) => waveOf.get(e.a) !== waveOf.get(e.b));
  expect(plan.cut.map(({ a, b }) => `${a} ${b}`).sort()).toEqual(between.map(({ a, b }) => `${a} ${b}`).sort());
  for (const edge of plan.cut) expect(edge.because).not.toBe('');

  const made = planSchema.parse(await call('plan', 'waves', '--max-mailboxes', '6', '--create', 'Night'));
  expect(made.created?.map((b) => b.name)).toEqual(plan.waves.map((_, i) => `Night ${i + 1}`));
  const left = planSchema.parse(await call('plan', 'waves'));
  expect(left).toMatchObject({ mailboxes: 0, waves: [], limits: { maxMailboxes: 100, maxBytes: null } });
});

test('limits that are none are told as such', async () => {
  for (const args of [
    ['--max-mailboxes', '0'],
    ['--max-bytes', 'much'],
  ]) {
    const { code, stdout } = await transplant(['plan', 'waves', ...args, '--json'], env);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: 'UsageError' } });
  }
});
