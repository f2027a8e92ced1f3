import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '../../tests/support/parts.ts';
import { type Answer, all, codes, first, idAttributes, TestClient } from './testing/client.ts';
import { startOrganisation, type TestOrganisation } from './testing/organisation.ts';
import { schemaComplaints } from './testing/schema.ts';
import type { XmlNode } from './xml/node.ts';

let organisation: TestOrganisation;
let client: TestClient;
beforeAll(async () => {
  organisation = await startOrganisation();
  client = new TestClient(organisation);
});
afterAll(async () => {
  client.close();
  await organisation.close();
});

const folder = (id: string) => `<t:DistinguishedFolderId Id="${id}"/>`;
const ID_ONLY = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>';
const WHOLE = '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>';
const shapeWith = (fields: string, more = '') =>
  `<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>${more}<t:AdditionalProperties>${fields}</t:AdditionalProperties></m:ItemShape>`;
const uri = (name: string) => `<t:FieldURI FieldURI="${name}"/>`;
const tagged = (tag: string, type: string) => `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="${type}"/>`;

async function create(where: string, item: string, disposition = 'SaveOnly'): Promise<XmlNode> {
  const answer = await createCall(where, item, disposition);
  expect(codes(answer)).toEqual(['NoError']);
  return first(answer.body, 'ItemId');
}
const createCall = (where: string, item: string, disposition = 'SaveOnly') =>
  client.call(
    `<m:CreateItem MessageDisposition="${disposition}" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>${folder(where)}</m:SavedItemFolderId><m:Items>${item}</m:Items></m:CreateItem>`,
  );
const get = (id: XmlNode, shape = WHOLE) =>
  client.call(`<m:GetItem>${shape}<m:ItemIds><t:ItemId Id="${id.attributes.Id}"/></m:ItemIds></m:GetItem>`);
