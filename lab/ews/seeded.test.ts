import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeExportStream } from '../../core/domain/mapi/decode.ts';
import { describeWith } from '../../tests/support/parts.ts';
import { type Lab, startLab } from '../start.ts';
import { all, type CallOptions, codes, first, TestClient } from './testing/client.ts';
import { schemaComplaints } from './testing/schema.ts';

/** Every folder and item that the seed brings, in every shape, held against the schema. */
describeWith('xmllint', 'a seeded organisation', () => {
  let dir: string;
  let lab: Lab;
  let client: TestClient;
  let options: CallOptions;
  let mailboxes: string[];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lab-seeded-'));
    lab = await startLab({ dir, users: 5, items: 500, folders: 30 });
    const source = lab.organisations.find((o) => o.name === 'source');
    if (!source) throw new Error('the lab has no source');
    client = new TestClient({
      url: new URL(source.ewsUrl).origin,
      ca: readFileSync(source.caFile, 'utf8'),
      domain: source.smtpDomain,
    });
    options = { user: source.serviceAccount.user, password: source.serviceAccount.password };
    mailboxes = source.mailboxes.map((m) => m.user);
  });
  afterAll(async () => {
    client?.close();
    await lab?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const FOLDERS = '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>';
  const LIST =
    '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Preview"/><t:FieldURI FieldURI="calendar:StartTimeZoneId"/><t:ExtendedFieldURI PropertyTag="0x300b" PropertyType="Binary"/></t:AdditionalProperties></m:ItemShape>';
  const WHOLE =
    '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent><t:AdditionalProperties><t:FieldURI FieldURI="item:TextBody"/><t:FieldURI FieldURI="item:UniqueBody"/></t:AdditionalProperties></m:ItemShape>';

  async function foldersOf(root: string, traversal: string, call: CallOptions): Promise<string[]> {
    const answer = await client.call(
      `<m:FindFolder Traversal="${traversal}">${FOLDERS}<m:ParentFolderIds>${root}</m:ParentFolderIds></m:FindFolder>`,
      call,
    );
    if (codes(answer)[0] !== 'NoError') return [];
    return first(answer.body, 'Folders').children.map(
      (f) => `<t:FolderId Id="${first(f, 'FolderId').attributes.Id}"/>`,
    );
  }

  async function itemsOf(folder: string, traversal: string, call: CallOptions): Promise<string[]> {
    const answer = await client.call(
      `<m:FindItem Traversal="${traversal}">${LIST}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindItem>`,
      call,
    );
    expect(codes(answer)).toEqual(['NoError']);
    return first(answer.body, 'Items').children.map((i) => `<t:ItemId Id="${first(i, 'ItemId').attributes.Id}"/>`);
  }

  async function readWhole(ids: string[], call: CallOptions): Promise<number> {
    let read = 0;
    for (let at = 0; at < ids.length; at += 50) {
      const batch = ids.slice(at, at + 50);
      const answer = await client.call(`<m:GetItem>${WHOLE}<m:ItemIds>${batch.join('')}</m:ItemIds></m:GetItem>`, call);
      expect(codes(answer)).toEqual(batch.map(() => 'NoError'));
      for (const attachment of all(answer.body, 'ItemAttachment')) {
        const id = first(attachment, 'AttachmentId').attributes.Id;
        const got = await client.call(
          `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`,
          call,
        );
        expect(codes(got)).toEqual(['NoError']);
      }
      read += batch.length;
    }
    return read;
  }

  test('mailboxes: folders, lists, whole items, sync, exports that decode', async () => {
    let items = 0;
    for (const address of mailboxes) {
      const call = {
        ...options,
        header: `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`,
      };
      const roots = ['root', 'archiveroot'].map((r) => `<t:DistinguishedFolderId Id="${r}"/>`);
      const folders = (await Promise.all(roots.map((r) => foldersOf(r, 'Deep', call)))).flat();
      const named = (element: string) => `<${element}><t:EmailAddress>${address}</t:EmailAddress></${element}>`;
      for (const request of [
        '<m:GetInboxRules/>',
        `<m:GetDelegate IncludePermissions="true">${named('m:Mailbox')}</m:GetDelegate>`,
        `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>${address}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`,
        '<m:GetUserConfiguration><m:UserConfigurationName Name="CategoryList"><t:DistinguishedFolderId Id="calendar"/></m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>',
      ]) {
        expect((await client.call(request, call)).status).toBe(200);
      }
      for (const folder of folders) {
        const ids = [...(await itemsOf(folder, 'Shallow', call)), ...(await itemsOf(folder, 'Associated', call))];
        items += await readWhole(ids, call);
        await client.call(
          `<m:SyncFolderItems>${LIST}<m:SyncFolderId>${folder}</m:SyncFolderId><m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>`,
          call,
        );
        if (ids.length === 0) continue;
        const exported = await client.call(
          `<m:ExportItems><m:ItemIds>${ids.join('')}</m:ItemIds></m:ExportItems>`,
          call,
        );
        for (const data of all(exported.body, 'Data'))
          expect(decodeExportStream(Buffer.from(data.text, 'base64')).ok).toBe(true);
      }
    }
    expect(items).toBeGreaterThan(350);
  });

  test('public folders, one level after the other', async () => {
    let level = ['<t:DistinguishedFolderId Id="publicfoldersroot"/>'];
    let folders = 0;
    let items = 0;
    while (level.length > 0) {
      const below: string[] = [];
      for (const folder of level) {
        below.push(...(await foldersOf(folder, 'Shallow', options)));
        const shape =
          '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/><t:FieldURI FieldURI="folder:ReplicaList"/></t:AdditionalProperties></m:FolderShape>';
        expect(
          codes(await client.call(`<m:GetFolder>${shape}<m:FolderIds>${folder}</m:FolderIds></m:GetFolder>`, options)),
        ).toEqual(['NoError']);
        items += await readWhole(await itemsOf(folder, 'Shallow', options), options);
      }
      folders += below.length;
      level = below;
    }
    expect(folders).toBe(30);
    expect(items).toBeGreaterThan(20);
  });

  test('every answer is valid', () => {
    expect(client.answers.length).toBeGreaterThan(300);
    expect(schemaComplaints(client.answers)).toEqual([]);
  });
});
