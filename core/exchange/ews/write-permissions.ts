import type { Permission, Permissions } from '../mail-store.ts';
import { escapeXml } from './xml.ts';

const DISTINGUISHED_USERS = new Set(['Default', 'Anonymous']);

/** The PermissionSet of a folder as EWS takes it: rights only for level Custom, no user twice. */
export function permissionSetXml(permissions: Permissions): string {
  const seen = new Set<string>();
  const entries = permissions.entries.filter((entry) => {
    const key = entry.user.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const list = entries.map((entry) => permissionXml(entry, permissions.calendar)).join('');
  return permissions.calendar
    ? `<t:PermissionSet><t:CalendarPermissions>${list}</t:CalendarPermissions></t:PermissionSet>`
    : `<t:PermissionSet><t:Permissions>${list}</t:Permissions></t:PermissionSet>`;
}

function permissionXml(entry: Permission, calendar: boolean): string {
  const user = DISTINGUISHED_USERS.has(entry.user)
    ? `<t:DistinguishedUser>${entry.user}</t:DistinguishedUser>`
    : `<t:PrimarySmtpAddress>${escapeXml(entry.user)}</t:PrimarySmtpAddress>`;
  const name = calendar ? 'CalendarPermission' : 'Permission';
  return `<t:${name}><t:UserId>${user}</t:UserId>${rightsXml(entry)}<t:${name}Level>${entry.level}</t:${name}Level></t:${name}>`;
}

const ORDER = [
  'CanCreateItems',
  'CanCreateSubFolders',
  'IsFolderOwner',
  'IsFolderVisible',
  'IsFolderContact',
  'EditItems',
  'DeleteItems',
  'ReadItems',
];

function rightsXml(entry: Permission): string {
  if (entry.level !== 'Custom') return '';
  return ORDER.flatMap((right) => {
    const value = entry.rights[right];
    return value === undefined ? [] : [`<t:${right}>${escapeXml(value)}</t:${right}>`];
  }).join('');
}
