import { describe, expect, test } from 'vitest';
import { all, codes, first } from '../testing/client.ts';
import { answersAreValid, organisationForTests } from '../testing/for-tests.ts';
import { itemCalls, shapeWith, text, uri } from '../testing/item-calls.ts';

const lab = organisationForTests();
const { create, createCall, get, update } = itemCalls(lab);

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
    const expanded = await lab.client.call(
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

answersAreValid(lab, 10);
