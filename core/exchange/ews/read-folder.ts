import type { FolderInfo, Permission, Permissions } from '../mail-store.ts';
import { extendedProperties, FolderTag, fieldUri, tagUri, tagValue } from './properties.ts';
import { child, children, numberOf, readTime, textOf, type XmlNode } from './xml.ts';

/** Elements that EWS uses for folders. */
export const FOLDER_ELEMENTS = ['Folder', 'CalendarFolder', 'ContactsFolder', 'SearchFolder', 'TasksFolder'];

/** How much is asked of a folder; servers that refuse the whole are asked for less. */
export type FolderDetail = 'full' | 'plain' | 'least';

/** The FolderShape of a request. `modern`: the schema of 2013, which can name distinguished folders. */
export function folderShape(options: {
  detail: FolderDetail;
  permissions: boolean;
  modern: boolean;
  publicFolders: boolean;
}): string {
  if (options.detail === 'least') return '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>';
  const fields = [
    fieldUri('folder:ParentFolderId'),
    fieldUri('folder:DisplayName'),
    fieldUri('folder:FolderClass'),
    fieldUri('folder:TotalCount'),
    fieldUri('folder:ChildFolderCount'),
    fieldUri('folder:UnreadCount'),
    ...(options.modern && !options.publicFolders ? [fieldUri('folder:DistinguishedFolderId')] : []),
    ...(options.permissions ? [fieldUri('folder:PermissionSet')] : []),
    tagUri(FolderTag.hidden),
    ...(options.detail === 'full'
      ? [
          tagUri(FolderTag.size),
          tagUri(FolderTag.lastCommit),
          tagUri(FolderTag.deletedCount),
          tagUri(FolderTag.folderType),
          tagUri(FolderTag.associatedCount),
          ...(options.publicFolders ? [tagUri(FolderTag.replicaList), tagUri(FolderTag.pfProxy)] : []),
        ]
      : []),
  ];
  return `<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${fields.join('')}</t:AdditionalProperties></m:FolderShape>`;
}

/** Where a server does not say how many subfolders there are, there may be any number. */
const UNKNOWN_COUNT = Number.MAX_SAFE_INTEGER;

/** Reads a folder element. */
export function readFolder(node: XmlNode): FolderInfo {
  const properties = extendedProperties(node);
  const size = tagValue(properties, FolderTag.size);
  const itemCount = numberOf(node, 'TotalCount') ?? 0;
  const unreadCount = numberOf(node, 'UnreadCount') ?? 0;
  const commit = tagValue(properties, FolderTag.lastCommit);
  const deleted = tagValue(properties, FolderTag.deletedCount);
  const associated = tagValue(properties, FolderTag.associatedCount);
  const replicas = tagValue(properties, FolderTag.replicaList);
  const proxy = tagValue(properties, FolderTag.pfProxy);
  return {
    id: child(node, 'FolderId')?.attributes.Id ?? '',
    changeKey: child(node, 'FolderId')?.attributes.ChangeKey ?? '',
    parentId: child(node, 'ParentFolderId')?.attributes.Id ?? null,
    name: textOf(node, 'DisplayName') ?? '',
    folderClass: textOf(node, 'FolderClass') ?? '',
    distinguished: textOf(node, 'DistinguishedFolderId') ?? null,
    search: node.name === 'SearchFolder' || tagValue(properties, FolderTag.folderType) === '2',
    hidden: tagValue(properties, FolderTag.hidden) === 'true',
    itemCount,
    associatedCount: associated === undefined ? null : Number(associated),
    unreadCount,
    childCount: numberOf(node, 'ChildFolderCount') ?? UNKNOWN_COUNT,
    sizeBytes: size === undefined ? null : Number(size),
    changedAt: readTime(commit) ?? null,
    // Without the time of the last change nothing tells that an item of the same size was written again.
    fingerprint:
      commit === undefined && (itemCount > 0 || associated !== '0' || deleted === undefined)
        ? null
        : [commit ?? '', deleted ?? '', itemCount, associated ?? '', unreadCount, size ?? ''].join('|'),
    extra: {
      ...(replicas === undefined ? {} : { '66980102': replicas }),
      ...(proxy === undefined ? {} : { '671d0102': proxy }),
    },
    permissions: readPermissions(node),
  };
}

const RIGHTS = [
  'CanCreateItems',
  'CanCreateSubFolders',
  'IsFolderOwner',
  'IsFolderVisible',
  'IsFolderContact',
  'EditItems',
  'DeleteItems',
  'ReadItems',
] as const;

function readPermissions(node: XmlNode): Permissions | undefined {
  const set = child(node, 'PermissionSet');
  if (!set) return undefined;
  const calendar = child(set, 'CalendarPermissions');
  const list = calendar ?? child(set, 'Permissions');
  const entries = children(list, calendar ? 'CalendarPermission' : 'Permission').map((entry): Permission => {
    const user = child(entry, 'UserId');
    return {
      user:
        textOf(user, 'DistinguishedUser') ??
        textOf(user, 'PrimarySmtpAddress') ??
        textOf(user, 'ExternalUserIdentity') ??
        textOf(user, 'DisplayName') ??
        '',
      displayName: textOf(user, 'DisplayName') ?? '',
      level: textOf(entry, calendar ? 'CalendarPermissionLevel' : 'PermissionLevel') ?? 'Custom',
      rights: Object.fromEntries(
        RIGHTS.flatMap((right) => {
          const value = textOf(entry, right);
          return value === undefined ? [] : [[right, value]];
        }),
      ),
    };
  });
  return {
    calendar: calendar !== undefined,
    entries,
    unknown: children(child(set, 'UnknownEntries'), 'UnknownEntry').map((entry) => entry.text),
  };
}
