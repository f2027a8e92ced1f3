import { describe, expect, test } from 'vitest';
import { codes, first, idAttributes } from '../testing/client.ts';
import { answersAreValid, organisationForTests } from '../testing/for-tests.ts';
import { folder, itemCalls, shapeWith, tagged, text, uri } from '../testing/item-calls.ts';
import type { XmlNode } from '../xml/node.ts';

const lab = organisationForTests();
const { create, get, find } = itemCalls(lab);

describe('move, copy, delete', () => {
  test('a moved item has a new id, a copy keeps the search key, deleted items go where they were sent', async () => {
    const id = await create('inbox', '<t:Message><t:Subject>wander</t:Subject></t:Message>');
    const key = text(await get(id, shapeWith(tagged('0x300b', 'Binary'))), 'Value');
    const copied = await lab.client.call(
      `<m:CopyItem><m:ToFolderId>${folder('drafts')}</m:ToFolderId><m:ItemIds><t:ItemId ${idAttributes(id)}/></m:ItemIds></m:CopyItem>`,
    );
    const copy = first(copied.body, 'ItemId');
    expect(text(await get(copy, shapeWith(tagged('0x300b', 'Binary'))), 'Value')).toBe(key);
    const moved = await lab.client.call(
      `<m:MoveItem><m:ToFolderId>${folder('sentitems')}</m:ToFolderId><m:ItemIds><t:ItemId ${idAttributes(id)}/></m:ItemIds></m:MoveItem>`,
    );
    const now = first(moved.body, 'ItemId');
    expect(now.attributes.Id).not.toBe(id.attributes.Id);
    expect(codes(await get(id))).toEqual(['ErrorItemNotFound']);
    const remove = (item: XmlNode, type: string) =>
      lab.client.call(
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

answersAreValid(lab, 10);
