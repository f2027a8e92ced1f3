import { expect } from 'vitest';
import type { XmlNode } from '../xml/node.ts';
import { type Answer, codes, first, idAttributes, type TestClient } from './client.ts';

export const folder = (id: string) => `<t:DistinguishedFolderId Id="${id}"/>`;
export const ID_ONLY = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>';
export const WHOLE = '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>';
export const shapeWith = (fields: string, more = '') =>
  `<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>${more}<t:AdditionalProperties>${fields}</t:AdditionalProperties></m:ItemShape>`;
export const uri = (name: string) => `<t:FieldURI FieldURI="${name}"/>`;
export const tagged = (tag: string, type: string) =>
  `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="${type}"/>`;

/** Text of the first element of a name in an answer. */
export const text = (answer: Answer, name: string) => first(answer.body, name).text;

/** Calls about items as tests make them, by whichever client runs at the time. */
export function itemCalls(used: { readonly client: TestClient }) {
  const createCall = (where: string, item: string, disposition = 'SaveOnly') =>
    used.client.call(
      `<m:CreateItem MessageDisposition="${disposition}" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>${folder(where)}</m:SavedItemFolderId><m:Items>${item}</m:Items></m:CreateItem>`,
    );
  return {
    createCall,
    /** @returns the new item's id; a failed creation fails the test. */
    async create(where: string, item: string, disposition = 'SaveOnly'): Promise<XmlNode> {
      const answer = await createCall(where, item, disposition);
      expect(codes(answer)).toEqual(['NoError']);
      return first(answer.body, 'ItemId');
    },
    get: (id: XmlNode, shape = WHOLE) =>
      used.client.call(`<m:GetItem>${shape}<m:ItemIds><t:ItemId Id="${id.attributes.Id}"/></m:ItemIds></m:GetItem>`),
    update: (id: XmlNode, updates: string, resolution = 'AutoResolve') =>
      used.client.call(
        `<m:UpdateItem ConflictResolution="${resolution}" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange><t:ItemId ${idAttributes(id)}/><t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
      ),
    find: (where: string, inner: string, shape = ID_ONLY, view = '') =>
      used.client.call(
        `<m:FindItem Traversal="Shallow">${shape}${view}${inner}<m:ParentFolderIds>${folder(where)}</m:ParentFolderIds></m:FindItem>`,
      ),
  };
}
