import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { insertMany } from '../../core/store/bulk.ts';
import { openStore } from '../../core/store/open.ts';
import { enqueue } from '../../core/store/queue.ts';
import { testDatabase, testDialects } from '../support/stores.ts';

/** Time zone, language and locale of the process, and language and date format of the session, decide nothing. */

const at = (file: string) => JSON.stringify(join(import.meta.dirname, '..', '..', 'core', file));

/** Claims one task and keeps one time, as a worker somewhere else in the world does. */
const PROGRAM = `
  import { nameKey } from ${at('domain/name-key.ts')};
  import { openStore } from ${at('store/open.ts')};
  import { claim, complete } from ${at('store/queue.ts')};
  const { url, machineId, kept } = JSON.parse(process.env.SURROUNDINGS);
  const store = await openStore(url);
  const [task] = await claim(store, { machineId, max: 1, leaseMs: 60_000 });
  const [other] = await claim(store, { machineId, max: 1, leaseMs: 60_000 });
  await complete(store, task);
  await store.db.insertInto('event').values({ at: kept, kind: 'kept', data: '{}' }).execute();
  const back = await store.db.selectFrom('event').select('at').where('kind', '=', 'kept').executeTakeFirstOrThrow();
  console.log(JSON.stringify({
    now: await store.now(), leaseUntil: task.leaseUntil, payload: task.payload, later: other === undefined,
    back: back.at, key: nameKey('TITLE ISTANBUL'), offset: new Date(0).getTimezoneOffset(),
  }));
  await store.close();
`;

const PLACES = [
  { TZ: 'Asia/Kolkata', LC_ALL: 'de_DE.UTF-8' },
  { TZ: 'Pacific/Apia', LC_ALL: 'tr_TR.UTF-8' },
  { TZ: 'America/St_Johns', LC_ALL: 'ar_SA.UTF-8' },
];

/** The hour that Berlin's clocks have twice, 25 October 2026, 02:30. */
const KEPT = Date.UTC(2026, 9, 25, 0, 30, 0, 123);

describe.each(testDialects)('what surrounds a process, on %s', (dialect) => {
  test.each(PLACES)('a worker at $TZ with $LC_ALL reads and writes the same times', async (place) => {
    const url = await testDatabase(dialect);
    const store = await openStore(url);
    const machine = { name: 'w', name_key: 'w', kind: 'worker', state: 'approved', public_key: '', fingerprint: '' };
    await insertMany(store, store.db, 'machine', [
      { ...machine, version: '', facts: '{}', enrolled_at: 0, last_seen: 0 },
    ]);
    const { id: machineId } = await store.db.selectFrom('machine').select('id').executeTakeFirstOrThrow();
    const before = await store.now();
    // One that is ready for a second, and one that is not for a minute: half an hour of a zone would tell.
    await enqueue(store, [
      { kind: 'sync', payload: { n: 1 }, runAfter: before - 1_000 },
      { kind: 'sync', payload: { n: 2 }, runAfter: before + 60_000 },
    ]);
    const settings = JSON.stringify({ url, machineId, kept: KEPT });
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', PROGRAM], {
      env: { ...process.env, ...place, SURROUNDINGS: settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(code).toBe(0);
    const seen = JSON.parse(said) as { now: number; leaseUntil: number; offset: number };
    expect(seen.offset).not.toBe(0);
    expect(seen).toMatchObject({ payload: { n: 1 }, later: true, back: KEPT, key: 'title istanbul' });
    const after = await store.now();
    expect(seen.now).toBeGreaterThanOrEqual(before);
    expect(seen.now).toBeLessThanOrEqual(after);
    expect(seen.leaseUntil).toBeGreaterThanOrEqual(before + 60_000);
    expect(seen.leaseUntil).toBeLessThanOrEqual(after + 60_000);
    expect(await store.db.selectFrom('event').select('at').where('kind', '=', 'kept').execute()).toEqual([
      { at: KEPT },
    ]);
    await store.close();
  });

  test.runIf(dialect === 'mssql')('language, date format and first day of the session change no time', async () => {
    const store = await openStore(await testDatabase(dialect));
    const usual = await store.now();
    for (const session of ['SET LANGUAGE German', 'SET LANGUAGE British', 'SET DATEFORMAT ydm', 'SET DATEFIRST 1']) {
      const { rows } = await sql<{ now: number }>`${sql.raw(session)}; SELECT ${store.nowSql} AS now`.execute(store.db);
      expect(Math.abs((rows[0]?.now ?? 0) - usual), session).toBeLessThan(60_000);
    }
    await store.close();
  });
});
