import { escapeXml } from './xml.ts';

/** Roots that have names instead of ids; anything else is taken for an id. */
const DISTINGUISHED = /^@([a-z]+)$/;

/** `@inbox` names a distinguished folder; anything else is an id. `mailbox` names the owner where it is another one. */
export function folderIdXml(id: string, mailbox?: string): string {
  const name = DISTINGUISHED.exec(id)?.[1];
  if (name === undefined) return `<t:FolderId Id="${escapeXml(id)}"/>`;
  const owner = mailbox ? `<t:Mailbox><t:EmailAddress>${escapeXml(mailbox)}</t:EmailAddress></t:Mailbox>` : '';
  return owner === ''
    ? `<t:DistinguishedFolderId Id="${name}"/>`
    : `<t:DistinguishedFolderId Id="${name}">${owner}</t:DistinguishedFolderId>`;
}

export function itemIdXml(id: string, changeKey?: string): string {
  return changeKey
    ? `<t:ItemId Id="${escapeXml(id)}" ChangeKey="${escapeXml(changeKey)}"/>`
    : `<t:ItemId Id="${escapeXml(id)}"/>`;
}

export function itemIdsXml(ids: string[]): string {
  return `<m:ItemIds>${ids.map((id) => itemIdXml(id)).join('')}</m:ItemIds>`;
}
