import type { Kysely } from 'kysely';
import { z } from 'zod';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import { readSetting, writeSetting } from './settings.ts';
import type { Store } from './store.ts';

/** A public folder as the last scan found it. Sizes in bytes, of the folder alone; times in ms. */
export interface FolderStat {
  key: string;
  id: string;
  parentKey: string | null;
  path: string;
  depth: number;
  folderClass: string;
  items: number;
  bytes: number;
  changedAt: number | null;
  owner: string | null;
  mailEnabled: boolean;
}

export const scanSchema = z.object({
  scan: z.int(),
  at: z.int(),
  folders: z.int(),
  items: z.int(),
  bytes: z.int(),
  tookMs: z.int(),
});
export type Scan = z.infer<typeof scanSchema>;

const SETTING = 'publicFolders.scan';

/** The last scan that came to its end. */
export function lastScan(store: Store): Promise<Scan | undefined> {
  return readSetting(store, SETTING, scanSchema);
}

export async function addFolderStats(store: Store, scan: number, stats: readonly FolderStat[]): Promise<void> {
  await insertMany(
    store,
    store.db,
    'public_folder',
    stats.map((one) => ({
      scan,
      folder_key: one.key,
      folder_id: one.id,
      parent_key: one.parentKey,
      path: one.path,
      depth: one.depth,
      folder_class: one.folderClass,
      items: one.items,
      bytes: one.bytes,
      changed_at: one.changedAt,
      owner: one.owner,
      mail_enabled: one.mailEnabled ? 1 : 0,
      replica: null,
    })),
  );
}

/** Makes a scan the one that counts; what earlier ones found goes. */
export async function finishScan(store: Store, scan: Scan): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    await trx.deleteFrom('public_folder').where('scan', '!=', scan.scan).execute();
    await writeSetting(store, SETTING, scan, trx);
  });
}

/** Every folder of a scan, page by page, in the order of keys. */
export async function* eachFolderStat(store: Store, scan: number, pageSize = 2_000): AsyncGenerator<FolderStat> {
  for (let after = ''; ; ) {
    const rows = await page(store.db, scan, after, pageSize);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    after = last.key;
  }
}

async function page(db: Kysely<Database>, scan: number, after: string, limit: number): Promise<FolderStat[]> {
  const rows = await db
    .selectFrom('public_folder')
    .selectAll()
    .where('scan', '=', scan)
    .where('folder_key', '>', after)
    .orderBy('folder_key')
    .limit(limit)
    .execute();
  return rows.map(toStat);
}

function toStat(row: Database['public_folder']): FolderStat {
  return {
    key: row.folder_key,
    id: row.folder_id,
    parentKey: row.parent_key,
    path: row.path,
    depth: row.depth,
    folderClass: row.folder_class,
    items: row.items,
    bytes: row.bytes,
    changedAt: row.changed_at,
    owner: row.owner,
    mailEnabled: row.mail_enabled === 1,
  };
}
