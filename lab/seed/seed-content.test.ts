import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../core/domain/errors.ts';
import { getByteArrays, getBytes, getTexts } from '../../core/domain/mapi/bag.ts';
import { canonicalDigest } from '../../core/domain/mapi/digest.ts';
import { readOneOffEntryId, unwrapEntryId } from '../../core/domain/mapi/entry-id.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { readAppointmentRecurrence, readRecurrence } from '../../core/domain/mapi/recurrence.ts';
import { corpusFolder, describeWith } from '../../tests/support/parts.ts';
import type { FolderRecord, ItemRecord, OrganisationStore } from '../model.ts';
import { openOrganisation } from '../state/store.ts';
import { people } from './people.ts';
import { type SeedOptions, type SeedReport, seedContent } from './seed-content.ts';

const open: { dir: string; store: OrganisationStore }[] = [];
afterEach(() => {
  for (const { dir, store } of open.splice(0)) {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

async function seeded(options: Partial<SeedOptions>): Promise<{ store: OrganisationStore; report: SeedReport }> {
  const dir = mkdtempSync(join(tmpdir(), 'lab-seed-'));
  const store = openOrganisation({ dir, name: 'source' });
  open.push({ dir, store });
  const report = await seedContent(store, { seed: 1, users: 6, items: 300, folders: 60, ...options });
  return { store, report };
}

function everyFolder(store: OrganisationStore): FolderRecord[] {
  const ids = [...store.mailboxes().map((m) => m.id), 'publicFolders'];
  return ids.flatMap((id) =>
    ['root', 'archiveroot', 'publicfoldersroot'].flatMap((name) => {
      const root = store.distinguished(id, name);
      return root ? store.children(root.id, true) : [];
    }),
  );
}

function everyItem(store: OrganisationStore): ItemRecord[] {
  return everyFolder(store).flatMap((folder) =>
    [false, true].flatMap(
      (associated) => store.items({ folderId: folder.id, associated, offset: 0, limit: 10_000 }).items,
    ),
  );
}

const CLASSES = [
  'IPM.Note',
  'IPM.Note.SMIME.MultipartSigned',
  'IPM.Post',
  'IPM.Appointment',
  'IPM.Schedule.Meeting.Request',
  'IPM.Schedule.Meeting.Resp.Pos',
  'IPM.Contact',
  'IPM.DistList',
  'IPM.Task',
  'IPM.StickyNote',
  'IPM.Activity',
  'REPORT.IPM.Note.NDR',
  'REPORT.IPM.Note.IPNRN',
  'IPM.Configuration.CategoryList',
];

describe('what is seeded', () => {
  test('the numbers are those asked for, and no mailbox is empty', async () => {
    const { store, report } = await seeded({});
    // A list of categories is what every mailbox has, like its folders.
    const items = everyItem(store).filter((item) => item.itemClass !== 'IPM.Configuration.CategoryList');
    expect(report).toMatchObject({ items: 300, publicFolders: 60, corpus: null });
    expect(items).toHaveLength(300);
    const root = store.distinguished('publicFolders', 'publicfoldersroot');
    expect(root && store.children(root.id, true)).toHaveLength(60);
    const owners = new Set(items.map((i) => i.mailboxId));
    for (const mailbox of store.mailboxes()) expect(owners.has(mailbox.id)).toBe(true);
    expect(items.reduce((sum, i) => sum + i.sizeBytes, 0)).toBe(report.bytes);
  });

  test('every class is there however small the lab', async () => {
    const { store } = await seeded({ users: 1, items: 1, folders: 1 });
    const classes = new Set(everyItem(store).map((i) => i.itemClass));
    for (const name of CLASSES) expect(classes).toContain(name);
  });

  test('every item can be read, series and lists included', async () => {
    const { store } = await seeded({});
    let [series, tasks, members, categories] = [0, 0, 0, 0];
    for (const item of everyItem(store)) {
      const message = store.message(item.id);
      const blob = getBytes(message, PidLid.AppointmentRecur);
      if (blob) {
        expect(readAppointmentRecurrence(blob)).toBeDefined();
        series++;
      }
      const task = getBytes(message, PidLid.TaskRecurrence);
      if (task) {
        expect(readRecurrence(task)).toBeDefined();
        tasks++;
      }
      for (const entry of getByteArrays(message, PidLid.DistributionListMembers) ?? []) {
        expect(readOneOffEntryId(unwrapEntryId(entry))?.address).toContain('@');
        members++;
      }
      categories += getTexts(message, PidName.Keywords)?.length ?? 0;
    }
    for (const count of [series, tasks, members, categories]) expect(count).toBeGreaterThan(0);
  });

  test('read and unread, flags, follow-ups, drafts, permissions, rules and delegates are there', async () => {
    const { store } = await seeded({ users: 24, items: 800, folders: 220 });
    const items = everyItem(store);
    expect(items.filter((i) => !i.read).length).toBeGreaterThan(40);
    expect(items.filter((i) => i.hasAttachments).length).toBeGreaterThan(60);
    const mailboxes = store.mailboxes();
    expect(mailboxes.filter((m) => m.rules.length > 0).length).toBeGreaterThan(2);
    expect(mailboxes.filter((m) => m.delegates.length > 0).length).toBeGreaterThan(1);
    expect(mailboxes.filter((m) => m.outOfOffice.state !== 'Disabled').length).toBeGreaterThan(1);
    const folders = everyFolder(store);
    const users = new Set(folders.flatMap((f) => f.permissions.map((p) => p.user)));
    expect(users).toContain('gone.long.ago@source.test');
    expect(users).toContain('all-staff@source.test');
    expect(folders.filter((f) => f.displayName.includes('/')).length).toBeGreaterThan(3);
    expect(folders.filter((f) => f.extra['39fe001f']).length).toBeGreaterThan(5);
    expect(new Set(mailboxes.map((m) => m.kind))).toEqual(new Set(['user', 'linked', 'room', 'equipment', 'shared']));
  });
});

test('the same seed gives the same items, another seed others', async () => {
  const digests = async (seed: number) => {
    const { store } = await seeded({ seed, users: 3, items: 120, folders: 20 });
    return everyItem(store).map(
      (item) => `${item.folderId} ${canonicalDigest(store.message(item.id)).toString('hex')}`,
    );
  };
  const first = await digests(5);
  expect(await digests(5)).toEqual(first);
  expect(await digests(6)).not.toEqual(first);
});

test('large items lie in the first mailbox, in flat pieces', async () => {
  const { store, report } = await seeded({ users: 2, items: 50, largeItems: [20_000_000] });
  expect(report.items).toBe(51);
  const [owner] = people(1, 2);
  const mailbox = owner && store.mailbox(owner.address);
  const largest = everyItem(store).reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a));
  expect(largest.mailboxId).toBe(mailbox?.id);
  expect(largest.sizeBytes).toBeGreaterThan(20_000_000);
  for (const chunk of store.exportChunks(largest.id)) expect(chunk.length).toBeLessThanOrEqual(1 << 20);
});

describe('a corpus', () => {
  test('every readable file is placed, every other one named with a reason', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lab-corpus-'));
    try {
      mkdirSync(join(dir, 'deep'));
      const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
      write('a.eml', 'Subject: corpus mail\r\n\r\nbody');
      write(
        'deep/b.ICS',
        'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:corpus event\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
      );
      write('deep/c.eml', '');
      write('d.ics', 'no calendar');
      write('e.txt', 'not looked at');
      const { store, report } = await seeded({ users: 2, items: 60, corpus: dir });
      expect(report.corpus).toEqual({
        files: 4,
        placed: 2,
        unparsable: [
          { file: 'd.ics', reason: 'notACalendar', detail: expect.any(String) },
          { file: 'deep/c.eml', reason: 'empty', detail: expect.any(String) },
        ],
        partial: [],
      });
      expect(report.items).toBe(60);
      const subjects = everyItem(store).map((i) => i.subject);
      expect(subjects).toContain('corpus mail');
      expect(subjects).toContain('corpus event');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test('a folder that is not there is a wrong call', async () => {
    await expect(seeded({ corpus: '/nowhere/at/all' })).rejects.toBeInstanceOf(UsageError);
  });
});

describeWith(['corpus'], 'the real corpus', () => {
  test('is placed whole, and what cannot be read is named', async () => {
    const { report } = await seeded({ items: 100, corpus: corpusFolder });
    expect(report.corpus?.files).toBeGreaterThan(600);
    expect(report.corpus?.placed).toBeGreaterThan(700);
    expect(report.corpus?.unparsable.length).toBeLessThan(10);
    for (const one of report.corpus?.unparsable ?? []) expect(one.detail.length).toBeGreaterThan(5);
    expect(report.items).toBeGreaterThan(700);
  });
});
