import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { startLab } from '../../lab/start.ts';
import { DemoRun, transplant } from './demo-run.ts';

let run: DemoRun | undefined;
let kept: string | undefined;
afterEach(async () => {
  await run?.clean();
  if (kept) rmSync(kept, { recursive: true, force: true });
});

/** Addresses of the source's mailboxes, as its Exchange has them: a disconnected one has lost its own. */
function mailboxes(lab: string): string[] {
  const folder = join(lab, 'source');
  const file = readdirSync(folder).find((name) => name === 'source.sqlite') ?? '';
  const db = new DatabaseSync(join(folder, file), { readOnly: true });
  const rows = db.prepare('SELECT address FROM mailbox ORDER BY address').all();
  db.close();
  return rows.map((row) => String(row.address));
}

const disconnected = (addresses: string[]): number => addresses.filter((one) => one.includes('disconnected')).length;

it('a cutover turns mailboxes over in the directories, and batch undo gives the source its mailboxes back', {
  timeout: 300_000,
}, async () => {
  run = new DemoRun(['--users', '5', '--items', '60', '--folders', '6', '--keep']);
  const { code, stderr, result } = await run.end();
  expect(code, stderr).toBe(0);
  kept = /Kept: (\S+)/.exec(stderr)?.[1];
  const dir = join(kept ?? '', 'lab');
  const lab = await startLab({ dir });
  try {
    const moved = disconnected(mailboxes(dir));
    expect(moved).toBe(result?.mailboxes.planned);
    const env = { TRANSPLANT_DB: run.database, TRANSPLANT_HOME: join(run.folder, 'home') };
    const undo = await transplant(['batch', 'undo', 'Demo', '--json'], env);
    expect(undo.code, undo.stderr).toBe(0);
    expect(JSON.parse(undo.stdout)).toMatchObject({ state: 'undone', kept: [] });
    const after = mailboxes(dir);
    expect(disconnected(after)).toBe(0);
    expect(after.some((one) => one.endsWith('@source.test'))).toBe(true);
    const again = await transplant(['batch', 'undo', 'Demo', '--json'], env);
    expect(again.code).toBe(1);
    expect((await transplant(['audit', '--verify'], env)).code).toBe(0);
  } finally {
    await lab.close();
  }
});
