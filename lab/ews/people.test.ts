import { describe, expect, test } from 'vitest';
import { setProp } from '../../core/domain/mapi/bag.ts';
import { newMessage } from '../../core/domain/mapi/message.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { type Answer, all, codes, first } from './testing/client.ts';
import { answersAreValid, organisationForTests } from './testing/for-tests.ts';

const lab = organisationForTests();
const text = (answer: Answer, name: string) => first(answer.body, name).text;
const texts = (answer: Answer, name: string) => all(answer.body, name).map((n) => n.text);

describe('names and groups', () => {
  const resolve = (entry: string, more = 'ReturnFullContactData="true"') =>
    lab.client.call(`<m:ResolveNames ${more}><m:UnresolvedEntry>${entry}</m:UnresolvedEntry></m:ResolveNames>`);
  test('one, several, none, hidden', async () => {
    const one = await resolve('anna');
    expect([codes(one), texts(one, 'DisplayName'), text(one, 'ContactSource')]).toEqual([
      ['NoError'],
      ['Anna Berg'],
      'ActiveDirectory',
    ]);
    const several = await resolve('b');
    expect([codes(several), texts(several, 'EmailAddress')]).toEqual([
      ['ErrorNameResolutionMultipleResults'],
      ['anna@source.test', 'bert@source.test'],
    ]);
    for (const name of ['bert', 'carla']) {
      await lab.client.call(
        `<m:CreateItem><m:SavedItemFolderId><t:DistinguishedFolderId Id="contacts"/></m:SavedItemFolderId><m:Items><t:Contact><t:DisplayName>Bergfreund ${name}</t:DisplayName><t:EmailAddresses><t:Entry Key="EmailAddress1">${name}@berg.test</t:Entry></t:EmailAddresses></t:Contact></m:Items></m:CreateItem>`,
      );
    }
    const mine = await resolve('Berg', 'ReturnFullContactData="false" SearchScope="ContactsActiveDirectory"');
    expect(codes(mine)).toEqual(['ErrorNameResolutionMultipleResults']);
    expect(texts(mine, 'MailboxType')).toEqual(['Contact', 'Contact', 'Mailbox']);
    expect(first(mine.body, 'ResolveNamesResponseMessage').attributes.ResponseClass).toBe('Warning');
    expect(codes(await resolve('nobody'))).toEqual(['ErrorNameResolutionNoResults']);
    expect(codes(await resolve('Hidden'))).toEqual(['ErrorNameResolutionNoResults']);
    expect(texts(await resolve('smtp:carla@source.test'), 'EmailAddress')).toEqual(['carla@source.test']);
  });

  test('a group gives its direct members', async () => {
    const expand = (address: string) =>
      lab.client.call(`<m:ExpandDL><m:Mailbox><t:EmailAddress>${address}</t:EmailAddress></m:Mailbox></m:ExpandDL>`);
    const team = await expand('team@source.test');
    expect(texts(team, 'MailboxType')).toEqual(['Mailbox', 'PublicDL']);
    expect(codes(await expand('anna@source.test'))).toEqual(['ErrorNameResolutionNoResults']);
  });
});