const update = (id: XmlNode, updates: string, resolution = 'AutoResolve') =>
  client.call(
    `<m:UpdateItem ConflictResolution="${resolution}" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange><t:ItemId ${idAttributes(id)}/><t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
  );
const find = (where: string, inner: string, shape = ID_ONLY, view = '') =>
  client.call(
    `<m:FindItem Traversal="Shallow">${shape}${view}${inner}<m:ParentFolderIds>${folder(where)}</m:ParentFolderIds></m:FindItem>`,
  );
const text = (answer: Answer, name: string) => first(answer.body, name).text;

describe('messages', () => {
  test('typed: what was set is what is read', async () => {
    const id = await create(
      'inbox',
      '<t:Message><t:Subject>RE: Grüße &lt;1&gt; 😀</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="HTML">&lt;p&gt;Hallo&amp;nbsp;Welt&lt;br/&gt;zwei&lt;/p&gt;</t:Body>' +
        '<t:Categories><t:String>Rot</t:String><t:String>Grün</t:String></t:Categories><t:Importance>High</t:Importance>' +
        '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/><t:Value>1</t:Value></t:ExtendedProperty>' +
        '<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:DueDate>2024-05-06T00:00:00Z</t:DueDate></t:Flag>' +
        '<t:ToRecipients><t:Mailbox><t:Name>Bert</t:Name><t:EmailAddress>bert@source.test</t:EmailAddress></t:Mailbox><t:Mailbox><t:EmailAddress>x@else.where</t:EmailAddress></t:Mailbox></t:ToRecipients>' +
        '<t:From><t:Mailbox><t:EmailAddress>carla@source.test</t:EmailAddress></t:Mailbox></t:From><t:IsRead>true</t:IsRead>' +
        '<t:ReplyTo><t:Mailbox><t:Name>R</t:Name><t:EmailAddress>r@x.y</t:EmailAddress></t:Mailbox></t:ReplyTo></t:Message>',
    );
    const answer = await get(id);
    expect(text(answer, 'Subject')).toBe('RE: Grüße <1> 😀');
    expect(text(answer, 'Body')).toBe('<p>Hallo&nbsp;Welt<br/>zwei</p>');
    expect(first(answer.body, 'Body').attributes.BodyType).toBe('HTML');
    expect(all(first(answer.body, 'Categories'), 'String').map((s) => s.text)).toEqual(['Rot', 'Grün']);
    expect(all(first(answer.body, 'ToRecipients'), 'EmailAddress').map((a) => a.text)).toEqual([
      'bert@source.test',
      'x@else.where',
    ]);
    expect(all(first(answer.body, 'ToRecipients'), 'MailboxType').map((a) => a.text)).toEqual(['Mailbox', 'OneOff']);
    expect(text(answer, 'FlagStatus')).toBe('Flagged');
    expect(text(answer, 'DisplayTo')).toBe('Bert; x@else.where');
    expect([
      text(answer, 'IsDraft'),
      text(answer, 'IsRead'),
      text(answer, 'Importance'),
      text(answer, 'Sensitivity'),
    ]).toEqual(['false', 'true', 'High', 'Private']);
    const plain = await get(
      id,
      shapeWith(
        uri('item:Body') + tagged('0x0037', 'String') + tagged('0x0e1d', 'String') + tagged('0x300b', 'Binary'),
        '<t:BodyType>Text</t:BodyType>',
      ),
    );
    expect(text(plain, 'Body')).toBe('Hallo\u00a0Welt\r\nzwei');
    expect(
      all(plain.body, 'Value')
        .map((v) => v.text)
        .slice(0, 2),
    ).toEqual(['RE: Grüße <1> 😀', 'Grüße <1> 😀']);
    expect(Buffer.from(all(plain.body, 'Value')[2]?.text ?? '', 'base64')).toHaveLength(16);
  });

  test('saved without flags it is a draft', async () => {
    const id = await create('drafts', '<t:Message><t:Subject>draft</t:Subject></t:Message>');
    expect(text(await get(id), 'IsDraft')).toBe('true');
  });

  test('by MIME, and back as MIME', async () => {
    const mime =
      'From: A <a@b.c>\r\nTo: d@e.f\r\nSubject: =?utf-8?q?gr=C3=BCn?=\r\nDate: Mon, 01 Jan 2024 10:00:00 +0000\r\nMessage-ID: <m1@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n';
    const flags =
      '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/><t:Value>1</t:Value></t:ExtendedProperty>';
    const id = await create(
      'inbox',
      `<t:Message><t:MimeContent CharacterSet="UTF-8">${Buffer.from(mime).toString('base64')}</t:MimeContent>${flags}</t:Message>`,
    );
    const answer = await get(
      id,
      '<m:ItemShape><t:BaseShape>Default</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>',
    );
    expect(text(answer, 'Subject')).toBe('grün');
    expect(text(answer, 'DateTimeSent')).toBe('2024-01-01T10:00:00Z');
    expect(text(answer, 'InternetMessageId')).toBe('<m1@x>');
    const back = Buffer.from(first(answer.body, 'MimeContent').data ?? []).toString('utf8');
    expect(back).toMatch(/^Message-ID: <m1@x>/m);
    expect(back).toMatch(/AAEC/);
    const broken = await createCall(
      'inbox',
      `<t:Message><t:MimeContent>${Buffer.from('no message at all').toString('base64')}</t:MimeContent></t:Message>`,
    );
    expect(codes(broken)).toEqual(['ErrorMimeContentInvalid']);
  });

  test('update, append, delete a field; conflicts', async () => {
    const id = await create(
      'inbox',
      '<t:Message><t:Subject>a</t:Subject><t:Body BodyType="Text">one</t:Body><t:Categories><t:String>x</t:String></t:Categories></t:Message>',
    );
    const changed = await update(
      id,
      `<t:SetItemField>${uri('item:Subject')}<t:Message><t:Subject>b</t:Subject></t:Message></t:SetItemField>` +
        `<t:AppendToItemField>${uri('item:Body')}<t:Message><t:Body BodyType="Text">+two</t:Body></t:Message></t:AppendToItemField>` +
        `<t:DeleteItemField>${uri('item:Categories')}</t:DeleteItemField>` +
        `<t:SetItemField>${tagged('0x5d01', 'String')}<t:Message><t:ExtendedProperty>${tagged('0x5d01', 'String')}<t:Value>s@t.u</t:Value></t:ExtendedProperty></t:Message></t:SetItemField>`,
    );
    expect(codes(changed)).toEqual(['NoError']);
    const after = await get(
      id,
      shapeWith(uri('item:Subject') + uri('item:Body') + uri('item:Categories') + tagged('0x5d01', 'String')),
    );
    expect([text(after, 'Subject'), text(after, 'Body'), text(after, 'Value')]).toEqual(['b', 'one+two', 's@t.u']);
    expect(all(after.body, 'Categories')).toEqual([]);
    expect(
      codes(
        await update(
          id,
          `<t:SetItemField>${uri('item:Subject')}<t:Message><t:Subject>c</t:Subject></t:Message></t:SetItemField>`,
          'NeverOverwrite',
        ),
      ),
    ).toEqual(['ErrorIrresolvableConflict']);
    expect(
      codes(
        await update(
          id,
          `<t:SetItemField>${uri('item:Size')}<t:Message><t:Size>3</t:Size></t:Message></t:SetItemField>`,
        ),
      ),
    ).toEqual(['ErrorInvalidPropertySet']);
    expect(codes(await update(id, `<t:DeleteItemField>${uri('item:ItemClass')}</t:DeleteItemField>`))).toEqual([
      'ErrorInvalidPropertyDelete',
    ]);
  });

  test('sent mail reaches the inboxes of this organisation, groups included, and stays in Sent Items', async () => {
    const answer = await createCall(
      'sentitems',
      '<t:Message><t:Subject>to the team</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>team@source.test</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>',
      'SendAndSaveCopy',
    );
    expect(codes(answer)).toEqual(['NoError']);
    const restriction = `<m:Restriction><t:IsEqualTo>${uri('item:Subject')}<t:FieldURIOrConstant><t:Constant Value="to the team"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>`;
    for (const [user, where] of [
      ['anna', 'inbox'],
      ['bert', 'inbox'],
      ['anna', 'sentitems'],
    ] as const) {
      const found = await client.call(
        `<m:FindItem Traversal="Shallow">${ID_ONLY}${restriction}<m:ParentFolderIds>${folder(where)}</m:ParentFolderIds></m:FindItem>`,
        { user },
      );
      expect(first(found.body, 'RootFolder').attributes.TotalItemsInView).toBe('1');
    }
    const draft = await create(
      'drafts',
      '<t:Message><t:Subject>later</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>bert@source.test</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>',
    );
    const sent = await client.call(
      `<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId ${idAttributes(draft)}/></m:ItemIds></m:SendItem>`,
    );
    expect(codes(sent)).toEqual(['NoError']);
    expect(codes(await get(draft))).toEqual(['ErrorItemNotFound']);
  });

  test('who sends stands as sender, and as author where the message names none', async () => {
    const to =
      '<t:ToRecipients><t:Mailbox><t:EmailAddress>bert@source.test</t:EmailAddress></t:Mailbox></t:ToRecipients>';
    const author = '<t:From><t:Mailbox><t:EmailAddress>team@source.test</t:EmailAddress></t:Mailbox></t:From>';
    const people = async (subject: string, user: string, where: string) => {
      const restriction = `<m:Restriction><t:IsEqualTo>${uri('item:Subject')}<t:FieldURIOrConstant><t:Constant Value="${subject}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>`;
      const shape = shapeWith(uri('message:From') + uri('message:Sender') + uri('item:ConversationId'));
      const found = await client.call(
        `<m:FindItem Traversal="Shallow">${shape}${restriction}<m:ParentFolderIds>${folder(where)}</m:ParentFolderIds></m:FindItem>`,
        { user },
      );
      expect(first(found.body, 'ConversationId').attributes.Id).toMatch(/.{20}/);
      return ['Sender', 'From'].map((name) => first(first(found.body, name), 'EmailAddress').text);
    };
    await createCall('sentitems', `<t:Message><t:Subject>plain</t:Subject>${to}</t:Message>`, 'SendAndSaveCopy');
    await createCall('sentitems', `<t:Message><t:Subject>for</t:Subject>${to}${author}</t:Message>`, 'SendAndSaveCopy');
    for (const [user, where] of [
      ['bert', 'inbox'],
      ['anna', 'sentitems'],
    ] as const) {
      expect(await people('plain', user, where)).toEqual(['anna@source.test', 'anna@source.test']);
      expect(await people('for', user, where)).toEqual(['anna@source.test', 'team@source.test']);
    }
  });

  test('every item says where it lies: entry ids, and a number that only grows within its store', async () => {
    const shape = shapeWith(
      tagged('0x0e23', 'Integer') +
        tagged('0x0fff', 'Binary') +
        tagged('0x0e09', 'Binary') +
        tagged('0x0ff9', 'Binary'),
    );
    const values = async (id: XmlNode) =>
      all((await get(id, shape)).body, 'ExtendedProperty').map((p) => first(p, 'Value').text);
    const one = await values(await create('inbox', '<t:Message><t:Subject>first</t:Subject></t:Message>'));
    const two = await values(await create('inbox', '<t:Message><t:Subject>second</t:Subject></t:Message>'));
    expect([one.length, two.length]).toEqual([4, 4]);
    expect(Number(two[0])).toBeGreaterThan(Number(one[0]));
    expect([two[1] === one[1], two[2] === one[2], two[3] === one[3]]).toEqual([false, true, false]);
  });

  test('times of extended properties have whole seconds', async () => {
    const id = await create('inbox', '<t:Message><t:Subject>when</t:Subject></t:Message>');
    const answer = await get(id, shapeWith(tagged('0x3008', 'SystemTime')));
    expect(first(first(answer.body, 'ExtendedProperty'), 'Value').text).toMatch(/T\d\d:\d\d:\d\dZ$/);
  });
});

