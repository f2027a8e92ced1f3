import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { upsertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** moved: as in the source; notMoved: with the reason; kept: a person changed it in the target, and the policy respects that. */
export const SETTING_STATES = ['moved', 'notMoved', 'kept'] as const;
export type SettingState = (typeof SETTING_STATES)[number];

/** What became of one setting of a mailbox. */
export interface SettingRow {
  kind: string;
  /** Which one: an address, a rule's name, folder and name of a configuration; empty where there is only one. */
  name: string;
  state: SettingState;
  /** SHA-256 of what the target was given, hex; null when nothing was. */
  digest: string | null;
  reason: string | null;
  /** Written as it is to be after the cutover: mail is answered and forwarded. */
  live: boolean;
  /** When a run last compared both sides, ms since the epoch. */
  lookedAt: number;
}

const MAX_TEXT = 1_000;

/** The key of a setting, of fixed length: names of rules are long and differ by case. */
export function settingKey(kind: string, name: string): string {
  return createHash('sha256').update(`${kind}\0${name}`).digest('hex');
}

/** All settings on record, by key. */
export async function settingsOf(store: Store, workloadId: number): Promise<Map<string, SettingRow>> {
  const rows = await store.db
    .selectFrom('mailbox_setting')
    .select(['setting_key', 'kind', 'name', 'state', 'digest', 'reason', 'live', 'updated_at'])
    .where('workload_id', '=', workloadId)
    .orderBy('kind')
    .orderBy('name')
    .execute();
  return new Map(
    rows.map((row) => [
      row.setting_key,
      {
        kind: row.kind,
        name: row.name,
        state: z.enum(SETTING_STATES).parse(row.state),
        digest: row.digest,
        reason: row.reason,
        live: Number(row.live) === 1,
        lookedAt: Number(row.updated_at),
      },
    ]),
  );
}

/** Writes rows as they are, takes off those whose keys are named, and notes that these kinds were looked at. */
export async function putSettings(
  store: Store,
  trx: Transaction<Database>,
  workloadId: number,
  { rows, gone, kinds }: { rows: Omit<SettingRow, 'lookedAt'>[]; gone: string[]; kinds: string[] },
): Promise<void> {
  const now = await store.now(trx);
  await trx
    .updateTable('mailbox_setting')
    .set({ updated_at: now })
    .where('workload_id', '=', workloadId)
    .where('kind', 'in', kinds)
    .execute();
  const values = rows.map(({ kind, name, state, digest, reason, live }) => ({
    workload_id: workloadId,
    setting_key: settingKey(kind, name),
    kind,
    name: name.slice(0, MAX_TEXT),
    state,
    digest,
    reason: reason?.slice(0, MAX_TEXT) ?? null,
    live: live ? 1 : 0,
    updated_at: now,
  }));
  await upsertMany(store, trx, 'mailbox_setting', values, { key: ['workload_id', 'setting_key'] });
  if (gone.length > 0)
    await trx
      .deleteFrom('mailbox_setting')
      .where('workload_id', '=', workloadId)
      .where('setting_key', 'in', gone)
      .execute();
}
