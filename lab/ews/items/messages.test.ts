import { describe, expect, test } from 'vitest';
import { all, codes, first, idAttributes } from '../testing/client.ts';
import { answersAreValid, organisationForTests } from '../testing/for-tests.ts';
import { folder, ID_ONLY, itemCalls, shapeWith, tagged, text, uri } from '../testing/item-calls.ts';
import type { XmlNode } from '../xml/node.ts';

const lab = organisationForTests();
const { create, createCall, get, update } = itemCalls(lab);

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
      const found = await lab.client.call(
        `<m:FindItem Traversal="Shallow">${ID_ONLY}${restriction}<m:ParentFolderIds>${folder(where)}</m:ParentFolderIds></m:FindItem>`,
        { user },
      );
      expect(first(found.body, 'RootFolder').attributes.TotalItemsInView).toBe('1');
    }
    const draft = await create(
      'drafts',
      '<t:Message><t:Subject>later</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>bert@source.test</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>',
    );
    const sent = await lab.client.call(
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
      const found = await lab.client.call(
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
    const made = await lab.client.call(
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
      lab.client.call(
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
    const deleted = await lab.client.call(
      `<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="${ids[0]}"/></m:AttachmentIds></m:DeleteAttachment>`,
    );
    expect(codes(deleted)).toEqual(['NoError']);
    expect(codes(await read([ids[0] ?? '', ids[1] ?? '']))).toEqual(['ErrorItemNotFound', 'NoError']);
    expect(codes(await read([id.attributes.Id ?? '']))).toEqual(['ErrorInvalidAttachmentId']);
  });
});

answersAreValid(lab, 20);
