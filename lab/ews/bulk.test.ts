import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '../../tests/support/parts.ts';
import { all, codes, first, idAttributes, TestClient } from './testing/client.ts';
import { startOrganisation, type TestOrganisation } from './testing/organisation.ts';
import { schemaComplaints } from './testing/schema.ts';
import type { XmlNode } from './xml/node.ts';

let source: TestOrganisation;
let target: TestOrganisation;
let from: TestClient;
let to: TestClient;
beforeAll(async () => {
  [source, target] = await Promise.all([startOrganisation(), startOrganisation({ name: 'target' })]);
  from = new TestClient(source);
  to = new TestClient(target);
});
afterAll(async () => {
  from.close();
  to.close();
  await Promise.all([source.close(), target.close()]);
});

const folder = (id: string) => `<t:DistinguishedFolderId Id="${id}"/>`;
async function folderId(client: TestClient, name: string, user = 'anna'): Promise<string> {
  const answer = await client.call(
    `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>${folder(name)}</m:FolderIds></m:GetFolder>`,
    { user },
  );
  return first(answer.body, 'FolderId').attributes.Id ?? '';
}
async function message(subject: string, content?: Buffer): Promise<XmlNode> {
  const attachment = content
    ? `<t:Attachments><t:FileAttachment><t:Name>big</t:Name><t:Content>${content.toString('base64')}</t:Content></t:FileAttachment></t:Attachments>`
    : '';
  const answer = await from.call(
    `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder('inbox')}</m:SavedItemFolderId><m:Items><t:Message><t:Subject>${subject}</t:Subject>${attachment}</t:Message></m:Items></m:CreateItem>`,
  );
  return first(answer.body, 'ItemId');
}
const exportItems = (ids: XmlNode[], options = {}) =>
  from.call(
    `<m:ExportItems><m:ItemIds>${ids.map((id) => `<t:ItemId ${idAttributes(id)}/>`).join('')}</m:ItemIds></m:ExportItems>`,
    options,
  );
const upload = (parent: string, data: string, more = 'CreateAction="CreateNew"', id = '') =>
  `<t:Item ${more}><t:ParentFolderId Id="${parent}"/>${id}<t:Data>${data}</t:Data></t:Item>`;
const uploadItems = (client: TestClient, items: string, options = {}) =>
  client.call(`<m:UploadItems><m:Items>${items}</m:Items></m:UploadItems>`, options);
const dataOf = (node: XmlNode) => node.text;
const SUBJECT =
  '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>';

