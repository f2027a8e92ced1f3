import type { FolderRecord } from '../../model.ts';
import { replicasOf, rightsOn } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { extendedPropertyXml } from '../extended.ts';
import { type FieldPath, fieldPath, pathXml } from '../paths.ts';

import { type Comparable, comparableOf } from '../restriction.ts';
import { child, textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import { effectiveRightsXml, permissionSetXml } from './permissions.ts';
import { folderProperty } from './properties.ts';

/** What of a folder an answer shows. */
export interface FolderShape {
  uris: Set<string>;
  extended: Extract<FieldPath, { kind: 'extended' }>[];
}

const BASE: Record<string, readonly string[]> = {
  IdOnly: ['folder:FolderId'],
  Default: [
    'folder:FolderId',
    'folder:DisplayName',
    'folder:TotalCount',
    'folder:ChildFolderCount',
    'folder:UnreadCount',
  ],
  AllProperties: [
    'folder:FolderId',
    'folder:ParentFolderId',
    'folder:FolderClass',
    'folder:DisplayName',
    'folder:TotalCount',
    'folder:ChildFolderCount',
    'folder:UnreadCount',
    'folder:EffectiveRights',
    'folder:DistinguishedFolderId',
  ],
};

const MORE = new Set([
  ...(BASE.AllProperties ?? []),
  'folder:PermissionSet',
  'folder:ReplicaList',
  'folder:SharingEffectiveRights',
  'folder:ManagedFolderInformation',
  'folder:SearchParameters',
  'folder:PolicyTag',
  'folder:ArchiveTag',
]);

/** Reads a FolderShape element. `permissions` false: a list of folders cannot show their permissions. */
export function readFolderShape(shape: XmlNode | undefined, permissions: boolean): FolderShape {
  const base = BASE[textOf(shape, 'BaseShape') ?? ''];
  if (!base) throw new EwsError('ErrorSchemaValidation', 'The BaseShape is not known.');
  const result: FolderShape = { uris: new Set(base), extended: [] };
  for (const node of child(shape, 'AdditionalProperties')?.children ?? []) {
    const path = fieldPath(node);
    if (path.kind === 'extended') result.extended.push(path);
    else if (path.kind === 'uri' && MORE.has(path.uri) && (permissions || path.uri !== 'folder:PermissionSet')) {
      result.uris.add(path.uri);
    } else {
      throw new EwsError('ErrorInvalidPropertyRequest', 'The property is not valid for this object type.', {
        xml: pathXml(path),
      });
    }
  }
  return result;
}

/** Element and default class by kind of folder. */
export function folderElement(folder: Pick<FolderRecord, 'folderClass'>): string {
  const folderClass = folder.folderClass.toLowerCase();
  const is = (prefix: string) => folderClass === prefix || folderClass.startsWith(`${prefix}.`);
  if (is('ipf.appointment')) return 't:CalendarFolder';
  if (is('ipf.contact')) return 't:ContactsFolder';
  if (is('ipf.task')) return 't:TasksFolder';
  return 't:Folder';
}

export function folderIdXml(call: Call, folder: Pick<FolderRecord, 'id' | 'changeKey'>, name = 't:FolderId'): string {
  return el(name, '', { Id: call.ids.folder(folder.id), ChangeKey: folder.changeKey });
}

/** A folder as an element, in the order of its schema type. */
export function folderXml(call: Call, folder: FolderRecord, shape: FolderShape): string {
  const name = folderElement(folder);
  const has = (uri: string) => shape.uris.has(`folder:${uri}`);
  let inner = '';
  if (has('FolderId')) inner += folderIdXml(call, folder);
  if (has('ParentFolderId')) inner += parentXml(call, folder);
  if (has('FolderClass')) inner += tx('t:FolderClass', folder.folderClass === '' ? undefined : folder.folderClass);
  if (has('DisplayName')) inner += tx('t:DisplayName', folder.displayName);
  if (has('TotalCount')) inner += tx('t:TotalCount', folder.itemCount);
  if (has('ChildFolderCount')) inner += tx('t:ChildFolderCount', folder.childFolderCount);
  for (const { field } of shape.extended) inner += extendedPropertyXml(field, folderProperty(call, folder, field.ref));
  if (has('EffectiveRights')) inner += effectiveRightsXml(rightsOn(call, folder));
  if (has('DistinguishedFolderId')) inner += tx('t:DistinguishedFolderId', folder.distinguished);
  if (has('ReplicaList')) inner += replicaListXml(folder);
  if (has('PermissionSet')) inner += permissionSetXml(call, folder);
  // Calendar and contacts folders have no such element in the schema.
  if (has('UnreadCount') && (name === 't:Folder' || name === 't:TasksFolder')) {
    inner += tx('t:UnreadCount', folder.unreadCount);
  }
  return el(name, inner);
}

function parentXml(call: Call, folder: FolderRecord): string {
  const parent = folder.parentId === null ? folder : call.store.folder(folder.parentId);
  return parent ? folderIdXml(call, parent, 't:ParentFolderId') : '';
}

function replicaListXml(folder: FolderRecord): string {
  const names = replicasOf(folder);
  return names.length === 0 ? '' : el('t:ReplicaList', names.map((n) => tx('t:String', n)).join(''));
}

/** A folder's property as restrictions compare it. */
export function folderComparable(call: Call, folder: FolderRecord, path: FieldPath): Comparable | undefined {
  if (path.kind === 'extended') {
    const property = folderProperty(call, folder, path.field.ref);
    return property && comparableOf(property.type, property.value);
  }
  const text = (value: string): Comparable => ({ kind: 'text', value });
  const number = (value: number): Comparable => ({ kind: 'number', value });
  switch (path.uri) {
    case 'folder:DisplayName':
      return text(folder.displayName);
    case 'folder:FolderClass':
      return folder.folderClass === '' ? undefined : text(folder.folderClass);
    case 'folder:TotalCount':
      return number(folder.itemCount);
    case 'folder:UnreadCount':
      return number(folder.unreadCount);
    case 'folder:ChildFolderCount':
      return number(folder.childFolderCount);
    case 'folder:FolderId':
      return text(call.ids.folder(folder.id));
    case 'folder:ParentFolderId':
      return folder.parentId === null ? undefined : text(call.ids.folder(folder.parentId));
    default:
      throw new EwsError(
        'ErrorUnsupportedPathForQuery',
        'The property can not be used with this type of restriction.',
        {
          xml: pathXml(path),
        },
      );
  }
}