describe('time zones and ids', () => {
  test('definitions of known zones', async () => {
    const some = await lab.client.call(
      '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>W. Europe Standard Time</t:Id><t:Id>UTC</t:Id><t:Id>Moon</t:Id></m:Ids></m:GetServerTimeZones>',
    );
    expect(all(some.body, 'TimeZoneDefinition').map((z) => z.attributes.Id)).toEqual([
      'UTC',
      'W. Europe Standard Time',
    ]);
    expect(all(some.body, 'Period').map((p) => p.attributes.Bias)).toEqual(['PT0H0M', '-PT1H0M', '-PT2H0M']);
    expect(texts(some, 'Occurrence')).toEqual(['-1', '-1']);
    const every = await lab.client.call('<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>');
    expect(all(every.body, 'TimeZoneDefinition').length).toBeGreaterThan(50);
  });

  test('every format of an id and back', async () => {
    const inbox = first(
      (
        await lab.client.call(
          '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
        )
      ).body,
      'FolderId',
    ).attributes.Id;
    const convert = (id: string, from: string, to: string) =>
      lab.client.call(
        `<m:ConvertId DestinationFormat="${to}"><m:SourceIds><t:AlternateId Format="${from}" Id="${id}" Mailbox="anna@source.test"/></m:SourceIds></m:ConvertId>`,
      );
    for (const format of ['EwsLegacyId', 'EwsId', 'EntryId', 'HexEntryId', 'StoreId', 'OwaId']) {
      const there = first((await convert(inbox ?? '', 'EwsId', format)).body, 'AlternateId').attributes.Id ?? '';
      const back = first((await convert(there, format, 'EwsId')).body, 'AlternateId').attributes.Id;
      expect(back).toBe(inbox);
    }
    // The answer names the mailbox that holds the object, whoever was named: DavMail finds out its user's address so.
    const asked = await lab.client.call(
      `<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsId" Id="${inbox}" Mailbox="no@body.test"/></m:SourceIds></m:ConvertId>`,
    );
    expect(first(asked.body, 'AlternateId').attributes.Mailbox).toBe('anna@source.test');
    expect(codes(await convert('DUMMY', 'EwsId', 'EntryId'))).toEqual(['ErrorInvalidIdMalformed']);
    expect(codes(await convert('00', 'HexEntryId', 'EwsId'))).toEqual(['ErrorInvalidIdMalformed']);
  });
});

describe('delegates', () => {
  const MAILBOX = '<m:Mailbox><t:EmailAddress>anna@source.test</t:EmailAddress></m:Mailbox>';
  const user = (address: string) => `<t:UserId><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:UserId>`;
  const delegate = (address: string, level: string) =>
    `<t:DelegateUser>${user(address)}<t:DelegatePermissions><t:CalendarFolderPermissionLevel>${level}</t:CalendarFolderPermissionLevel></t:DelegatePermissions><t:ReceiveCopiesOfMeetingMessages>true</t:ReceiveCopiesOfMeetingMessages></t:DelegateUser>`;

  test('added, read, changed, removed, with the rights on folders that come along', async () => {
    const none = await lab.client.call(`<m:GetDelegate IncludePermissions="true">${MAILBOX}</m:GetDelegate>`);
    expect(codes(none)).toEqual(['NoError']);
    const added = await lab.client.call(
      `<m:AddDelegate>${MAILBOX}<m:DelegateUsers>${delegate('bert@source.test', 'Editor')}${delegate('who@x.y', 'Editor')}${delegate('anna@source.test', 'Editor')}${delegate('carla@source.test', 'King')}</m:DelegateUsers><m:DeliverMeetingRequests>DelegatesOnly</m:DeliverMeetingRequests></m:AddDelegate>`,
    );
    expect(codes(added)).toEqual([
      'NoError',
      'NoError',
      'ErrorDelegateNoUser',
      'ErrorDelegateCannotAddOwner',
      'ErrorInvalidDelegatePermission',
    ]);
    const read = await lab.client.call(`<m:GetDelegate IncludePermissions="true">${MAILBOX}</m:GetDelegate>`);
    expect([
      texts(read, 'PrimarySmtpAddress'),
      texts(read, 'CalendarFolderPermissionLevel'),
      text(read, 'DeliverMeetingRequests'),
    ]).toEqual([['bert@source.test'], ['Editor'], 'DelegatesOnly']);
    const calendar = lab.organisation.store.distinguished(
      lab.organisation.store.mailbox('anna@source.test')?.id ?? '',
      'calendar',
    );
    expect(calendar?.permissions.find((p) => p.user === 'bert@source.test')?.rights).toBe(0x47b);
    const changed = await lab.client.call(
      `<m:UpdateDelegate>${MAILBOX}<m:DelegateUsers>${delegate('bert@source.test', 'Reviewer')}${delegate('carla@source.test', 'Reviewer')}</m:DelegateUsers></m:UpdateDelegate>`,
    );
    expect(codes(changed)).toEqual(['NoError', 'NoError', 'ErrorNotDelegate']);
    expect(
      codes(
        await lab.client.call(
          `<m:AddDelegate>${MAILBOX}<m:DelegateUsers>${delegate('bert@source.test', 'Editor')}</m:DelegateUsers></m:AddDelegate>`,
        ),
      ),
    ).toEqual(['NoError', 'ErrorDelegateAlreadyExists']);
    const removed = await lab.client.call(
      `<m:RemoveDelegate>${MAILBOX}<m:UserIds>${user('bert@source.test')}</m:UserIds></m:RemoveDelegate>`,
    );
    expect(codes(removed)).toEqual(['NoError', 'NoError']);
    const after = lab.organisation.store.distinguished(
      lab.organisation.store.mailbox('anna@source.test')?.id ?? '',
      'calendar',
    );
    expect(after?.permissions.some((p) => p.user === 'bert@source.test')).toBe(false);
  });

  test("somebody else's delegates are not shown", async () => {
    expect(
      codes(
        await lab.client.call(`<m:GetDelegate IncludePermissions="true">${MAILBOX}</m:GetDelegate>`, { user: 'bert' }),
      ),
    ).toEqual(['ErrorAccessDenied']);
  });
});

