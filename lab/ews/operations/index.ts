import type { Operation } from '../respond.ts';
import { convertId } from './convert-id.ts';
import { copyItem } from './copy-item.ts';
import { createAttachment } from './create-attachment.ts';
import { createFolder } from './create-folder.ts';
import { createItem } from './create-item.ts';
import { addDelegate, getDelegate, removeDelegate, updateDelegate } from './delegates.ts';
import { deleteAttachment } from './delete-attachment.ts';
import { deleteFolder } from './delete-folder.ts';
import { deleteItem } from './delete-item.ts';
import { emptyFolder } from './empty-folder.ts';
import { expandDl } from './expand-dl.ts';
import { exportItems } from './export-items.ts';
import { findFolder } from './find-folder.ts';
import { findItem } from './find-item.ts';
import { getAttachment } from './get-attachment.ts';
import { getFolder } from './get-folder.ts';
import { getItem } from './get-item.ts';
import { getServerTimeZones } from './get-server-time-zones.ts';
import { getInboxRules, updateInboxRules } from './inbox-rules.ts';
import { moveFolder } from './move-folder.ts';
import { moveItem } from './move-item.ts';
import { getUserOofSettings, setUserOofSettings } from './out-of-office.ts';
import { resolveNames } from './resolve-names.ts';
import { sendItem } from './send-item.ts';
import { syncFolderHierarchy } from './sync-folder-hierarchy.ts';
import { syncFolderItems } from './sync-folder-items.ts';
import { updateFolder } from './update-folder.ts';
import { updateItem } from './update-item.ts';
import { uploadItems } from './upload-items.ts';
import { createUserConfiguration, getUserConfiguration, updateUserConfiguration } from './user-configuration.ts';

/** Operations by the name of their request element. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['ConvertId', convertId],
  ['ExpandDL', expandDl],
  ['AddDelegate', addDelegate],
  ['GetDelegate', getDelegate],
  ['RemoveDelegate', removeDelegate],
  ['UpdateDelegate', updateDelegate],
  ['GetInboxRules', getInboxRules],
  ['UpdateInboxRules', updateInboxRules],
  ['GetUserOofSettings', getUserOofSettings],
  ['SetUserOofSettings', setUserOofSettings],
  ['GetUserConfiguration', getUserConfiguration],
  ['CreateUserConfiguration', createUserConfiguration],
  ['UpdateUserConfiguration', updateUserConfiguration],
  ['GetServerTimeZones', getServerTimeZones],
  ['ResolveNames', resolveNames],
  ['UploadItems', uploadItems],
  ['UpdateItem', updateItem],
  ['SyncFolderItems', syncFolderItems],
  ['SendItem', sendItem],
  ['MoveItem', moveItem],
  ['GetItem', getItem],
  ['GetAttachment', getAttachment],
  ['FindItem', findItem],
  ['ExportItems', exportItems],
  ['DeleteItem', deleteItem],
  ['DeleteAttachment', deleteAttachment],
  ['CreateItem', createItem],
  ['CreateAttachment', createAttachment],
  ['CopyItem', copyItem],
  ['CreateFolder', createFolder],
  ['DeleteFolder', deleteFolder],
  ['EmptyFolder', emptyFolder],
  ['FindFolder', findFolder],
  ['GetFolder', getFolder],
  ['MoveFolder', moveFolder],
  ['SyncFolderHierarchy', syncFolderHierarchy],
  ['UpdateFolder', updateFolder],
]);

/** Operations that answer for themselves and not with a list of response messages; trouble with them is a SOAP fault. */
export const SINGLE_ANSWER: ReadonlySet<string> = new Set([
  'AddDelegate',
  'GetDelegate',
  'RemoveDelegate',
  'UpdateDelegate',
  'GetInboxRules',
  'UpdateInboxRules',
  'GetUserOofSettings',
  'SetUserOofSettings',
]);
