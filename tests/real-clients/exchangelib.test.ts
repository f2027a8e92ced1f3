import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { FaultPlanInput } from '../../lab/faults.ts';
import { type Lab, startLab } from '../../lab/start.ts';
import { describeWith, python } from '../support/parts.ts';

const results = z.record(
  z.string(),
  z.object({ found: z.unknown().optional(), error: z.string().optional(), seconds: z.number() }),
);

const FAULTS: FaultPlanInput = {
  seed: 3,
  rules: [
    { operation: 'FindItem', skip: 1, count: 2, fault: { kind: 'busy', backOffMs: 300 } },
    { operation: 'FindItem', skip: 3, count: 1, fault: { kind: 'busy', backOffMs: 200, form: 'http200' } },
    { operation: 'FindItem', skip: 5, count: 1, fault: { kind: 'drop', when: 'before' } },
    { operation: 'FindItem', skip: 6, count: 1, fault: { kind: 'unavailable' } },
  ],
};

/** Place of somebody whose mailbox has an archive, by the seed's own rule. */
const ARCHIVE = 2;

/** python3-exchangelib, which nobody here wrote, against the lab: one run of the script, one test a check. */
describeWith('exchangelib', 'exchangelib', () => {
  const labs: Lab[] = [];
  const dirs: string[] = [];
  let outcome: z.infer<typeof results>;
  let config: ReturnType<typeof describeLabs>;

  async function start(options: { faults?: string; users: number; items: number; folders: number }): Promise<Lab> {
    const dir = mkdtempSync(join(tmpdir(), 'lab-exchangelib-'));
    dirs.push(dir);
    const lab = await startLab({ dir, ...options });
    labs.push(lab);
    return lab;
  }

  beforeAll(async () => {
    const plain = await start({ users: 6, items: 400, folders: 30 });
    const scratch = mkdtempSync(join(tmpdir(), 'exchangelib-'));
    dirs.push(scratch);
    const faults = join(scratch, 'faults.json');
    writeFileSync(faults, JSON.stringify(FAULTS));
    const faulty = await start({ faults, users: 2, items: 60, folders: 2 });
    config = describeLabs(plain, faulty, scratch);
    const file = join(scratch, 'config.json');
    writeFileSync(file, JSON.stringify(config));
    outcome = results.parse(JSON.parse(await run(file)));
  }, 240_000);

  afterAll(async () => {
    for (const lab of labs) await lab.close();
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });

  /** What a check found; fails with the check's own words where it failed. */
  function found(check: string): unknown {
    const result = outcome[check];
    if (result?.error !== undefined) throw new Error(result.error);
    return result?.found;
  }

  test('walks both folder trees and reads every item with its attachments', () => {
    expect(found('walk_mailbox')).toMatchObject({ wrong: [], recoverable: true });
    expect(found('walk_mailbox')).toHaveProperty(['classes', 'IPM.Note']);
    expect(found('no_archive')).toBe('ErrorFolderNotFound');
  });

  test('makes, reads, changes, copies, moves, deletes and sends messages', () => {
    expect(found('messages')).toEqual({
      subject: 'Grüße <&> 😀',
      body: '<p>Hallo &amp; Welt</p>',
      text: 'Hallo & Welt',
      to: ['wer@else.where'],
      cc: ['cc@else.where'],
      bcc: ['bcc@else.where'],
      categories: ['Rot', 'Grün'],
      importance: 'High',
      sensitivity: 'Private',
      read: true,
      reply_to: ['r@x.y'],
      references: '<a@b>',
      in_reply_to: '<c@d>',
      attachments: ['i.png', 'inner', 'ä.txt'],
      content: true,
      inline: true,
      nested: 'innen',
      mime: true,
      draft: true,
      streamed: true,
      left: ['inner'],
      changed: ['neu', false],
      gone: 0,
      by_mime: ['<mime@x>', '2024-01-01 10:00:00+00:00', 'a@b.c'],
      sent: [1, 1],
    });
  });

  test('appointments: single, all day, in series with a changed and a deleted day', () => {
    expect(found('calendar')).toMatchObject({
      single: [
        '2024-06-03 08:00:00+00:00',
        '2024-06-03 09:00:00+00:00',
        'W. Europe Standard Time',
        'my-uid-1',
        'PT1H',
        'Single',
        'OOF',
        config.source.mailboxes[0]?.user,
        'Raum',
        true,
        ['a@x.y'],
        ['o@x.y'],
        ['room@x.y'],
      ],
      all_day: ['2024-06-05', '2024-06-06', true],
      series: [
        'RecurringMaster',
        true,
        10,
        '2024-06-03 08:00:00+00:00',
        '2024-07-03 08:00:00+00:00',
        1,
        '2024-06-12 08:00:00+00:00',
        8,
        'Exception',
        '2024-06-10 10:00:00+00:00',
        true,
      ],
      patterns: [true, true, true, true, true],
    });
  });

  test('contacts, distribution lists, tasks, posts', () => {
    expect(found('people_and_tasks')).toEqual({
      contact: [
        'Lovelace, Ada',
        'Ada Lovelace',
        [
          ['EmailAddress1', 'ada@x.y'],
          ['EmailAddress3', 'ada3@x.y'],
        ],
        'Köln',
        '1990-02-03',
        ['A', 'B'],
        'Ada Lovelace',
      ],
      phones: [['HomePhone', '9']],
      by_address: 1,
      list: ['Liste', ['q@x.y']],
      task: ['InProgress', '40', '2024-05-06', ['x'], true, true],
      done: ['Completed', true],
      post: ['PostItem', 'IPM.Post'],
    });
  });

  test('finds items by filters, in order, page by page, by extended properties', () => {
    expect(found('filters')).toEqual({
      all: 25,
      starts: 10,
      contains: 10,
      without: 15,
      several: 2,
      category: 8,
      later: 25,
      future: 0,
      order: ['n24', 'n23', 'n22'],
      text: 1,
      paged: 25,
      extended: [['a', 'b'], 1, false],
      by_extended: 1,
      deleted: 0,
    });
  });

  test('follows folders and items by sync states', () => {
    expect(found('sync')).toEqual({
      first: ['create', 'create', 'create', 'create', 'create'],
      changes: ['create', 'delete', 'read_flag_change', 'update'],
      hierarchy: true,
      renamed: ['update'],
      gone: ['delete'],
    });
  });

  test('exports from one organisation and uploads to the other', () => {
    const all = z.object({ items: z.number() }).loose().parse(found('export_and_upload'));
    expect(all.items).toBeGreaterThan(30);
    expect(all).toEqual({ items: all.items, bad: 0, uploaded: all.items, same: true, updated: true, count: all.items });
  });

  test('impersonates where it may, by NTLM and Basic', () => {
    expect(found('impersonation')).toEqual({
      service: true,
      user: 'ErrorImpersonateUserDenied',
      stranger: 'ErrorAccessDenied',
      password: 'UnauthorizedError',
      basic: true,
      detected: 'NTLM',
    });
  });

  test('reads the public folders', () => {
    expect(found('public_folders')).toMatchObject({ wrong: [], hierarchy: 'ErrorInvalidOperation' });
    const { folders } = z.object({ folders: z.number() }).loose().parse(found('public_folders'));
    expect(folders).toBeGreaterThan(10);
  });

  test('time zones, out of office, ids, names, groups, Autodiscover', () => {
    const me = config.source.mailboxes[0]?.user;
    expect(found('the_rest')).toMatchObject({
      dst: true,
      oof: ['Scheduled', 'All', '2035-01-01 00:00:00+00:00', 'in <b>'],
      hex: true,
      resolved: me,
      contact: 'ActiveDirectory',
      members: true,
      autodiscover: [me, config.source.ewsUrl],
    });
  });

  test('comes through back-off, 503 and dropped connections', () => {
    const { counts, total } = z
      .object({ counts: z.array(z.number()), total: z.number() })
      .parse(found('fault_tolerance'));
    expect(counts).toEqual(counts.map(() => total));
  });
});

