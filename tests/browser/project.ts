import type { State } from '../../core/domain/words.ts';
import { createBatch } from '../../core/store/batches.ts';
import { insertMany } from '../../core/store/bulk.ts';
import { addForest } from '../../core/store/forests.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';

/** Names as a hostile directory has them: markup, script, direction marks, length, emoji, control signs. */
export const HOSTILE = [
  '<img src=x onerror="document.title=\'owned\'">',
  '<script>document.title="owned"</script>',
  '\u202Egnp.exe\u202C \u2066right\u2069',
  `${'long '.repeat(2_000)}end`,
  '👩‍👩‍👧‍👦 \u{1F3F4}\u{E0067}\u{E0062} ✂️',
  "'; DROP TABLE workload; --",
  'a\u0000b\u0007c',
  '   ',
];

const FIRST = ['Anna', 'Kim', 'Jürgen', 'Søren', 'Zoë', '李', 'Émile', 'Ravi', 'Olga', 'Tomás'];
const LAST = ['Müller', 'Ørsted', 'Novák', 'Smith', 'García', 'Kowalski', 'Yılmaz', 'Ågren'];
const SPECIAL: State[] = [
  'syncing',
  'decision',
  'failed',
  'held',
  'waiting',
  'cuttingOver',
  'done',
  'undone',
  'planned',
];

/** A project with a running batch of `members` mailboxes in every state, folders, bad items and hostile names. */
export async function makeProject(url: string, members: number): Promise<Store> {
  const store = await openStore(url, { create: true });
  for (const [name, role] of [
    ['Northwind', 'source'],
    ['Fabrikam', 'target'],
  ] as const) {
    await addForest(store, { name, role, config: { pins: [], smtpDomains: [] } });
  }
  const names = [
    ...HOSTILE,
    ...Array.from({ length: members - HOSTILE.length }, (_, i) => `${LAST[i % 8]}, ${FIRST[(i * 7) % 10]} ${i}`),
  ];
  const { id: batchId } = await createBatch(store, {
    name: 'Wave 4',
    workloads: names.map((displayName, i) => ({
      kind: 'mailbox',
      sourceId: null,
      sourceAddress: `u${i}@northwind.test`,
      targetAddress: `u${i}@fabrikam.test`,
      displayName,
      root: '',
      itemsTotal: 800 + ((i * 7919) % 12_000),
      bytesTotal: 5e8,
    })),
  });
  await store.db
    .updateTable('workload')
    .set((eb) => ({ state: 'inSync', items_done: eb.ref('items_total'), bytes_done: 3e8 }))
    .where('id', '<=', Math.floor(members * 0.7))
    .execute();
  for (const [i, state] of SPECIAL.entries()) {
    await store.db
      .updateTable('workload')
      .set((eb) => ({
        state,
        items_done: eb('items_total', '/', 3),
        items_bad: state === 'decision' ? 1 : 0,
        reason: state === 'decision' ? '1 bad item waits for a decision.' : null,
      }))
      .where('id', '=', i + 1)
      .execute();
  }
  await store.db.updateTable('workload').set({ state: 'waiting' }).where('state', '=', 'planned').execute();
  await store.db
    .updateTable('batch')
    .set({ state: 'syncing', started_at: Date.now() - 3_600_000 })
    .execute();
  await addDetails(store, batchId);
  return store;
}

async function addDetails(store: Store, _batchId: number): Promise<void> {
  const paths = [
    '/Inbox',
    '/Inbox/Projects',
    '/Inbox/Projects/A%2FB',
    '/Calendar',
    `/${encodeURIComponent(HOSTILE[0] ?? '')}`,
  ];
  await insertMany(
    store,
    store.db,
    'folder',
    paths.map((path, i) => ({
      workload_id: 2,
      source_key: String(i),
      source_id: `folder-${i}`,
      path,
      folder_class: 'IPF.Note',
      state: 'syncing',
      facts: '{}',
      items_total: 1000 * (i + 1),
      items_done: 600 * (i + 1),
      items_bad: i === 1 ? 1 : 0,
      bytes_done: 1e6 * i,
      updated_at: Date.now(),
    })),
  );
  await insertMany(store, store.db, 'bad_item', [
    {
      workload_id: 2,
      folder_path: '/Inbox/Projects',
      source_key: new Uint8Array(16),
      source_id: 'AAMkADk5-bad-item',
      item_class: 'IPM.Note',
      size: 123_456,
      reason: 'corrupt',
      message: 'The server says that the item is damaged.',
      state: 'open',
      updated_at: Date.now(),
    },
  ]);
}
