import type { z } from 'zod';
import { upsertMany } from './bulk.ts';
import type { Store } from './store.ts';

/** Reads a setting (JSON) and checks it; undefined when it was never set. */
export async function readSetting<T>(store: Store, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const row = await store.db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : schema.parse(JSON.parse(row.value));
}

/** Writes a setting as JSON. */
export async function writeSetting(store: Store, name: string, value: unknown, db = store.db): Promise<void> {
  await upsertMany(store, db, 'setting', [{ name, value: JSON.stringify(value) }], { key: ['name'] });
}
