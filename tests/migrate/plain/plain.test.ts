import { afterEach, expect, test } from 'vitest';
import { EwsServer } from '../../../core/exchange/ews/ews-store.ts';
import { lastVerification } from '../../../core/store/verifications.ts';
import { describeWith } from '../../support/parts.ts';
import { World } from '../world.ts';
import { type PlainDump, PlainServer, type PlainSettings } from './plain-server.ts';

/**
 * From a server that shares no code with this project to another one: what lacks is found out at run time, every request
 * is valid against Microsoft's schema, and the judgement is the target's own dump.
 */
const mime = (n: number): string =>
  [
    'From: Anna <anna@source.test>',
    'To: Bernd <bernd@source.test>',
    `Subject: Bericht ${n} – 報告`,
    `Message-ID: <${n}@plain.test>`,
    `Date: Mon, ${String(1 + (n % 27)).padStart(2, '0')} Jan 2024 10:00:00 +0000`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Text ${n}`,
    '',
  ].join('\r\n');

const contact =
  '<t:Contact><t:ItemClass>IPM.Contact</t:ItemClass><t:Subject>Ada</t:Subject><t:GivenName>Ada</t:GivenName><t:Surname>L.</t:Surname></t:Contact>';
const seed: PlainSettings['seed'] = [
  ...Array.from({ length: 23 }, (_, n) => ({ folder: 'inbox', mime: mime(n) })),
  ...Array.from({ length: 4 }, (_, n) => ({ folder: 'Projekte', mime: mime(100 + n) })),
  { folder: 'contacts', xml: contact },
];
const ALL = 28;

const NO_BULK = { ExportItems: 'ErrorInvalidOperation', UploadItems: 'ErrorInvalidOperation' };

let world: World | undefined;
let servers: PlainServer[] = [];
afterEach(afterOne);

async function afterOne(): Promise<void> {
  await world?.close();
  for (const server of servers) await server.close();
  world = undefined;
  servers = [];
}

/** A World whose two servers are plain ones. */
async function between(
  from: PlainSettings,
  to: PlainSettings,
): Promise<{ world: World; from: PlainServer; to: PlainServer }> {
  const source = await PlainServer.start({ seed, ...from });
  const target = await PlainServer.start(to);
  servers = [source, target];
  world = await World.start({ users: 1 });
  for (const [side, server] of [
    ['source', source],
    ['target', target],
  ] as const) {
    world.servers[side].close();
    world.servers[side] = new EwsServer({
      url: server.url,
      ca: server.ca,
      auth: { kind: 'password', user: 'svc', password: 'geheim' },
      restMs: 2,
    });
  }
  await world.batch({ permissions: false });
  return { world, from: source, to: target };
}

/** Folder, MIME or class of each item, sorted. */
function holdings({ folders, items }: PlainDump): string[] {
  const names = new Map(folders.map((folder) => [folder.id, folder.name]));
  return items
    .map(
      ({ folder, mime: text, element, fields }) =>
        `${names.get(folder)} ${text ?? `${element} ${(fields.GivenName ?? '').replace(/<[^>]*>/g, '')}`}`,
    )
    .sort();
}

async function moved(from: PlainSettings, to: PlainSettings) {
  const sides = await between(from, to);
  const result = await sides.world.sync();
  expect(result).toMatchObject({ copied: ALL, bad: 0 });
  const [a, b] = [await sides.from.dump(), await sides.to.dump()];
  expect(holdings(b)).toEqual(holdings(a));
  const verdict = await sides.world.verify();
  const last = await lastVerification(sides.world.store, sides.world.workloads[0]?.id ?? 0);
  expect(last?.result.findings).toEqual([]);
  expect(verdict).toMatchObject({ verified: ALL, missing: 0, extra: 0, different: 0 });
  expect(await sides.world.sync()).toMatchObject({ copied: 0, writes: 0 });
  expect(sides.from.complaints()).toEqual([]);
  expect(sides.to.complaints()).toEqual([]);
  return { ...sides, result, notes: [...result.notes, ...(last?.result.notes ?? [])].join('\n') };
}

describeWith(['xmllint'], 'a server of another make', () => {
  test.each([
    ['faults', NO_BULK, NO_BULK],
    ['404', { ExportItems: '404', UploadItems: '404' }, { ExportItems: '404', UploadItems: '404' }],
    ['500 without a word of XML', { ExportItems: '500' }, { UploadItems: '500', ExportItems: '500' }],
    [
      'schema errors',
      { ExportItems: 'ErrorSchemaValidation' },
      { UploadItems: 'ErrorInvalidRequest', ExportItems: '501' },
    ],
  ])(
    'without whole items (%s): mail goes as MIME, the rest typed, and the report says so',
    async (_, source, target) => {
      const { notes } = await moved({ lacks: source }, { lacks: target });
      expect(notes).toMatch(/27 items travelled as MIME.*ExportItems/s);
      expect(notes).toMatch(/1 item travelled by typed properties/);
    },
  );

  test.each([
    ['Exchange2010_SP1', 'ErrorInvalidServerVersion'],
    ['Exchange2007_SP1', 'ErrorInvalidServerVersion'],
    ['Exchange2007_SP1', 'ErrorSchemaValidation'],
  ])('of version %s that answers newer requests with %s', async (version, versionCode) => {
    const { from } = await moved({ version, versionCode, lacks: NO_BULK }, { version, versionCode, lacks: NO_BULK });
    const { log } = await from.dump();
    expect(log.at(-1)).toContain(version);
  });

  test('that writes XML in its own way: prefixes, BOM, gzip, chunks, blanks, comments, unknown and missing elements', async () => {
    const way: PlainSettings = {
      lacks: NO_BULK,
      prefixes: ['SOAP-ENV', 'ns17', ''],
      bom: true,
      gzip: true,
      chunked: true,
      spaced: true,
      strange: true,
      bare: true,
      contentType: 'application/xml',
    };
    await moved(way, { ...way, gzip: false, prefixes: ['', 'q', 't'] });
  });

  test.each(['ErrorNotImplemented', '501'])(
    'without deep traversals (%s): folders are asked for level by level, and the report says so',
    async (deep) => {
      const { notes } = await moved({ lacks: NO_BULK, deep, bare: deep === '501' }, { lacks: NO_BULK, deep });
      expect(notes).toMatch(/FindFolder.*level by level/);
    },
  );

  test('that knows no SyncFolderItems, GetUserConfiguration and associated items, and says so in several ways', async () => {
    const lacks = { SyncFolderItems: '501', GetUserConfiguration: 'ErrorNotImplemented', 'FindItem:Associated': '404' };
    const other = { SyncFolderItems: 'ErrorNotImplemented', 'FindItem:Associated': 'ErrorInvalidRequest' };
    const { notes } = await moved({ lacks: { ...NO_BULK, ...lacks } }, { lacks: { ...NO_BULK, ...other } });
    expect(notes).toMatch(/source's server: SyncFolderItems is answered with HTTP 501/);
  });

  test('with pages shorter than asked for, of which none says that it is the last', async () => {
    const way: PlainSettings = { lacks: NO_BULK, most: 3, endless: true };
    const listed: PlainSettings = { ...way, lacks: { ...NO_BULK, SyncFolderItems: 'ErrorInvalidOperation' } };
    const { from } = await moved(way, listed);
    expect((await from.dump()).log.length).toBeLessThan(900);
  });

  test('that gives the first page again and again: said, and not asked for ever', async () => {
    const lacks = { ...NO_BULK, SyncFolderItems: 'ErrorInvalidOperation' };
    const { world: between_ } = await between({ lacks, most: 3, samePage: true }, { lacks: NO_BULK });
    await expect(between_.sync()).rejects.toThrow(/same page/);
  });

  test('without change keys: what changed is found out all the same, and nothing is written twice', async () => {
    const way: PlainSettings = { lacks: NO_BULK, keyless: true };
    const { world: between_, from, to } = await moved(way, way);
    const box = between_.box('source', between_.users[0] ?? '');
    for await (const page of box.list(await between_.inbox(box))) {
      await box.setRead([{ id: page[0]?.id ?? '', read: true }]);
      break;
    }
    // It is looked at again; that nothing which travels has changed is seen by its content.
    expect(await between_.sync()).toMatchObject({ listed: 1, copied: 0 });
    expect(holdings(await to.dump())).toEqual(holdings(await from.dump()));
    expect(await between_.sync()).toMatchObject({ writes: 0 });
  });

  test.each(['-0330', '.1234567Z'])('whose times end in "%s"', async (zone) => {
    await moved({ lacks: NO_BULK, zone }, { lacks: NO_BULK });
  });

  test('with faults as SOAP 1.2 has them', async () => {
    const way: PlainSettings = { lacks: NO_BULK, soap12: true, version: 'Exchange2010_SP1' };
    await moved(way, way);
  });

  test('whose folders lie in each other, as a broken store says: all of them come, once', async () => {
    const loops = { A: 'C', B: 'A', C: 'B', Self: 'Self', Lost: 'nowhere' };
    const odd = ['A', 'B', 'C', 'Self', 'Lost'].map((folder, n) => ({ folder, mime: mime(200 + n) }));
    for (const deep of [undefined, 'ErrorInvalidOperation']) {
      const sides = await between({ lacks: NO_BULK, loops, seed: odd, ...(deep && { deep }) }, { lacks: NO_BULK });
      expect(await sides.world.sync()).toMatchObject({ copied: 5 });
      expect(holdings(await sides.to.dump())).toEqual(holdings(await sides.from.dump()));
      expect(await sides.world.verify()).toMatchObject({ verified: 5, missing: 0, extra: 0 });
      expect(await sides.world.sync()).toMatchObject({ writes: 0 });
      await afterOne();
    }
  });

  test('without SyncFolderItems, restrictions and extended properties in lists: folders are listed whole', async () => {
    const lesser: PlainSettings = {
      lacks: { ...NO_BULK, SyncFolderItems: 'ErrorInvalidOperation' },
      restrictions: false,
      refuses: ['*extended*'],
    };
    const { world: between_, from, to } = await moved(lesser, lesser);
    const box = between_.box('source', between_.users[0] ?? '');
    const inbox = await between_.inbox(box);
    for await (const page of box.list(inbox)) {
      await box.deleteItems(page.slice(0, 2).map((item) => item.id));
      break;
    }
    expect(await between_.sync()).toMatchObject({ copied: 0, deleted: 2 });
    expect(holdings(await to.dump())).toEqual(holdings(await from.dump()));
  });
});