describe('ExportItems and UploadItems', () => {
  test('whole items cross to the other organisation; ids come back in another spelling', async () => {
    const [one, two] = [await message('eins'), await message('zwei', randomBytes(200_000))];
    const exported = await exportItems([one, { ...one, attributes: { Id: 'AAMkAAAA' } }, two]);
    expect(codes(exported)).toEqual(['NoError', 'ErrorInvalidIdMalformed', 'NoError']);
    const spelled = all(exported.body, 'ItemId').map((i) => i.attributes.Id);
    expect(spelled[0]).not.toBe(one.attributes.Id);
    const again = await exportItems([{ ...one, attributes: { Id: spelled[0] ?? '' } }]);
    expect(codes(again)).toEqual(['NoError']);
    const inbox = await folderId(to, 'inbox');
    const uploaded = await uploadItems(
      to,
      all(exported.body, 'Data')
        .map((d) => upload(inbox, dataOf(d)))
        .join(''),
    );
    expect(codes(uploaded)).toEqual(['NoError', 'NoError']);
    const ids = all(uploaded.body, 'ItemId');
    const read = await to.call(
      `<m:GetItem>${SUBJECT}<m:ItemIds>${ids.map((i) => `<t:ItemId ${idAttributes(i)}/>`).join('')}</m:ItemIds></m:GetItem>`,
    );
    expect(all(read.body, 'Subject').map((s) => s.text)).toEqual(['eins', 'zwei']);
  });

  test('a foreign id is told apart', async () => {
    const id = await message('fremd');
    const asked = await to.call(
      `<m:ExportItems><m:ItemIds><t:ItemId ${idAttributes(id)}/></m:ItemIds></m:ExportItems>`,
    );
    expect(codes(asked)).toEqual(['ErrorInvalidId']);
  });

  test('Update replaces, UpdateOrCreate does either, CreateNew takes no id', async () => {
    const [a, b] = [await exportItems([await message('a')]), await exportItems([await message('b')])];
    const [dataA, dataB] = [dataOf(first(a.body, 'Data')), dataOf(first(b.body, 'Data'))];
    const drafts = await folderId(to, 'drafts');
    const made = first((await uploadItems(to, upload(drafts, dataA))).body, 'ItemId');
    const id = `<t:ItemId ${idAttributes(made)}/>`;
    const replaced = await uploadItems(to, upload(drafts, dataB, 'CreateAction="Update"', id));
    expect(first(replaced.body, 'ItemId').attributes.Id).toBe(made.attributes.Id);
    const subject = await to.call(`<m:GetItem>${SUBJECT}<m:ItemIds>${id}</m:ItemIds></m:GetItem>`);
    expect(first(subject.body, 'Subject').text).toBe('b');
    await to.call(`<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${id}</m:ItemIds></m:DeleteItem>`);
    expect(codes(await uploadItems(to, upload(drafts, dataB, 'CreateAction="Update"', id)))).toEqual([
      'ErrorItemNotFound',
    ]);
    const recreated = await uploadItems(to, upload(drafts, dataB, 'CreateAction="UpdateOrCreate"', id));
    expect(codes(recreated)).toEqual(['NoError']);
    expect(first(recreated.body, 'ItemId').attributes.Id).not.toBe(made.attributes.Id);
    expect(codes(await uploadItems(to, upload(drafts, dataB, 'CreateAction="CreateNew"', id)))).toEqual([
      'ErrorInvalidRequest',
    ]);
    expect(codes(await uploadItems(to, upload(drafts, dataB, 'CreateAction="Update"')))).toEqual([
      'ErrorInvalidRequest',
    ]);
  });

  test('associated items stay apart', async () => {
    const data = dataOf(first((await exportItems([await message('hidden')])).body, 'Data'));
    const journal = await folderId(to, 'journal');
    expect(codes(await uploadItems(to, upload(journal, data, 'CreateAction="CreateNew" IsAssociated="true"')))).toEqual(
      ['NoError'],
    );
    const found = async (traversal: string) =>
      first(
        (
          await to.call(
            `<m:FindItem Traversal="${traversal}">${SUBJECT}<m:ParentFolderIds>${folder('journal')}</m:ParentFolderIds></m:FindItem>`,
          )
        ).body,
        'RootFolder',
      ).attributes.TotalItemsInView;
    expect([await found('Shallow'), await found('Associated')]).toEqual(['0', '1']);
    const sync = async (scope: string) =>
      all(
        (
          await to.call(
            `<m:SyncFolderItems>${SUBJECT}<m:SyncFolderId>${folder('journal')}</m:SyncFolderId><m:MaxChangesReturned>9</m:MaxChangesReturned>${scope}</m:SyncFolderItems>`,
          )
        ).body,
        'Create',
      ).length;
    expect([await sync(''), await sync('<m:SyncScope>NormalAndAssociatedItems</m:SyncScope>')]).toEqual([0, 1]);
  });

  test('damaged data is refused by itself', async () => {
    const data = Buffer.from(dataOf(first((await exportItems([await message('heil')])).body, 'Data')), 'base64');
    const inbox = await folderId(to, 'inbox');
    const half = data.subarray(0, data.length - 40).toString('base64');
    const marked = Buffer.concat([data, Buffer.from('=== Truncated Data ===')]).toString('base64');
    const answer = await uploadItems(
      to,
      [half, data.toString('base64'), marked, '', 'AAAA'].map((d) => upload(inbox, d)).join(''),
    );
    expect(codes(answer)).toEqual([
      'ErrorCorruptData',
      'NoError',
      'ErrorCorruptData',
      'ErrorCorruptData',
      'ErrorCorruptData',
    ]);
    const raw = await uploadItems(to, upload(inbox, `${half}=== Truncated Data ===`));
    expect([raw.status, first(raw.body, 'ResponseCode').text]).toEqual([500, 'ErrorSchemaValidation']);
    const nowhere = await uploadItems(to, upload(await folderId(from, 'inbox'), data.toString('base64')));
    expect(codes(nowhere)).toEqual(['ErrorInvalidId']);
  });

  test('public folders: by default as everywhere, where switched off with a word of its own', async () => {
    const strict = await startOrganisation({ options: { bulkTransfer: 'mailboxes' } });
    const bare = await startOrganisation({ options: { bulkTransfer: 'nowhere' } });
    try {
      for (const [organisation, expected] of [
        [source, 'NoError'],
        [strict, 'ErrorInvalidOperation'],
      ] as const) {
        const client = new TestClient(organisation);
        const made = await client.call(
          `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder('publicfoldersroot')}</m:SavedItemFolderId><m:Items><t:PostItem><t:Subject>P</t:Subject></t:PostItem></m:Items></m:CreateItem>`,
          { user: 'svc' },
        );
        const exported = await client.call(
          `<m:ExportItems><m:ItemIds><t:ItemId ${idAttributes(first(made.body, 'ItemId'))}/></m:ItemIds></m:ExportItems>`,
          { user: 'svc' },
        );
        expect(codes(exported)).toEqual([expected]);
        client.close();
      }
      const client = new TestClient(bare);
      const refused = await client.call('<m:ExportItems><m:ItemIds><t:ItemId Id="x"/></m:ItemIds></m:ExportItems>');
      expect([refused.status, first(refused.body, 'ResponseCode').text]).toEqual([500, 'ErrorInvalidRequest']);
      client.close();
    } finally {
      await Promise.all([strict.close(), bare.close()]);
    }
  });

  test('a request beyond the limit is refused without being read', async () => {
    const small = await startOrganisation({ options: { maxRequestBytes: 100_000 } });
    const client = new TestClient(small);
    try {
      const answer = await client.post(Buffer.alloc(200_000, 'x')).catch((error: NodeJS.ErrnoException) => error.code);
      // The server answers and closes; which of both the client sees first is the network's affair.
      expect(typeof answer === 'string' ? 413 : answer?.status).toBe(413);
    } finally {
      client.close();
      await small.close();
    }
  });

  test('an item of 48 MB crosses while other calls are answered', async () => {
    const content = randomBytes(48 * 1024 * 1024);
    const { store } = source;
    const inbox = store.distinguished(store.mailbox('anna@source.test')?.id ?? '', 'inbox')?.id ?? '';
    const item = store.createItem(inbox, {
      properties: [{ id: 0x001a, type: 0x001f, value: 'IPM.Note' }],
      recipients: [],
      attachments: [
        {
          properties: [
            { id: 0x3705, type: 0x0003, value: 1 },
            { id: 0x3701, type: 0x0102, value: content },
          ],
        },
      ],
    });
    const large = await startOrganisation({ name: 'target', options: { maxRequestBytes: 256 * 1024 * 1024 } });
    const client = new TestClient(large);
    try {
      const [listed] = store.items({
        folderId: inbox,
        offset: 0,
        limit: 1,
        sort: [{ field: 'sizeBytes', descending: true }],
      }).items;
      expect(listed?.id).toBe(item.id);
      const found = await from.call(
        `<m:FindItem Traversal="Shallow">${SUBJECT}<m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/><m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:Size"/></t:FieldOrder></m:SortOrder><m:ParentFolderIds>${folder('inbox')}</m:ParentFolderIds></m:FindItem>`,
      );
      const exported = await exportItems([first(found.body, 'ItemId')]);
      const inboxThere = await folderId(client, 'inbox');
      const [uploaded, others] = await Promise.all([
        uploadItems(client, upload(inboxThere, dataOf(first(exported.body, 'Data')))),
        Promise.all(Array.from({ length: 5 }, () => folderId(client, 'drafts'))),
      ]);
      expect(codes(uploaded)).toEqual(['NoError']);
      expect(new Set(others).size).toBe(1);
      const [there] = large.store.items({
        folderId: large.store.distinguished(large.store.mailbox('anna@target.test')?.id ?? '', 'inbox')?.id ?? '',
        offset: 0,
        limit: 1,
      }).items;
      const data = large.store.message(there?.id ?? '').attachments[0]?.properties.find((p) => p.id === 0x3701)?.value;
      expect(data instanceof Uint8Array && Buffer.from(data).equals(content)).toBe(true);
    } finally {
      client.close();
      await large.close();
    }
  });
});

