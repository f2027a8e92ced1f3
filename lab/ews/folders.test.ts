import { describe, expect, test } from 'vitest';
import { all, codes, first, idAttributes } from './testing/client.ts';
import { answersAreValid, organisationForTests } from './testing/for-tests.ts';

const lab = organisationForTests();

const ALL = '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>';
const ID = '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>';
const distinguished = (id: string, mailbox?: string) =>
  `<t:DistinguishedFolderId Id="${id}">${mailbox ? `<t:Mailbox><t:EmailAddress>${mailbox}</t:EmailAddress></t:Mailbox>` : ''}</t:DistinguishedFolderId>`;

async function create(parent: string, inner: string, element = 'Folder', options = {}): Promise<string> {
  const answer = await lab.client.call(
    `<m:CreateFolder><m:ParentFolderId>${parent}</m:ParentFolderId><m:Folders><t:${element}>${inner}</t:${element}></m:Folders></m:CreateFolder>`,
    options,
  );
  expect(codes(answer)).toEqual(['NoError']);
  return `<t:FolderId ${idAttributes(first(answer.body, 'FolderId'))}/>`;
}
const get = (id: string, shape = ALL, options = {}) =>
  lab.client.call(`<m:GetFolder>${shape}<m:FolderIds>${id}</m:FolderIds></m:GetFolder>`, options);

describe('GetFolder', () => {
  test('every distinguished folder of a mailbox with an archive', async () => {
    const names = [
      'root',
      'msgfolderroot',
      'inbox',
      'calendar',
      'contacts',
      'tasks',
      'notes',
      'journal',
      'drafts',
      'outbox',
      'sentitems',
      'deleteditems',
      'junkemail',
      'searchfolders',
      'recoverableitemsroot',
      'recoverableitemsdeletions',
      'recoverableitemsversions',
      'recoverableitemspurges',
      'archiveroot',
      'archivemsgfolderroot',
      'archivedeleteditems',
      'archiveinbox',
      'archiverecoverableitemsroot',
      'archiverecoverableitemsdeletions',
      'publicfoldersroot',
      'syncissues',
      'conflicts',
      'recipientcache',
    ];
    const answer = await get(names.map((n) => distinguished(n)).join(''));
    expect(codes(answer)).toEqual(names.map(() => 'NoError'));
    expect(all(answer.body, 'DistinguishedFolderId').map((d) => d.text)).toEqual(names);
    expect(all(answer.body, 'CalendarFolder')).toHaveLength(1);
    expect(all(answer.body, 'ContactsFolder')).toHaveLength(2);
    expect(all(answer.body, 'TasksFolder')).toHaveLength(1);
  });

  test('what is not there is said in its place', async () => {
    const answer = await lab.client.call(
      `<m:GetFolder>${ID}<m:FolderIds>${distinguished('inbox')}${distinguished('yammerroot')}<t:FolderId Id="AAMkAAAA"/><t:FolderId Id="!"/>` +
        `${distinguished('inbox', 'nobody@source.test')}${distinguished('drafts')}</m:FolderIds></m:GetFolder>`,
    );
    expect(codes(answer)).toEqual([
      'NoError',
      'ErrorFolderNotFound',
      'ErrorInvalidIdMalformed',
      'ErrorInvalidIdMalformed',
      'ErrorNonExistentMailbox',
      'NoError',
    ]);
    expect(codes(await get(distinguished('archiveinbox'), ID, { user: 'bert' }))).toEqual(['ErrorFolderNotFound']);
  });

  test('permissions by name, and users that no longer resolve apart', async () => {
    const inbox = lab.organisation.store.distinguished(
      lab.organisation.store.mailbox('anna@source.test')?.id ?? '',
      'inbox',
    );
    lab.organisation.store.updateFolder(inbox?.id ?? '', {
      permissions: [
        { user: 'Default', displayName: 'Default', level: 'None', rights: 0 },
        { user: 'bert@source.test', displayName: 'Bert', level: 'Editor', rights: 0x47b },
        { user: 'gone@nowhere.test', displayName: 'NT User:S-1-5-21-9-9-9-9999', level: 'Owner', rights: 0x7fb },
        { user: 'team@source.test', displayName: 'Team', level: 'Custom', rights: 0x403 },
      ],
    });
    const shape =
      '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/></t:AdditionalProperties></m:FolderShape>';
    const answer = await get(distinguished('inbox') + distinguished('calendar'), shape);
    expect(all(answer.body, 'PermissionLevel').map((l) => l.text)).toEqual(['None', 'Editor', 'Custom']);
    expect(all(answer.body, 'UnknownEntry').map((u) => u.text)).toEqual(['NT User:S-1-5-21-9-9-9-9999']);
    expect(all(answer.body, 'PrimarySmtpAddress').map((a) => a.text)).toEqual(['bert@source.test', 'team@source.test']);
    const inList = await lab.client.call(
      `<m:FindFolder Traversal="Shallow">${shape}<m:ParentFolderIds>${distinguished('inbox')}</m:ParentFolderIds></m:FindFolder>`,
    );
    expect(inList.status).toBe(500);
    expect(first(inList.body, 'ResponseCode').text).toBe('ErrorInvalidPropertyRequest');
  });
});

