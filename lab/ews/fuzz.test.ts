import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '../../tests/support/parts.ts';
import { OPERATIONS } from './operations/index.ts';
import { all, first, TestClient } from './testing/client.ts';
import { startOrganisation, type TestOrganisation } from './testing/organisation.ts';
import { schemaComplaints } from './testing/schema.ts';
import { NAMESPACES, type XmlNode } from './xml/node.ts';
import { parseXml } from './xml/parse.ts';
import { esc, writeNode } from './xml/write.ts';

/** Requests nobody sane would send: each must get an answer of EWS's own, never an internal error and never none. */

let organisation: TestOrganisation;
let client: TestClient;
let ids: Record<'item' | 'series' | 'folder' | 'attachment', string>;

const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';
const SHAPE =
  '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/><t:ExtendedFieldURI PropertyTag="0x300b" PropertyType="Binary"/></t:AdditionalProperties></m:ItemShape>';
const LIST =
  '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/><t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress1"/></t:AdditionalProperties></m:ItemShape>';
const FOLDERS = '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>';
const MAILBOX = '<m:Mailbox><t:EmailAddress>anna@source.test</t:EmailAddress></m:Mailbox>';

beforeAll(async () => {
  organisation = await startOrganisation();
  client = new TestClient(organisation);
  const made = await client.call(
    `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${INBOX}</m:SavedItemFolderId><m:Items><t:Message><t:Subject>s</t:Subject><t:Attachments><t:FileAttachment><t:Name>a</t:Name><t:Content>AAEC</t:Content></t:FileAttachment></t:Attachments></t:Message></m:Items></m:CreateItem>`,
  );
  const series = await client.call(
    '<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId><m:Items><t:CalendarItem><t:Subject>c</t:Subject><t:Start>2024-06-03T10:00:00Z</t:Start><t:End>2024-06-03T11:00:00Z</t:End><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2024-06-03</t:StartDate></t:NoEndRecurrence></t:Recurrence></t:CalendarItem></m:Items></m:CreateItem>',
  );
  const folder = await client.call(`<m:GetFolder>${FOLDERS}<m:FolderIds>${INBOX}</m:FolderIds></m:GetFolder>`);
  const item = first(made.body, 'ItemId').attributes.Id ?? '';
  const read = await client.call(`<m:GetItem>${SHAPE}<m:ItemIds><t:ItemId Id="${item}"/></m:ItemIds></m:GetItem>`);
  ids = {
    item,
    series: first(series.body, 'ItemId').attributes.Id ?? '',
    folder: first(folder.body, 'FolderId').attributes.Id ?? '',
    attachment: first(read.body, 'AttachmentId').attributes.Id ?? '',
  };
});
afterAll(async () => {
  client.close();
  await organisation.close();
});