describe('attachments', () => {
  const content = Buffer.from('0123456789'.repeat(1000));
  const file = (name: string, more = '') =>
    `<t:FileAttachment><t:Name>${name}</t:Name><t:ContentType>text/plain</t:ContentType>${more}<t:Content>${content.toString('base64')}</t:Content></t:FileAttachment>`;

  test('files, inline files and items: made, read, nested, deleted without touching the others', async () => {
    const id = await create('inbox', '<t:Message><t:Subject>with</t:Subject></t:Message>');
    const made = await client.call(
      `<m:CreateAttachment><m:ParentItemId Id="${id.attributes.Id}"/><m:Attachments>${file('ä.txt')}${file('in.png', '<t:ContentId>c1</t:ContentId><t:IsInline>true</t:IsInline>')}` +
        `<t:ItemAttachment><t:Name>inner</t:Name><t:Message><t:Subject>innen</t:Subject><t:Body BodyType="Text">b</t:Body><t:Attachments>${file('deep.txt')}</t:Attachments></t:Message></t:ItemAttachment></m:Attachments></m:CreateAttachment>`,
    );
    expect(codes(made)).toEqual(['NoError', 'NoError', 'NoError']);
    const listed = await get(id, shapeWith(uri('item:Attachments') + uri('item:HasAttachments')));
    expect(all(listed.body, 'Name').map((n) => n.text)).toEqual(['ä.txt', 'in.png', 'inner']);
    expect(all(listed.body, 'IsInline').map((n) => n.text)).toEqual(['false', 'true', 'false']);
    expect(Number(all(listed.body, 'Size')[2]?.text)).toBeGreaterThan(10_000);
    const ids = all(listed.body, 'AttachmentId').map((a) => a.attributes.Id ?? '');
    const read = (attachmentIds: string[], shape = '') =>
      client.call(
        `<m:GetAttachment>${shape}<m:AttachmentIds>${attachmentIds.map((a) => `<t:AttachmentId Id="${a}"/>`).join('')}</m:AttachmentIds></m:GetAttachment>`,
      );
    const got = await read(ids);
    expect(Buffer.from(first(got.body, 'Content').data ?? []).equals(content)).toBe(true);
    expect(text(got, 'Subject')).toBe('innen');
    const nested = all(first(got.body, 'ItemAttachment'), 'AttachmentId').map((a) => a.attributes.Id ?? '')[1] ?? '';
    expect(Buffer.from(first((await read([nested])).body, 'Content').data ?? []).equals(content)).toBe(true);
    const mime = await read(
      [ids[2] ?? ''],
      '<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>',
    );
    expect(Buffer.from(first(mime.body, 'MimeContent').data ?? []).toString('utf8')).toMatch(/^Subject: innen/m);
    const deleted = await client.call(
      `<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="${ids[0]}"/></m:AttachmentIds></m:DeleteAttachment>`,
    );
    expect(codes(deleted)).toEqual(['NoError']);
    expect(codes(await read([ids[0] ?? '', ids[1] ?? '']))).toEqual(['ErrorItemNotFound', 'NoError']);
    expect(codes(await read([id.attributes.Id ?? '']))).toEqual(['ErrorInvalidAttachmentId']);
  });
});

