import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { insertMany, upsertMany } from './bulk.ts';
import { addForest, listForests } from './forests.ts';
import { openStore } from './open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('opening an embedded database', () => {
  test('creates it, and opens it again', async () => {
    const url = `sqlite:${join(folder, 'a', 'x.db')}`;
    await expect(openStore(url)).rejects.toThrow('There is no such file');
    const first = await openStore(url, { create: true });
    await addForest(first, { name: 'Nörth', role: 'source', config: { pins: [], smtpDomains: [] } });
    await first.close();
    await using second = closing(await openStore(url));
    expect((await listForests(second.store)).map((forest) => forest.name)).toEqual(['Nörth']);
    expect(Math.abs((await second.store.now()) - Date.now())).toBeLessThan(5_000);
  });

  test('reads do not wait for a write transaction of the same process', async () => {
    const store = await openStore(`sqlite:${join(folder, 'x.db')}`, { create: true });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: written, resolve: wrote } = Promise.withResolvers<void>();
    const writing = store.db.transaction().execute(async (trx) => {
      await trx.insertInto('setting').values({ name: 'a', value: '1' }).execute();
      wrote();
      await gate;
    });
    await written;
    expect(await store.db.selectFrom('setting').selectAll().execute()).toEqual([]);
    const other = store.db.insertInto('setting').values({ name: 'b', value: '2' }).execute();
    open();
    await writing;
    await other;
    expect(await store.db.selectFrom('setting').select('name').orderBy('name').execute()).toEqual([
      { name: 'a' },
      { name: 'b' },
    ]);
    await store.close();
  });

  test('a transaction that throws leaves nothing, and the next one works', async () => {
    const store = await openStore(`sqlite:${join(folder, 'x.db')}`, { create: true });
    await expect(
      store.db.transaction().execute(async (trx) => {
        await trx.insertInto('setting').values({ name: 'a', value: '1' }).execute();
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    await insertMany(store, store.db, 'setting', [{ name: 'b', value: '1' }]);
    await expect(
      insertMany(store, store.db, 'setting', [
        { name: 'c', value: '1' },
        { name: 'b', value: '2' },
      ]),
    ).rejects.toThrow('exists already');
    await upsertMany(store, store.db, 'setting', [{ name: 'b', value: '3' }], { key: ['name'] });
    expect(await store.db.selectFrom('setting').selectAll().execute()).toEqual([{ name: 'b', value: '3' }]);
    await store.close();
  });

  test('what cannot be stored is refused, not stored as NULL', async () => {
    const store = await openStore('sqlite::memory:', { create: true });
    for (const value of [undefined, Number.NaN, {}, [1], Symbol('x')]) {
      await expect(sql`SELECT ${value} AS x`.execute(store.db)).rejects.toThrow('cannot be stored');
    }
    const { rows } = await sql<{ t: string; d: number; b: number }>`
      SELECT typeof(${5}) AS t, ${new Date(7)} AS d, ${true} AS b`.execute(store.db);
    expect(rows).toEqual([{ t: 'integer', d: 7, b: 1 }]);
    await store.close();
  });

  test('a file that is no database, and one of another program, are named and left alone', async () => {
    const text = join(folder, 'text.db');
    writeFileSync(text, 'This is a letter, not a database. '.repeat(100));
    await expect(openStore(`sqlite:${text}`, { create: true })).rejects.toThrow('not a database');
    const { DatabaseSync } = await import('node:sqlite');
    const other = join(folder, 'other.db');
    const db = new DatabaseSync(other);
    db.exec('CREATE TABLE songs (x)');
    db.close();
    await expect(openStore(`sqlite:${other}`, { create: true })).rejects.toThrow('another program (songs)');
    await expect(openStore(`sqlite:${other}`)).rejects.toThrow('no tables of Transplant');
  });
});

function closing<T extends { close(): Promise<void> }>(store: T) {
  return { store, [Symbol.asyncDispose]: () => store.close() };
}