describe('SyncFolderItems', () => {
  const sync = (state: string, most = 5, options = {}) =>
    from.call(
      `<m:SyncFolderItems>${SUBJECT}<m:SyncFolderId>${folder('notes')}</m:SyncFolderId>${state === '' ? '' : `<m:SyncState>${state}</m:SyncState>`}<m:MaxChangesReturned>${most}</m:MaxChangesReturned></m:SyncFolderItems>`,
      options,
    );
  const make = (subject: string) =>
    from.call(
      `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder('notes')}</m:SavedItemFolderId><m:Items><t:Message><t:Subject>${subject}</t:Subject></t:Message></m:Items></m:CreateItem>`,
    );

  test('pages, then changes of each kind, then nothing', async () => {
    const ids: XmlNode[] = [];
    for (let i = 0; i < 12; i++) ids.push(first((await make(`s${i}`)).body, 'ItemId'));
    const seen: string[] = [];
    let state = '';
    for (let last = false; !last; ) {
      const page = await sync(state);
      expect(first(page.body, 'Changes').children.length).toBeLessThanOrEqual(5);
      seen.push(...all(page.body, 'Subject').map((s) => s.text));
      state = first(page.body, 'SyncState').text;
      last = first(page.body, 'IncludesLastItemInRange').text === 'true';
    }
    expect(seen.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `s${i}`).sort());
    const [a, b, c] = ids as [XmlNode, XmlNode, XmlNode];
    const set = (id: XmlNode, field: string, xml: string) =>
      from.call(
        `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange><t:ItemId ${idAttributes(id)}/><t:Updates><t:SetItemField><t:FieldURI FieldURI="${field}"/><t:Message>${xml}</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
      );
    await set(a, 'message:IsRead', '<t:IsRead>false</t:IsRead>');
    await set(b, 'item:Subject', '<t:Subject>other</t:Subject>');
    await from.call(
      `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId ${idAttributes(c)}/></m:ItemIds></m:DeleteItem>`,
    );
    await make('fresh');
    const changes = await sync(state, 512);
    expect(
      first(changes.body, 'Changes')
        .children.map((change) => change.name)
        .sort(),
    ).toEqual(['Create', 'Delete', 'ReadFlagChange', 'Update']);
    expect(first(first(changes.body, 'Delete'), 'ItemId').attributes.Id).toBe(c.attributes.Id);
    expect(all((await sync(first(changes.body, 'SyncState').text)).body, 'Changes')[0]?.children).toEqual([]);
  });

  test('what is no sync state of this folder is refused, and so is too large a page', async () => {
    const state = first((await sync('')).body, 'SyncState').text;
    const other = await from.call(
      `<m:SyncFolderItems>${SUBJECT}<m:SyncFolderId>${folder('inbox')}</m:SyncFolderId><m:SyncState>${state}</m:SyncState><m:MaxChangesReturned>5</m:MaxChangesReturned></m:SyncFolderItems>`,
    );
    expect(codes(other)).toEqual(['ErrorInvalidSyncStateData']);
    expect(codes(await sync('AAAA'))).toEqual(['ErrorInvalidSyncStateData']);
    expect((await sync('', 513)).status).toBe(500);
  });
});

describeWith('xmllint', 'the schema', () => {
  test('every answer is valid', () => {
    const small = [...from.answers, ...to.answers].filter((a) => a.text.length < 5_000_000);
    expect(small.length).toBeGreaterThan(30);
    expect(schemaComplaints(small)).toEqual([]);
  });
});