describe('calendar items', () => {
  const appointment = (more: string) =>
    `<t:CalendarItem><t:Subject>Termin</t:Subject><t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>${more}</t:CalendarItem>`;
  const times = '<t:Start>2024-06-03T10:00:00+02:00</t:Start><t:End>2024-06-03T11:00:00+02:00</t:End>';
  const zone = '<t:StartTimeZone Id="W. Europe Standard Time"/>';
  const series =
    '<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday Wednesday</t:DaysOfWeek></t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2024-06-03</t:StartDate><t:NumberOfOccurrences>6</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>';

  test('a meeting with attendees', async () => {
    const id = await create(
      'calendar',
      appointment(
        `<t:UID>my-uid</t:UID>${times}<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Raum</t:Location><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>bert@source.test</t:EmailAddress></t:Mailbox><t:ResponseType>Accept</t:ResponseType></t:Attendee></t:RequiredAttendees><t:Resources><t:Attendee><t:Mailbox><t:EmailAddress>room@source.test</t:EmailAddress></t:Mailbox></t:Attendee></t:Resources>${zone}`,
      ),
    );
    const answer = await get(id);
    expect([text(answer, 'Start'), text(answer, 'End'), text(answer, 'UID'), text(answer, 'Duration')]).toEqual([
      '2024-06-03T08:00:00Z',
      '2024-06-03T09:00:00Z',
      'my-uid',
      'PT1H',
    ]);
    expect([text(answer, 'IsMeeting'), text(answer, 'CalendarItemType'), text(answer, 'LegacyFreeBusyStatus')]).toEqual(
      ['true', 'Single', 'OOF'],
    );
    expect(first(answer.body, 'StartTimeZone').attributes.Id).toBe('W. Europe Standard Time');
    expect(all(answer.body, 'ResponseType').map((r) => r.text)).toEqual(['Accept', 'Unknown']);
    expect(first(first(answer.body, 'Organizer'), 'EmailAddress').text).toBe('anna@source.test');
  });

  test('a series: occurrences, one changed, one deleted, the view of a month', async () => {
    const id = await create('calendar', appointment(times + series + zone));
    const master = await get(id);
    expect(text(master, 'CalendarItemType')).toBe('RecurringMaster');
    expect(text(first(master.body, 'FirstOccurrence') && master, 'NumberOfOccurrences')).toBe('6');
    expect(first(first(master.body, 'LastOccurrence'), 'Start').text).toBe('2024-06-19T08:00:00Z');
    const occurrence = (index: number) =>
      `<t:OccurrenceItemId RecurringMasterId="${id.attributes.Id}" InstanceIndex="${index}"/>`;
    const third = await client.call(
      `<m:GetItem>${WHOLE}<m:ItemIds>${occurrence(3)}${occurrence(7)}</m:ItemIds></m:GetItem>`,
    );
    expect(codes(third)).toEqual(['NoError', 'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange']);
    expect([text(third, 'Start'), text(third, 'CalendarItemType')]).toEqual(['2024-06-10T08:00:00Z', 'Occurrence']);
    const changed = await client.call(
      `<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>${occurrence(3)}<t:Updates><t:SetItemField>${uri('item:Subject')}<t:CalendarItem><t:Subject>verlegt</t:Subject></t:CalendarItem></t:SetItemField>` +
        `<t:SetItemField>${uri('calendar:Start')}<t:CalendarItem><t:Start>2024-06-11T09:00:00Z</t:Start></t:CalendarItem></t:SetItemField><t:SetItemField>${uri('calendar:End')}<t:CalendarItem><t:End>2024-06-11T10:30:00Z</t:End></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
    );
    expect(codes(changed)).toEqual(['NoError']);
    const deleted = await client.call(
      `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>${occurrence(4)}</m:ItemIds></m:DeleteItem>`,
    );
    expect(codes(deleted)).toEqual(['NoError']);
    const view = await client.call(
      `<m:FindItem Traversal="Shallow">${shapeWith(uri('item:Subject') + uri('calendar:Start') + uri('calendar:CalendarItemType'))}<m:CalendarView StartDate="2024-06-04T00:00:00Z" EndDate="2024-07-01T00:00:00Z"/><m:ParentFolderIds>${folder('calendar')}</m:ParentFolderIds></m:FindItem>`,
    );
    expect(
      all(view.body, 'CalendarItem').map((i) => [
        first(i, 'Start').text,
        first(i, 'CalendarItemType').text,
        first(i, 'Subject').text,
      ]),
    ).toEqual([
      ['2024-06-05T08:00:00Z', 'Occurrence', 'Termin'],
      ['2024-06-11T09:00:00Z', 'Exception', 'verlegt'],
      ['2024-06-17T08:00:00Z', 'Occurrence', 'Termin'],
      ['2024-06-19T08:00:00Z', 'Occurrence', 'Termin'],
    ]);
    const after = await get(id);
    expect(first(first(after.body, 'ModifiedOccurrences'), 'OriginalStart').text).toBe('2024-06-10T08:00:00Z');
    expect(first(first(after.body, 'DeletedOccurrences'), 'Start').text).toBe('2024-06-12T08:00:00Z');
    expect(all(after.body, 'Attachments')).toEqual([]);
    const exception = all(view.body, 'ItemId')[1]?.attributes.Id ?? '';
    const [back] = all(
      (
        await client.call(
          `<m:GetItem>${ID_ONLY}<m:ItemIds><t:RecurringMasterItemId OccurrenceId="${exception}"/></m:ItemIds></m:GetItem>`,
        )
      ).body,
      'ItemId',
    );
    expect(back?.attributes.Id).toBe(id.attributes.Id);
    const copied = await client.call(
      `<m:CopyItem><m:ToFolderId>${folder('drafts')}</m:ToFolderId><m:ItemIds><t:ItemId Id="${exception}"/></m:ItemIds></m:CopyItem>`,
    );
    expect(codes(copied)).toEqual(['ErrorCalendarCannotMoveOrCopyOccurrence']);
    const gone = await client.call(`<m:GetItem>${ID_ONLY}<m:ItemIds>${occurrence(4)}</m:ItemIds></m:GetItem>`);
    expect(codes(gone)).toEqual(['ErrorCalendarOccurrenceIsDeletedFromRecurrence']);
  });

  test.each([
    [
      'an end before its start',
      '<t:Start>2024-06-03T11:00:00Z</t:Start><t:End>2024-06-03T10:00:00Z</t:End>',
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    ],
    [
      'a pattern that is none',
      `${times}<t:Recurrence><t:DailyRecurrence><t:Interval>0</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2024-06-03</t:StartDate></t:NoEndRecurrence></t:Recurrence>`,
      'ErrorCalendarInvalidRecurrence',
    ],
    ['a zone that is none', `${times}<t:StartTimeZone Id="Moon Time"/>`, 'ErrorCalendarInvalidTimeZone'],
    ['a date that is none', '<t:Start>yesterday</t:Start>', 'ErrorInvalidValueForProperty'],
  ])('%s is refused', async (_, more, code) => {
    expect(codes(await createCall('calendar', appointment(more)))).toEqual([code]);
  });

  test('every kind of pattern comes back as it went', async () => {
    const patterns = [
      '<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>',
      '<t:AbsoluteMonthlyRecurrence><t:Interval>2</t:Interval><t:DayOfMonth>31</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>',
      '<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Friday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>',
      '<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month></t:AbsoluteYearlyRecurrence>',
      '<t:RelativeYearlyRecurrence><t:DaysOfWeek>Weekday</t:DaysOfWeek><t:DayOfWeekIndex>First</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence>',
    ];
    for (const pattern of patterns) {
      const id = await create(
        'calendar',
        appointment(
          `${times}<t:Recurrence>${pattern}<t:NoEndRecurrence><t:StartDate>2024-06-03</t:StartDate></t:NoEndRecurrence></t:Recurrence>${zone}`,
        ),
      );
      expect((await get(id)).text).toContain(pattern);
    }
  });
});

describe('contacts, lists, tasks, posts, notes', () => {
  test('a contact and single entries of its dictionaries', async () => {
    const id = await create(
      'contacts',
      '<t:Contact><t:GivenName>Ada</t:GivenName><t:CompanyName>AE</t:CompanyName><t:EmailAddresses><t:Entry Key="EmailAddress1">ada@x.y</t:Entry><t:Entry Key="EmailAddress3" Name="A 3">ada3@x.y</t:Entry></t:EmailAddresses>' +
        '<t:PhysicalAddresses><t:Entry Key="Business"><t:Street>S 1</t:Street><t:City>Köln</t:City></t:Entry></t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key="MobilePhone">1</t:Entry></t:PhoneNumbers><t:Birthday>1990-02-03T00:00:00Z</t:Birthday><t:Children><t:String>B</t:String></t:Children><t:Surname>Lovelace</t:Surname></t:Contact>',
    );
    const answer = await get(id);
    expect([text(answer, 'FileAs'), text(answer, 'DisplayName'), text(answer, 'FullName')]).toEqual([
      'Lovelace, Ada',
      'Ada Lovelace',
      'Ada Lovelace',
    ]);
    expect(all(first(answer.body, 'EmailAddresses'), 'Entry').map((e) => [e.attributes.Key, e.text])).toEqual([
      ['EmailAddress1', 'ada@x.y'],
      ['EmailAddress3', 'ada3@x.y'],
    ]);
    const changed = await update(
      id,
      '<t:SetItemField><t:IndexedFieldURI FieldURI="contacts:PhysicalAddress:City" FieldIndex="Business"/><t:Contact><t:PhysicalAddresses><t:Entry Key="Business"><t:City>Bonn</t:City></t:Entry></t:PhysicalAddresses></t:Contact></t:SetItemField>' +
        '<t:DeleteItemField><t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress1"/></t:DeleteItemField>' +
        '<t:SetItemField><t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/><t:Contact><t:PhoneNumbers><t:Entry Key="HomePhone">2</t:Entry></t:PhoneNumbers></t:Contact></t:SetItemField>',
    );
    expect(codes(changed)).toEqual(['NoError']);
    const after = await get(
      id,
      shapeWith(
        `${uri('contacts:EmailAddresses')}${uri('contacts:PhysicalAddresses')}<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/>`,
      ),
    );
    expect(all(after.body, 'Entry').map((e) => e.attributes.Key)).toEqual(['EmailAddress3', 'Business', 'HomePhone']);
    expect([text(after, 'Street'), text(after, 'City')]).toEqual(['S 1', 'Bonn']);
  });

  test('a list of addresses', async () => {
    const member = (address: string) =>
      `<t:Member><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:Member>`;
    const id = await create(
      'contacts',
      `<t:DistributionList><t:DisplayName>Liste</t:DisplayName><t:Members>${member('bert@source.test')}${member('x@y.z')}</t:Members></t:DistributionList>`,
    );
    const answer = await get(id);
    expect(all(answer.body, 'EmailAddress').map((e) => e.text)).toEqual(['bert@source.test', 'x@y.z']);
    const expanded = await client.call(
      `<m:ExpandDL><m:Mailbox><t:ItemId Id="${id.attributes.Id}"/></m:Mailbox></m:ExpandDL>`,
    );
    expect(all(expanded.body, 'EmailAddress').map((e) => e.text)).toEqual(['bert@source.test', 'x@y.z']);
  });

  test('a task, done and recurring', async () => {
    const id = await create(
      'tasks',
      '<t:Task><t:Subject>T</t:Subject><t:DueDate>2024-05-06T15:00:00Z</t:DueDate><t:PercentComplete>40</t:PercentComplete><t:Recurrence><t:DailyRecurrence><t:Interval>2</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2024-05-06</t:StartDate></t:NoEndRecurrence></t:Recurrence><t:TotalWork>9</t:TotalWork></t:Task>',
    );
    const answer = await get(id);
    expect([
      text(answer, 'DueDate'),
      text(answer, 'PercentComplete'),
      text(answer, 'Status'),
      text(answer, 'IsRecurring'),
    ]).toEqual(['2024-05-06T00:00:00Z', '40', 'InProgress', 'true']);
    await update(
      id,
      `<t:SetItemField>${uri('task:Status')}<t:Task><t:Status>Completed</t:Status></t:Task></t:SetItemField>`,
    );
    const done = await get(id);
    expect([text(done, 'PercentComplete'), text(done, 'IsComplete')]).toEqual(['100', 'true']);
  });

  test('a post, a note by its class, a meeting request', async () => {
    const post = await create(
      'inbox',
      '<t:PostItem><t:Subject>P</t:Subject><t:Body BodyType="Text">b</t:Body></t:PostItem>',
    );
    expect(all((await get(post)).body, 'PostedTime')).toHaveLength(1);
    const note = await create(
      'notes',
      '<t:Message><t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>N</t:Subject></t:Message>',
    );
    expect(text(await get(note), 'ItemClass')).toBe('IPM.StickyNote');
    const request = await create('inbox', '<t:MeetingRequest><t:Subject>M</t:Subject></t:MeetingRequest>');
    expect(all((await get(request)).body, 'MeetingRequestType')).toHaveLength(1);
    expect(codes(await createCall('inbox', '<t:Person/>'))).toEqual(['ErrorInvalidItemForOperationCreateItem']);
  });
});

describe('FindItem', () => {
  beforeAll(async () => {
    for (let i = 0; i < 12; i++) {
      await create(
        'junkemail',
        `<t:Message><t:Subject>n${String(i).padStart(2, '0')}</t:Subject><t:Body BodyType="Text">${'x'.repeat(i)}${i === 5 ? ' needle' : ''}</t:Body><t:Categories><t:String>c${i % 3}</t:String></t:Categories><t:Importance>${i % 2 ? 'High' : 'Low'}</t:Importance></t:Message>`,
      );
    }
  });
  const constant = (value: string) => `<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant>`;
  const restriction = (inner: string) => `<m:Restriction>${inner}</m:Restriction>`;
  const subjects = (answer: Answer) => all(answer.body, 'Subject').map((s) => s.text);
  const bySubject = `<m:SortOrder><t:FieldOrder Order="Ascending">${uri('item:Subject')}</t:FieldOrder></m:SortOrder>`;
  const withSubject = shapeWith(uri('item:Subject'));

  test.each([
    ['IsEqualTo', `<t:IsEqualTo>${uri('item:Subject')}${constant('N03')}</t:IsEqualTo>`, ['n03']],
    ['a class', `<t:IsEqualTo>${uri('item:ItemClass')}${constant('ipm.note')}</t:IsEqualTo>`, 12],
    ['a number by name', `<t:IsEqualTo>${uri('item:Importance')}${constant('High')}</t:IsEqualTo>`, 6],
    [
      'a time',
      `<t:IsGreaterThan>${uri('item:DateTimeCreated')}${constant('2020-01-01T00:00:00Z')}</t:IsGreaterThan>`,
      12,
    ],
    [
      'a time to come',
      `<t:IsGreaterThanOrEqualTo>${uri('item:DateTimeReceived')}${constant('2199-01-01T00:00:00Z')}</t:IsGreaterThanOrEqualTo>`,
      0,
    ],
    ['a list', `<t:IsEqualTo>${uri('item:Categories')}${constant('c1')}</t:IsEqualTo>`, 4],
    [
      'a substring',
      `<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">${uri('item:Subject')}<t:Constant Value="N1"/></t:Contains>`,
      ['n10', 'n11'],
    ],
    [
      'text of the body',
      `<t:Contains ContainmentMode="Substring">${uri('item:Body')}<t:Constant Value="needle"/></t:Contains>`,
      ['n05'],
    ],
    [
      'either',
      `<t:Or><t:IsEqualTo>${uri('item:Subject')}${constant('n01')}</t:IsEqualTo><t:IsEqualTo>${uri('item:Subject')}${constant('n02')}</t:IsEqualTo></t:Or>`,
      ['n01', 'n02'],
    ],
    ['not', `<t:Not><t:IsLessThan>${uri('item:Subject')}${constant('n10')}</t:IsLessThan></t:Not>`, ['n10', 'n11']],
    ['exists', `<t:Exists>${tagged('0x6123', 'String')}</t:Exists>`, 0],
    ['bits that are not set', `<t:Excludes>${tagged('0x0e07', 'Integer')}<t:Bitmask Value="8"/></t:Excludes>`, 0],
    [
      'two properties',
      `<t:IsEqualTo>${uri('item:DateTimeSent')}<t:FieldURIOrConstant>${uri('item:DateTimeCreated')}</t:FieldURIOrConstant></t:IsEqualTo>`,
      12,
    ],
  ])('restriction: %s', async (_, inner, expected) => {
    const answer = await find('junkemail', restriction(inner) + bySubject, withSubject);
    expect(codes(answer)).toEqual(['NoError']);
    if (typeof expected === 'number') expect(subjects(answer)).toHaveLength(expected);
    else expect(subjects(answer)).toEqual(expected);
  });

  test('pages that come together to the whole, in order', async () => {
    for (const sort of [
      bySubject,
      `<m:SortOrder><t:FieldOrder Order="Descending">${tagged('0x0037', 'String')}</t:FieldOrder></m:SortOrder>`,
    ]) {
      const seen: string[] = [];
      for (let offset = 0, last = false; !last; ) {
        const answer = await find(
          'junkemail',
          sort,
          withSubject,
          `<m:IndexedPageItemView MaxEntriesReturned="5" Offset="${offset}" BasePoint="Beginning"/>`,
        );
        const root = first(answer.body, 'RootFolder');
        seen.push(...subjects(answer));
        offset = Number(root.attributes.IndexedPagingOffset);
        last = root.attributes.IncludesLastItemInRange === 'true';
      }
      expect(seen).toHaveLength(12);
      expect(new Set(seen).size).toBe(12);
      expect(seen).toEqual([...seen].sort((a, b) => (sort === bySubject ? 1 : -1) * a.localeCompare(b)));
    }
    const half = await find(
      'junkemail',
      bySubject,
      withSubject,
      '<m:FractionalPageItemView MaxEntriesReturned="3" Numerator="1" Denominator="2"/>',
    );
    expect(subjects(half)).toEqual(['n06', 'n07', 'n08']);
  });

  test('query strings, unknown properties, what lists cannot show', async () => {
    expect(
      all(
        (
          await client.call(
            `<m:FindItem Traversal="Shallow">${ID_ONLY}<m:ParentFolderIds>${folder('junkemail')}</m:ParentFolderIds><m:QueryString>subject:n0 needle</m:QueryString></m:FindItem>`,
          )
        ).body,
        'Message',
      ),
    ).toHaveLength(1);
    const equals = (name: string) => restriction(`<t:IsEqualTo>${uri(name)}${constant('1')}</t:IsEqualTo>`);
    const unknown = await find('junkemail', equals('nonsense:X'));
    expect([unknown.status, text(unknown, 'ResponseCode')]).toEqual([500, 'ErrorSchemaValidation']);
    expect(codes(await find('junkemail', equals('folder:DisplayName')))).toEqual(['ErrorUnsupportedPathForQuery']);
    expect(codes(await find('junkemail', equals('item:Attachments')))).toEqual(['NoError']);
    const body = await find('junkemail', '', shapeWith(uri('item:Body')));
    expect([body.status, text(body, 'ResponseCode')]).toEqual([500, 'ErrorInvalidPropertyRequest']);
  });
});