describe('out of office', () => {
  const mailbox = (address = 'anna@source.test') => `<t:Mailbox><t:Address>${address}</t:Address></t:Mailbox>`;
  const set = (state: string, duration = '') =>
    lab.client.call(
      `<m:SetUserOofSettingsRequest>${mailbox()}<t:UserOofSettings><t:OofState>${state}</t:OofState><t:ExternalAudience>Known</t:ExternalAudience>${duration}<t:InternalReply><t:Message>in &lt;b&gt;</t:Message></t:InternalReply><t:ExternalReply><t:Message>out</t:Message></t:ExternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>`,
    );
  test('set and read', async () => {
    expect(
      codes(
        await set(
          'Scheduled',
          '<t:Duration><t:StartTime>2030-01-01T00:00:00Z</t:StartTime><t:EndTime>2030-01-09T00:00:00Z</t:EndTime></t:Duration>',
        ),
      ),
    ).toEqual(['NoError']);
    const read = await lab.client.call(`<m:GetUserOofSettingsRequest>${mailbox()}</m:GetUserOofSettingsRequest>`);
    expect([
      text(read, 'OofState'),
      text(read, 'ExternalAudience'),
      text(read, 'EndTime'),
      texts(read, 'Message'),
    ]).toEqual(['Scheduled', 'Known', '2030-01-09T00:00:00Z', ['in <b>', 'out']]);
    expect(codes(await set('Scheduled'))).toEqual(['ErrorInvalidOofParameter']);
    expect(
      codes(
        await lab.client.call(
          `<m:GetUserOofSettingsRequest>${mailbox('bert@source.test')}</m:GetUserOofSettingsRequest>`,
        ),
      ),
    ).toEqual(['ErrorAccessDenied']);
  });
});

describe('inbox rules', () => {
  const rule = (name: string, id = '') =>
    `<t:Rule>${id}<t:DisplayName>${name}</t:DisplayName><t:Priority>1</t:Priority><t:IsEnabled>true</t:IsEnabled><t:Conditions><t:ContainsSubjectStrings><t:String>a &amp; b</t:String></t:ContainsSubjectStrings></t:Conditions><t:Exceptions/><t:Actions><t:MoveToFolder><t:DistinguishedFolderId Id="junkemail"/></t:MoveToFolder><t:StopProcessingRules>true</t:StopProcessingRules></t:Actions></t:Rule>`;
  const change = (operations: string) =>
    lab.client.call(
      `<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>true</m:RemoveOutlookRuleBlob><m:Operations>${operations}</m:Operations></m:UpdateInboxRules>`,
    );
  test('made, changed, deleted; all of a call or nothing of it', async () => {
    expect(codes(await change(`<t:CreateRuleOperation>${rule('eins')}</t:CreateRuleOperation>`))).toEqual(['NoError']);
    const read = await lab.client.call(
      '<m:GetInboxRules><m:MailboxSmtpAddress>anna@source.test</m:MailboxSmtpAddress></m:GetInboxRules>',
    );
    expect([texts(read, 'DisplayName'), texts(read, 'String')]).toEqual([['eins'], ['a & b']]);
    const id = text(read, 'RuleId');
    const wrong = await change(
      `<t:CreateRuleOperation>${rule('zwei')}</t:CreateRuleOperation><t:DeleteRuleOperation><t:RuleId>nope</t:RuleId></t:DeleteRuleOperation>`,
    );
    expect([codes(wrong), texts(wrong, 'OperationIndex'), texts(wrong, 'ErrorCode')]).toEqual([
      ['ErrorInboxRulesValidationError'],
      ['1'],
      ['RuleNotFound'],
    ]);
    expect(
      codes(await change(`<t:SetRuleOperation>${rule('neu', `<t:RuleId>${id}</t:RuleId>`)}</t:SetRuleOperation>`)),
    ).toEqual(['NoError']);
    expect(texts(await lab.client.call('<m:GetInboxRules/>'), 'DisplayName')).toEqual(['neu']);
    await change(`<t:DeleteRuleOperation><t:RuleId>${id}</t:RuleId></t:DeleteRuleOperation>`);
    expect(texts(await lab.client.call('<m:GetInboxRules/>'), 'DisplayName')).toEqual([]);
  });
});