describe('folders are made, changed, moved and deleted', () => {
  test('with class, extended properties and permissions', async () => {
    const id = await create(
      distinguished('inbox'),
      '<t:FolderClass>IPF.Note.Special</t:FolderClass><t:DisplayName>Änderung &lt;1&gt; &amp; "2"</t:DisplayName>' +
        '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/><t:Value>a comment</t:Value></t:ExtendedProperty>' +
        '<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="mine" PropertyType="IntegerArray"/><t:Values><t:Value>1</t:Value><t:Value>2</t:Value></t:Values></t:ExtendedProperty>' +
        '<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:PrimarySmtpAddress>bert@source.test</t:PrimarySmtpAddress></t:UserId><t:PermissionLevel>Reviewer</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>',
    );
    const shape =
      '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/>' +
      '<t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="mine" PropertyType="IntegerArray"/>' +
      '<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/><t:ExtendedFieldURI PropertyTag="0x10f4" PropertyType="Boolean"/><t:ExtendedFieldURI PropertyTag="0x0e08" PropertyType="Long"/>' +
      '<t:ExtendedFieldURI PropertyTag="0x3617" PropertyType="Integer"/></t:AdditionalProperties></m:FolderShape>';
    const made = await get(id, shape);
    expect(first(made.body, 'DisplayName').text).toBe('Änderung <1> & "2"');
    expect(all(made.body, 'Value').map((v) => v.text)).toEqual([
      'a comment',
      '1',
      '2',
      'IPF.Note.Special',
      'false',
      '0',
      '0',
    ]);
    expect(first(made.body, 'PermissionLevel').text).toBe('Reviewer');

    const changed = await lab.client.call(
      `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${id}<t:Updates>` +
        '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>neu</t:DisplayName></t:Folder></t:SetFolderField>' +
        '<t:DeleteFolderField><t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/></t:DeleteFolderField>' +
        '<t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder><t:PermissionSet><t:Permissions>' +
        '<t:Permission><t:UserId><t:DistinguishedUser>Default</t:DistinguishedUser></t:UserId><t:PermissionLevel>None</t:PermissionLevel></t:Permission>' +
        '<t:Permission><t:UserId><t:PrimarySmtpAddress>carla@source.test</t:PrimarySmtpAddress></t:UserId><t:CanCreateItems>true</t:CanCreateItems><t:IsFolderVisible>true</t:IsFolderVisible><t:EditItems>Owned</t:EditItems><t:ReadItems>FullDetails</t:ReadItems><t:PermissionLevel>Custom</t:PermissionLevel></t:Permission>' +
        '</t:Permissions></t:PermissionSet></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>',
    );
    expect(codes(changed)).toEqual(['NoError']);
    const after = await get(id, shape);
    expect(first(after.body, 'DisplayName').text).toBe('neu');
    expect(all(after.body, 'PermissionLevel').map((l) => l.text)).toEqual(['None', 'Custom']);
    expect(first(after.body, 'EditItems').text).toBe('None');
    expect(all(after.body, 'EditItems')[1]?.text).toBe('Owned');
  });

  test('calendar permissions speak of free and busy', async () => {
    const id = await create(
      distinguished('calendar'),
      '<t:DisplayName>Team</t:DisplayName><t:PermissionSet><t:CalendarPermissions><t:CalendarPermission><t:UserId><t:DistinguishedUser>Default</t:DistinguishedUser></t:UserId><t:CalendarPermissionLevel>FreeBusyTimeOnly</t:CalendarPermissionLevel></t:CalendarPermission></t:CalendarPermissions></t:PermissionSet>',
      'CalendarFolder',
    );
    const shape =
      '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/></t:AdditionalProperties></m:FolderShape>';
    const made = await get(id, shape);
    expect(first(made.body, 'CalendarPermissionLevel').text).toBe('FreeBusyTimeOnly');
    expect(first(made.body, 'ReadItems').text).toBe('TimeOnly');
  });

  test.each([
    [
      'a user twice',
      `<t:PermissionSet><t:Permissions>${'<t:Permission><t:UserId><t:PrimarySmtpAddress>bert@source.test</t:PrimarySmtpAddress></t:UserId><t:PermissionLevel>Reviewer</t:PermissionLevel></t:Permission>'.repeat(2)}</t:Permissions></t:PermissionSet>`,
      'ErrorDuplicateUserIdsSpecified',
    ],
    [
      'an unknown user',
      '<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:PrimarySmtpAddress>who@source.test</t:PrimarySmtpAddress></t:UserId><t:PermissionLevel>Reviewer</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>',
      'ErrorInvalidUserInfo',
    ],
    [
      'unknown entries',
      '<t:PermissionSet><t:Permissions/><t:UnknownEntries><t:UnknownEntry>x</t:UnknownEntry></t:UnknownEntries></t:PermissionSet>',
      'ErrorCannotSetPermissionUnknownEntries',
    ],
    [
      'a level that is none',
      '<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:PrimarySmtpAddress>bert@source.test</t:PrimarySmtpAddress></t:UserId><t:PermissionLevel>Boss</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>',
      'ErrorInvalidPermissionSettings',
    ],
  ])('permissions with %s are refused', async (_, set, code) => {
    const answer = await lab.client.call(
      `<m:CreateFolder><m:ParentFolderId>${distinguished('drafts')}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>x</t:DisplayName>${set}</t:Folder></m:Folders></m:CreateFolder>`,
    );
    expect(codes(answer)).toEqual([code]);
  });

  test('a name is taken only once, whatever its case', async () => {
    await create(distinguished('tasks'), '<t:DisplayName>Doppelt</t:DisplayName>', 'TasksFolder');
    const again = await lab.client.call(
      `<m:CreateFolder><m:ParentFolderId>${distinguished('tasks')}</m:ParentFolderId><m:Folders><t:TasksFolder><t:DisplayName>DOPPELT</t:DisplayName></t:TasksFolder></m:Folders></m:CreateFolder>`,
    );
    expect(codes(again)).toEqual(['ErrorFolderExists']);
  });

  test('move, empty and delete', async () => {
    const outer = await create(distinguished('inbox'), '<t:DisplayName>aussen</t:DisplayName>');
    const inner = await create(distinguished('inbox'), '<t:DisplayName>innen</t:DisplayName>');
    const moved = await lab.client.call(
      `<m:MoveFolder><m:ToFolderId>${outer}</m:ToFolderId><m:FolderIds>${inner}${distinguished('drafts')}</m:FolderIds></m:MoveFolder>`,
    );
    expect(codes(moved)).toEqual(['NoError', 'ErrorMoveCopyFailed']);
    const intoItself = await lab.client.call(
      `<m:MoveFolder><m:ToFolderId>${inner}</m:ToFolderId><m:FolderIds>${outer}</m:FolderIds></m:MoveFolder>`,
    );
    expect(codes(intoItself)).toEqual(['ErrorMoveCopyFailed']);
    const emptied = await lab.client.call(
      `<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="true"><m:FolderIds>${outer}</m:FolderIds></m:EmptyFolder>`,
    );
    expect(codes(emptied)).toEqual(['NoError']);
    expect(codes(await get(inner))).toEqual(['ErrorFolderNotFound']);
    const gone = await lab.client.call(
      `<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>${outer}${distinguished('inbox')}</m:FolderIds></m:DeleteFolder>`,
    );
    expect(codes(gone)).toEqual(['NoError', 'ErrorDeleteDistinguishedFolder']);
    const hard = await lab.client.call(
      `<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>${outer}</m:FolderIds></m:DeleteFolder>`,
    );
    expect(codes(hard)).toEqual(['NoError']);
    expect(codes(await get(outer))).toEqual(['ErrorFolderNotFound']);
  });
});