/** One sound request an operation, to be spoiled. */
function samples(): Record<string, string> {
  const itemId = `<t:ItemId Id="${ids.item}"/>`;
  const folderId = `<t:FolderId Id="${ids.folder}"/>`;
  return {
    ConvertId: `<m:ConvertId DestinationFormat="HexEntryId"><m:SourceIds><t:AlternateId Format="EwsId" Id="${ids.folder}" Mailbox="a@b.c"/></m:SourceIds></m:ConvertId>`,
    GetFolder: `<m:GetFolder>${FOLDERS}<m:FolderIds>${folderId}${INBOX}</m:FolderIds></m:GetFolder>`,
    FindFolder: `<m:FindFolder Traversal="Deep">${FOLDERS}<m:IndexedPageFolderView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/><m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURIOrConstant><t:Constant Value="x"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>`,
    CreateFolder: `<m:CreateFolder><m:ParentFolderId>${INBOX}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>n</t:DisplayName><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/><t:Value>c</t:Value></t:ExtendedProperty><t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:DistinguishedUser>Default</t:DistinguishedUser></t:UserId><t:PermissionLevel>None</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet></t:Folder></m:Folders></m:CreateFolder>`,
    UpdateFolder: `<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:DistinguishedFolderId Id="notes"/><t:Updates><t:SetFolderField><t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/><t:Folder><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/><t:Value>c</t:Value></t:ExtendedProperty></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`,
    MoveFolder: `<m:MoveFolder><m:ToFolderId>${INBOX}</m:ToFolderId><m:FolderIds><t:DistinguishedFolderId Id="notes"/></m:FolderIds></m:MoveFolder>`,
    EmptyFolder:
      '<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="false"><m:FolderIds><t:DistinguishedFolderId Id="junkemail"/></m:FolderIds></m:EmptyFolder>',
    DeleteFolder:
      '<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds><t:DistinguishedFolderId Id="notes"/></m:FolderIds></m:DeleteFolder>',
    SyncFolderHierarchy: `<m:SyncFolderHierarchy>${FOLDERS}<m:SyncFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:SyncFolderId><m:SyncState>WzEsIml0ZW1zIiwiZjEiLCIiLGZhbHNlXQ==</m:SyncState></m:SyncFolderHierarchy>`,
    SyncFolderItems: `<m:SyncFolderItems>${LIST}<m:SyncFolderId>${INBOX}</m:SyncFolderId><m:Ignore>${itemId}</m:Ignore><m:MaxChangesReturned>5</m:MaxChangesReturned><m:SyncScope>NormalItems</m:SyncScope></m:SyncFolderItems>`,
    FindItem: `<m:FindItem Traversal="Shallow">${LIST}<m:IndexedPageItemView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/><m:Restriction><t:Or><t:Contains ContainmentMode="Substring" ContainmentComparison="Loose"><t:FieldURI FieldURI="item:Subject"/><t:Constant Value="s"/></t:Contains><t:Not><t:Exists><t:FieldURI FieldURI="item:Categories"/></t:Exists></t:Not><t:Excludes><t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/><t:Bitmask Value="8"/></t:Excludes><t:IsLessThan><t:FieldURI FieldURI="item:Size"/><t:FieldURIOrConstant><t:Constant Value="5"/></t:FieldURIOrConstant></t:IsLessThan></t:Or></m:Restriction><m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:Importance"/></t:FieldOrder></m:SortOrder><m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`,
    CalendarView: `<m:FindItem Traversal="Shallow">${LIST}<m:CalendarView MaxEntriesReturned="5" StartDate="2024-06-01T00:00:00Z" EndDate="2024-07-01T00:00:00Z"/><m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>`,
    GetItem: `<m:GetItem>${SHAPE}<m:ItemIds>${itemId}<t:OccurrenceItemId RecurringMasterId="${ids.series}" InstanceIndex="3"/></m:ItemIds></m:GetItem>`,
    CreateItem: `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${INBOX}</m:SavedItemFolderId><m:Items><t:Message><t:Subject>x</t:Subject><t:Body BodyType="HTML">b</t:Body><t:Attachments><t:ItemAttachment><t:Name>i</t:Name><t:Message><t:Subject>y</t:Subject></t:Message></t:ItemAttachment></t:Attachments><t:Categories><t:String>c</t:String></t:Categories><t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag><t:ToRecipients><t:Mailbox><t:EmailAddress>b@c.d</t:EmailAddress></t:Mailbox></t:ToRecipients><t:IsRead>true</t:IsRead></t:Message></m:Items></m:CreateItem>`,
    CreateByMime: `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${INBOX}</m:SavedItemFolderId><m:Items><t:Message><t:MimeContent>RnJvbTogYUBiLmMNCg0KYg==</t:MimeContent></t:Message></m:Items></m:CreateItem>`,
    CreateOthers: `<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>${INBOX}</m:SavedItemFolderId><m:Items><t:CalendarItem><t:UID>u</t:UID><t:Start>2024-06-03T10:00:00Z</t:Start><t:End>2024-06-03T11:00:00Z</t:End><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>b@c.d</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees><t:Recurrence><t:RelativeYearlyRecurrence><t:DaysOfWeek>Day</t:DaysOfWeek><t:DayOfWeekIndex>First</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence><t:EndDateRecurrence><t:StartDate>2024-06-03</t:StartDate><t:EndDate>2030-01-01</t:EndDate></t:EndDateRecurrence></t:Recurrence><t:StartTimeZone Id="UTC"/></t:CalendarItem><t:Contact><t:GivenName>g</t:GivenName><t:EmailAddresses><t:Entry Key="EmailAddress1">a@b.c</t:Entry></t:EmailAddresses></t:Contact><t:Task><t:PercentComplete>5</t:PercentComplete><t:DueDate>2024-01-01T00:00:00Z</t:DueDate></t:Task><t:DistributionList><t:DisplayName>d</t:DisplayName><t:Members><t:Member><t:Mailbox><t:EmailAddress>m@n.o</t:EmailAddress></t:Mailbox></t:Member></t:Members></t:DistributionList></m:Items></m:CreateItem>`,
    UpdateItem: `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>${itemId}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:Message><t:Subject>z</t:Subject></t:Message></t:SetItemField><t:AppendToItemField><t:FieldURI FieldURI="item:Body"/><t:Message><t:Body BodyType="Text">b</t:Body></t:Message></t:AppendToItemField><t:DeleteItemField><t:FieldURI FieldURI="item:Categories"/></t:DeleteItemField></t:Updates></t:ItemChange><t:ItemChange><t:OccurrenceItemId RecurringMasterId="${ids.series}" InstanceIndex="2"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="calendar:Location"/><t:CalendarItem><t:Location>l</t:Location></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
    CopyItem: `<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId><m:ItemIds>${itemId}</m:ItemIds><m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:CopyItem>`,
    ExportItems: `<m:ExportItems><m:ItemIds>${itemId}</m:ItemIds></m:ExportItems>`,
    UploadItems: `<m:UploadItems><m:Items><t:Item CreateAction="UpdateOrCreate" IsAssociated="false"><t:ParentFolderId Id="${ids.folder}"/>${itemId}<t:Data>AQAAAAgAAAAAAAAAAQAAAA==</t:Data></t:Item></m:Items></m:UploadItems>`,
    GetAttachment: `<m:GetAttachment><m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape><m:AttachmentIds><t:AttachmentId Id="${ids.attachment}"/></m:AttachmentIds></m:GetAttachment>`,
    CreateAttachment: `<m:CreateAttachment><m:ParentItemId Id="${ids.item}"/><m:Attachments><t:FileAttachment><t:Name>n</t:Name><t:IsInline>true</t:IsInline><t:Content>AAEC</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>`,
    ResolveNames:
      '<m:ResolveNames ReturnFullContactData="true" SearchScope="ContactsActiveDirectory"><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>',
    ExpandDL: '<m:ExpandDL><m:Mailbox><t:EmailAddress>team@source.test</t:EmailAddress></m:Mailbox></m:ExpandDL>',
    GetServerTimeZones:
      '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>UTC</t:Id></m:Ids></m:GetServerTimeZones>',
    GetDelegate: `<m:GetDelegate IncludePermissions="true">${MAILBOX}<m:UserIds><t:UserId><t:PrimarySmtpAddress>bert@source.test</t:PrimarySmtpAddress></t:UserId></m:UserIds></m:GetDelegate>`,
    AddDelegate: `<m:AddDelegate>${MAILBOX}<m:DelegateUsers><t:DelegateUser><t:UserId><t:PrimarySmtpAddress>carla@source.test</t:PrimarySmtpAddress></t:UserId><t:DelegatePermissions><t:InboxFolderPermissionLevel>Author</t:InboxFolderPermissionLevel></t:DelegatePermissions></t:DelegateUser></m:DelegateUsers><m:DeliverMeetingRequests>NoForward</m:DeliverMeetingRequests></m:AddDelegate>`,
    GetUserOofSettings:
      '<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>anna@source.test</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>',
    SetUserOofSettings:
      '<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>anna@source.test</t:Address></t:Mailbox><t:UserOofSettings><t:OofState>Disabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience><t:Duration><t:StartTime>2024-01-01T00:00:00Z</t:StartTime><t:EndTime>2025-01-01T00:00:00Z</t:EndTime></t:Duration><t:InternalReply><t:Message>m</t:Message></t:InternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>',
    GetInboxRules: '<m:GetInboxRules><m:MailboxSmtpAddress>anna@source.test</m:MailboxSmtpAddress></m:GetInboxRules>',
    UpdateInboxRules:
      '<m:UpdateInboxRules><m:Operations><t:CreateRuleOperation><t:Rule><t:DisplayName>r</t:DisplayName><t:Priority>1</t:Priority><t:IsEnabled>true</t:IsEnabled><t:Actions><t:Delete>true</t:Delete></t:Actions></t:Rule></t:CreateRuleOperation></m:Operations></m:UpdateInboxRules>',
    CreateUserConfiguration:
      '<m:CreateUserConfiguration><m:UserConfiguration><t:UserConfigurationName Name="Spoiled"><t:DistinguishedFolderId Id="calendar"/></t:UserConfigurationName><t:Dictionary><t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>k</t:Value></t:DictionaryKey><t:DictionaryValue><t:Type>Integer32</t:Type><t:Value>7</t:Value></t:DictionaryValue></t:DictionaryEntry></t:Dictionary><t:XmlData>PGEvPg==</t:XmlData></m:UserConfiguration></m:CreateUserConfiguration>',
    GetUserConfiguration:
      '<m:GetUserConfiguration><m:UserConfigurationName Name="CategoryList"><t:DistinguishedFolderId Id="calendar"/></m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>',
  };
}

const DECLARED = `xmlns:m="${NAMESPACES.m}" xmlns:t="${NAMESPACES.t}"`;
const tree = (xml: string): XmlNode => first(parseXml(`<x ${DECLARED}>${xml}</x>`), /<m:(\w+)/.exec(xml)?.[1] ?? '');

/** Every element of a tree with its parent. */
function places(node: XmlNode): { parent: XmlNode; index: number }[] {
  return node.children.flatMap((c, index) => [{ parent: node, index }, ...places(c)]);
}

const strange = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '99999999999999999999',
    '1e308',
    'NaN',
    'true',
    'null',
    '2024-02-30T25:61:61Z',
    '-0001-01-01T00:00:00Z',
    '../../x',
    "'--",
    '%',
    'AAMkAAAA',
    'PropertyTag',
  ),
  fc.constantFrom(
    'publicfoldersroot',
    'recoverableitemsroot',
    'calendar',
    'HTML',
    'HardDelete',
    'SoftDelete',
    'MoveToDeletedItems',
    'Custom',
    'Deep',
    'Associated',
    '0x8001',
    '0xffff',
    'Object',
    'Null',
    'Binary',
    'SystemTime',
    'Integer',
  ),
);
const spoiling = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('drop', 'double', 'text', 'attribute', 'rename', 'empty', 'swap', 'graft'),
  value: strange,
  other: fc.nat(),
});
type Spoiling = typeof spoiling extends fc.Arbitrary<infer T> ? T : never;

function spoil(root: XmlNode, s: Spoiling, donors: readonly XmlNode[]): void {
  const all = places(root);
  const place = all[s.at % Math.max(1, all.length)];
  if (!place) return;
  const { parent, index } = place;
  const node = parent.children[index];
  if (!node) return;
  const names = Object.keys(node.attributes);
  switch (s.how) {
    case 'drop':
      parent.children.splice(index, 1);
      break;
    case 'double':
      parent.children.splice(index, 0, structuredClone(node));
      break;
    case 'text':
      node.children = [];
      node.text = s.value;
      break;
    case 'attribute': {
      const name = names[s.other % Math.max(1, names.length)] ?? 'Id';
      node.attributes[name] = s.value;
      break;
    }
    case 'rename':
      node.name = donors[s.other % donors.length]?.name ?? 'X';
      break;
    case 'empty':
      node.children = [];
      node.attributes = {};
      node.text = '';
      break;
    case 'swap':
      parent.children.reverse();
      break;
    case 'graft':
      node.children.push(structuredClone(donors[s.other % donors.length] ?? node));
      break;
  }
}

/** base64 content was decoded on the way in; it goes out as text again. */
function restore(node: XmlNode): XmlNode {
  if (node.data) node.text = Buffer.from(node.data).toString('base64');
  node.children.forEach(restore);
  return node;
}

describe('spoiled requests', () => {
  test('every operation has a sound sample', async () => {
    const covered = new Set(Object.values(samples()).map((xml) => /<m:(\w+)/.exec(xml)?.[1]?.replace(/Request$/, '')));
    const same = new Set([
      'MoveItem',
      'DeleteItem',
      'SendItem',
      'DeleteAttachment',
      'UpdateDelegate',
      'UpdateUserConfiguration',
      'RemoveDelegate',
    ]);
    expect([...OPERATIONS.keys()].filter((name) => !covered.has(name) && !same.has(name))).toEqual([]);
    for (const xml of Object.values(samples())) expect((await client.call(xml)).status).toBe(200);
  });

  test('any number of spoilings gets an answer of EWS', async () => {
    const donors = Object.values(samples()).flatMap((xml) =>
      places(tree(xml)).map(({ parent, index }) => parent.children[index] as XmlNode),
    );
    const names = Object.keys(samples());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(spoiling, { minLength: 1, maxLength: 4 }),
        async (name, spoilings) => {
          const root = restore(tree(samples()[name] ?? ''));
          for (const s of spoilings)
            spoil(
              root,
              s,
              donors.map((d) => restore(structuredClone(d))),
            );
          const answer = await client.call(writeNode(root));
          expect([200, 500]).toContain(answer.status);
          expect(all(answer.body, 'ResponseCode').map((c) => c.text)).not.toContain('ErrorInternalServerError');
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('bytes that are no request', () => {
  test('noise, and noise within an envelope', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc
            .string({ unit: 'binary', maxLength: 200 })
            .map((s) =>
              Buffer.from(`<s:Envelope xmlns:s="${NAMESPACES.s}"><s:Body>${esc(s)}${s}</s:Body></s:Envelope>`),
            ),
        ),
        async (bytes) => {
          const answer = await client.post(Buffer.from(bytes));
          expect(answer.status).toBe(500);
          expect(answer.text).toMatch(/ErrorSchemaValidation|ErrorInvalidRequest/);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('entities are not expanded, files not read, depth and number bounded', async () => {
    const bomb = `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY b${i} "${`&${i === 0 ? 'a' : `b${i - 1}`};`.repeat(10)}">`).join('')}]><l>&b8;</l>`;
    const hostile = [
      bomb,
      '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><a>&x;</a>',
      '<a>'.repeat(100_000),
      `<s:Envelope xmlns:s="${NAMESPACES.s}"><s:Body>${'<a/>'.repeat(500_000)}</s:Body></s:Envelope>`,
      `<a ${Array.from({ length: 20_000 }, (_, i) => `x${i}="1"`).join(' ')}/>`,
      '<?xml version="1.0" encoding="utf-16"?><a/>',
      Buffer.from('\ufeff<a/>', 'utf16le'),
      `<a>${'x'.repeat(5_000_000)}`,
      `<a b="${'x'.repeat(5_000_000)}"/>`,
    ];
    for (const body of hostile) {
      const before = performance.now();
      const answer = await client.post(body);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('root:');
      expect(performance.now() - before).toBeLessThan(10_000);
    }
    expect((await client.call(samples().GetFolder ?? '')).status).toBe(200);
  });

  test('restrictions as deep and ids as long as one likes', async () => {
    const deep = `${'<t:Not>'.repeat(45)}<t:Exists><t:FieldURI FieldURI="item:Subject"/></t:Exists>${'</t:Not>'.repeat(45)}`;
    const answer = await client.call(
      `<m:FindItem Traversal="Shallow">${LIST}<m:Restriction>${deep}</m:Restriction><m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`,
    );
    expect(all(answer.body, 'ResponseCode').map((c) => c.text)).toEqual(['ErrorInvalidRestriction']);
    const long = await client.call(
      `<m:GetItem>${LIST}<m:ItemIds><t:ItemId Id="${'A'.repeat(1_000_000)}"/></m:ItemIds></m:GetItem>`,
    );
    expect(all(long.body, 'ResponseCode').map((c) => c.text)).toEqual(['ErrorInvalidIdMalformed']);
  });
});

describeWith('xmllint', 'the schema', () => {
  test('even answers to spoiled requests are valid', () => {
    expect(client.answers.length).toBeGreaterThan(200);
    expect(schemaComplaints(client.answers)).toEqual([]);
  });
});