describe('configuration kept in folders', () => {
  const get = (name: string) =>
    lab.client.call(
      `<m:GetUserConfiguration><m:UserConfigurationName Name="${name}"><t:DistinguishedFolderId Id="calendar"/></m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>`,
    );
  test('the list of categories as the folder-associated item it is', async () => {
    const calendar = lab.organisation.store.distinguished(
      lab.organisation.store.mailbox('anna@source.test')?.id ?? '',
      'calendar',
    );
    const message = newMessage('IPM.Configuration.CategoryList');
    setProp(message, PidTag.RoamingXmlStream, Buffer.from('<categories/>'));
    setProp(
      message,
      PidTag.RoamingDictionary,
      Buffer.from(
        '<?xml version="1.0"?><UserConfiguration><Info version="Outlook.16"/><Data><e k="18-flag" v="3-True"/><e k="18-number" v="9-7"/><e k="18-text" v="18-a&amp;b"/></Data></UserConfiguration>',
      ),
    );
    lab.organisation.store.createItem(calendar?.id ?? '', message, true);
    const found = await get('CategoryList');
    expect(Buffer.from(text(found, 'XmlData'), 'base64').toString()).toBe('<categories/>');
    expect(all(found.body, 'DictionaryValue').map((v) => v.children.map((c) => c.text))).toEqual([
      ['Boolean', 'True'],
      ['Integer32', '7'],
      ['String', 'a&b'],
    ]);
    expect(codes(await get('Nothing'))).toEqual(['ErrorItemNotFound']);
  });
  test('made once, changed in place', async () => {
    const put = (operation: string, xml: string) =>
      lab.client.call(
        `<m:${operation}><m:UserConfiguration><t:UserConfigurationName Name="WorkHours"><t:DistinguishedFolderId Id="calendar"/></t:UserConfigurationName><t:Dictionary><t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>a"&lt;</t:Value></t:DictionaryKey><t:DictionaryValue><t:Type>Integer32</t:Type><t:Value>7</t:Value></t:DictionaryValue></t:DictionaryEntry></t:Dictionary><t:XmlData>${Buffer.from(xml).toString('base64')}</t:XmlData></m:UserConfiguration></m:${operation}>`,
      );
    expect(codes(await put('UpdateUserConfiguration', '<none/>'))).toEqual(['ErrorItemNotFound']);
    expect(codes(await put('CreateUserConfiguration', '<one/>'))).toEqual(['NoError']);
    expect(codes(await put('CreateUserConfiguration', '<two/>'))).toEqual(['ErrorItemSave']);
    expect(codes(await put('UpdateUserConfiguration', '<three/>'))).toEqual(['NoError']);
    const found = await get('WorkHours');
    expect(Buffer.from(text(found, 'XmlData'), 'base64').toString()).toBe('<three/>');
    expect(texts(found, 'Value')).toEqual(['a"<', '7']);
  });
});

answersAreValid(lab, 31);
