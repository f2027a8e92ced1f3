import type { FolderPermission, FolderRecord } from '../../model.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { extendedField, extendedValue } from '../extended.ts';
import { type FieldPath, fieldPath, isPath } from '../paths.ts';
import { child, childrenOf, textOf, type XmlNode } from '../xml/node.ts';
import { isCalendar, readPermissionSet } from './permissions.ts';
import { folderChange } from './properties.ts';

export type FolderFields = Pick<FolderRecord, 'displayName' | 'folderClass' | 'hidden' | 'extra'> & {
  permissions?: FolderPermission[];
};

const DEFAULT_CLASS: Record<string, string> = {
  Folder: 'IPF.Note',
  CalendarFolder: 'IPF.Appointment',
  ContactsFolder: 'IPF.Contact',
  TasksFolder: 'IPF.Task',
};

/** Fields of a folder to be made, from its element; throws what Exchange would answer. */
export function readNewFolder(call: Call, node: XmlNode): FolderFields {
  const kind = DEFAULT_CLASS[node.name];
  if (kind === undefined)
    throw new EwsError('ErrorInvalidFolderTypeForOperation', 'This kind of folder cannot be made here.');
  const displayName = textOf(node, 'DisplayName') ?? '';
  checkName(displayName);
  let fields: FolderFields = {
    displayName,
    folderClass: textOf(node, 'FolderClass') ?? kind,
    hidden: false,
    extra: {},
  };
  for (const property of childrenOf(node, 'ExtendedProperty')) {
    const field = extendedField(need(child(property, 'ExtendedFieldURI')));
    fields = { ...fields, ...folderChange(fields, field.ref, extendedValue(field, property)) };
  }
  const set = child(node, 'PermissionSet');
  if (set) fields.permissions = readPermissionSet(call, set, isCalendar(fields));
  return fields;
}

/** Applies the Updates of a FolderChange to a folder's fields; throws what Exchange would answer. */
export function readFolderUpdates(
  call: Call,
  folder: FolderRecord,
  updates: XmlNode | undefined,
): Partial<FolderFields> {
  let change: Partial<FolderFields> = {};
  for (const update of updates?.children ?? []) {
    const pathNode = update.children.find(isPath);
    const path = fieldPath(need(pathNode));
    const now = { ...folder, ...change };
    if (update.name === 'SetFolderField') {
      const element = need(update.children.find((c) => !isPath(c)));
      change = { ...change, ...setField(call, now, path, element) };
    } else if (update.name === 'DeleteFolderField' && path.kind === 'extended') {
      change = { ...change, ...folderChange(now, path.field.ref, undefined) };
    } else if (update.name === 'DeleteFolderField' && path.kind === 'uri' && path.uri === 'folder:PermissionSet') {
      change = { ...change, permissions: [] };
    } else {
      throw new EwsError(
        update.name === 'DeleteFolderField' ? 'ErrorInvalidPropertyDelete' : 'ErrorInvalidPropertyAppend',
        'The property does not allow this.',
      );
    }
  }
  return change;
}

function setField(call: Call, folder: FolderRecord, path: FieldPath, element: XmlNode): Partial<FolderFields> {
  if (path.kind === 'extended') {
    const property = need(child(element, 'ExtendedProperty'));
    return folderChange(folder, path.field.ref, extendedValue(path.field, property));
  }
  switch (path.uri) {
    case 'folder:DisplayName': {
      const displayName = textOf(element, 'DisplayName') ?? '';
      checkName(displayName);
      return { displayName };
    }
    case 'folder:FolderClass':
      return { folderClass: textOf(element, 'FolderClass') ?? '' };
    case 'folder:PermissionSet':
      return { permissions: readPermissionSet(call, need(child(element, 'PermissionSet')), isCalendar(folder)) };
    default:
      throw new EwsError('ErrorInvalidPropertySet', 'Set action is invalid for property.');
  }
}

function checkName(name: string): void {
  if (name.trim() === '') throw new EwsError('ErrorInvalidValueForProperty', 'A folder needs a name.');
  if (name.length > 255) throw new EwsError('ErrorInvalidValueForProperty', 'The name of the folder is too long.');
}

function need(node: XmlNode | undefined): XmlNode {
  if (node) return node;
  throw new EwsError('ErrorSchemaValidation', 'An element is missing.');
}