function describeLabs(plain: Lab, faulty: Lab, scratch: string) {
  const side = (lab: Lab, name: 'source' | 'target') => {
    const found = lab.organisations.find((o) => o.name === name);
    if (!found) throw new Error(`the lab has no ${name}`);
    return found;
  };
  const [source, target, trouble] = [side(plain, 'source'), side(plain, 'target'), side(faulty, 'source')];
  const caFile = join(scratch, 'ca.pem');
  writeFileSync(caFile, [source, trouble].map((o) => readFileSync(o.caFile, 'utf8')).join(''));
  const address = (index: number) => source.mailboxes[index]?.user ?? '';
  return {
    caFile,
    source: {
      ewsUrl: source.ewsUrl,
      autodiscoverUrl: new URL('/autodiscover/autodiscover.svc', source.ewsUrl).href,
      serviceAccount: source.serviceAccount,
      mailboxes: source.mailboxes,
      archiveUser: address(ARCHIVE),
      plainUser: address(1),
    },
    target: { ewsUrl: target.ewsUrl, serviceAccount: target.serviceAccount, mailbox: target.mailboxes[0]?.user ?? '' },
    faulty: {
      ewsUrl: trouble.ewsUrl,
      serviceAccount: trouble.serviceAccount,
      mailbox: trouble.mailboxes[0]?.user ?? '',
    },
  };
}

function run(configFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'exchangelib_checks.py');
    const child = spawn(python, ['-W', 'ignore', script, configFile], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, errors]: Buffer[][] = [[], []];
    child.stdout.on('data', (piece: Buffer) => out?.push(piece));
    child.stderr.on('data', (piece: Buffer) => errors?.push(piece));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out ?? []).toString('utf8'));
      else
        reject(
          new Error(
            `exchangelib_checks.py ended with ${code}: ${Buffer.concat(errors ?? [])
              .toString('utf8')
              .slice(-2000)}`,
          ),
        );
    });
  });
}