describe('move, copy, delete', () => {
  test('a moved item has a new id, a copy keeps the search key, deleted items go where they were sent', async () => {
    const id = await create('inbox', '<t:Message><t:Subject>wander</t:Subject></t:Message>');
    const key = text(await get(id, shapeWith(tagged('0x300b', 'Binary'))), 'Value');
    const copied = await client.call(
      `<m:CopyItem><m:ToFolderId>${folder('drafts')}</m:ToFolderId><m:ItemIds><t:ItemId ${idAttributes(id)}/></m:ItemIds></m:CopyItem>`,
    );
    const copy = first(copied.body, 'ItemId');
    expect(text(await get(copy, shapeWith(tagged('0x300b', 'Binary'))), 'Value')).toBe(key);
    const moved = await client.call(
      `<m:MoveItem><m:ToFolderId>${folder('sentitems')}</m:ToFolderId><m:ItemIds><t:ItemId ${idAttributes(id)}/></m:ItemIds></m:MoveItem>`,
    );
    const now = first(moved.body, 'ItemId');
    expect(now.attributes.Id).not.toBe(id.attributes.Id);
    expect(codes(await get(id))).toEqual(['ErrorItemNotFound']);
    const remove = (item: XmlNode, type: string) =>
      client.call(
        `<m:DeleteItem DeleteType="${type}"><m:ItemIds><t:ItemId ${idAttributes(item)}/></m:ItemIds></m:DeleteItem>`,
      );
    const inFolder = async (where: string) =>
      first(
        (
          await find(
            where,
            `<m:Restriction><t:IsEqualTo>${uri('item:Subject')}<t:FieldURIOrConstant><t:Constant Value="wander"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>`,
          )
        ).body,
        'RootFolder',
      ).attributes.TotalItemsInView;
    await remove(now, 'MoveToDeletedItems');
    expect(await inFolder('deleteditems')).toBe('1');
    await remove(copy, 'SoftDelete');
    expect(await inFolder('recoverableitemsdeletions')).toBe('1');
    expect(codes(await remove(copy, 'HardDelete'))).toEqual(['ErrorItemNotFound']);
  });
});

describeWith('xmllint', 'the schema', () => {
  test('every answer is valid', () => {
    expect(client.answers.length).toBeGreaterThan(80);
    expect(schemaComplaints(client.answers)).toEqual([]);
  });
});