describe('FindFolder and SyncFolderHierarchy', () => {
  test('shallow, deep, paged, restricted', async () => {
    const parent = await create(distinguished('msgfolderroot'), '<t:DisplayName>Many</t:DisplayName>');
    for (let i = 0; i < 7; i++) await create(parent, `<t:DisplayName>f${i}</t:DisplayName>`);
    const page = async (offset: number, base = 'Beginning') =>
      lab.client.call(
        `<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned="3" Offset="${offset}" BasePoint="${base}"/><m:ParentFolderIds>${parent}</m:ParentFolderIds></m:FindFolder>`,
      );
    const seen: string[] = [];
    for (let offset = 0, last = false; !last; ) {
      const answer = await page(offset);
      const root = first(answer.body, 'RootFolder');
      seen.push(...all(root, 'DisplayName').map((n) => n.text));
      expect(root.attributes.TotalItemsInView).toBe('7');
      offset = Number(root.attributes.IndexedPagingOffset);
      last = root.attributes.IncludesLastItemInRange === 'true';
    }
    expect(seen.sort()).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
    expect(all((await page(0, 'End')).body, 'DisplayName')).toHaveLength(3);
    const deep = await lab.client.call(
      `<m:FindFolder Traversal="Deep">${ID}<m:Restriction><t:And><t:Contains ContainmentMode="Prefixed" ContainmentComparison="IgnoreCase"><t:FieldURI FieldURI="folder:DisplayName"/><t:Constant Value="F"/></t:Contains>` +
        '<t:Not><t:IsEqualTo><t:ExtendedFieldURI PropertyTag="0x3001" PropertyType="String"/><t:FieldURIOrConstant><t:Constant Value="f3"/></t:FieldURIOrConstant></t:IsEqualTo></t:Not></t:And></m:Restriction>' +
        `<m:ParentFolderIds>${parent}${distinguished('msgfolderroot')}</m:ParentFolderIds></m:FindFolder>`,
    );
    expect(all(deep.body, 'RootFolder').map((r) => r.attributes.TotalItemsInView)).toEqual(['6', '6']);
    const wrong = await lab.client.call(
      `<m:FindFolder Traversal="Shallow">${ID}<m:IndexedPageFolderView MaxEntriesReturned="0" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds>${parent}</m:ParentFolderIds></m:FindFolder>`,
    );
    expect(codes(wrong)).toEqual(['ErrorInvalidIndexedPagingParameters']);
  });

  test('the hierarchy and its changes', async () => {
    const sync = (state: string, root = distinguished('msgfolderroot')) =>
      lab.client.call(
        `<m:SyncFolderHierarchy>${ALL}<m:SyncFolderId>${root}</m:SyncFolderId>${state === '' ? '' : `<m:SyncState>${state}</m:SyncState>`}</m:SyncFolderHierarchy>`,
        { user: 'carla' },
      );
    const beginning = await sync('');
    expect(all(beginning.body, 'Create').length).toBeGreaterThan(15);
    expect(all(beginning.body, 'DistinguishedFolderId').map((d) => d.text)).not.toContain('recoverableitemsroot');
    const state = first(beginning.body, 'SyncState').text;
    expect(all((await sync(state)).body, 'Changes')[0]?.children).toEqual([]);
    const id = await create(distinguished('inbox'), '<t:DisplayName>fresh</t:DisplayName>', 'Folder', {
      user: 'carla',
    });
    const created = await sync(state);
    expect(first(created.body, 'Changes').children.map((c) => c.name)).toContain('Create');
    await lab.client.call(`<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>${id}</m:FolderIds></m:DeleteFolder>`, {
      user: 'carla',
    });
    const deleted = await sync(first(created.body, 'SyncState').text);
    expect(first(deleted.body, 'Changes').children.map((c) => c.name)).toContain('Delete');
    for (const bad of ['x', 'WzFd', state.slice(0, -4)])
      expect(codes(await sync(bad))).toEqual(['ErrorInvalidSyncStateData']);
    expect(codes(await sync(state, distinguished('inbox')))).toEqual(['ErrorInvalidSyncStateData']);
  });
});

describe('public folders have fewer ways', () => {
  const asService = { user: 'svc' };
  test('shallow lists only; no sync of the hierarchy, no emptying', async () => {
    const id = await create(
      distinguished('publicfoldersroot'),
      '<t:DisplayName>Verein</t:DisplayName>',
      'Folder',
      asService,
    );
    await create(id, '<t:DisplayName>Kinder</t:DisplayName>', 'Folder', asService);
    const find = (traversal: string) =>
      lab.client.call(
        `<m:FindFolder Traversal="${traversal}">${ID}<m:ParentFolderIds>${id}</m:ParentFolderIds></m:FindFolder>`,
        asService,
      );
    expect(first((await find('Shallow')).body, 'RootFolder').attributes.TotalItemsInView).toBe('1');
    expect(codes(await find('Deep'))).toEqual(['ErrorInvalidOperation']);
    const sync = await lab.client.call(
      `<m:SyncFolderHierarchy>${ID}<m:SyncFolderId>${id}</m:SyncFolderId></m:SyncFolderHierarchy>`,
      asService,
    );
    expect(codes(sync)).toEqual(['ErrorInvalidOperation']);
    const empty = await lab.client.call(
      `<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="true"><m:FolderIds>${id}</m:FolderIds></m:EmptyFolder>`,
      asService,
    );
    expect(codes(empty)).toEqual(['ErrorInvalidOperation']);
    for (const operation of ['CopyFolder', 'CreateFolderPath']) {
      const answer = await lab.client.call(`<m:${operation}/>`, asService);
      expect([answer.status, first(answer.body, 'ResponseCode').text]).toEqual([500, 'ErrorInvalidRequest']);
    }
    const items = await lab.client.call(
      `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>${id}</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>`,
      asService,
    );
    expect(codes(items)).toEqual(['NoError']);
  });
});

answersAreValid(lab, 21);
