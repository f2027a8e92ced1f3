import type { Operation } from '../respond.ts';
import { convertId } from './convert-id.ts';
import { createFolder } from './create-folder.ts';
import { deleteFolder } from './delete-folder.ts';
import { emptyFolder } from './empty-folder.ts';
import { findFolder } from './find-folder.ts';
import { getFolder } from './get-folder.ts';
import { moveFolder } from './move-folder.ts';
import { syncFolderHierarchy } from './sync-folder-hierarchy.ts';
import { updateFolder } from './update-folder.ts';

/** Operations by the name of their request element. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['ConvertId', convertId],
  ['CreateFolder', createFolder],
  ['DeleteFolder', deleteFolder],
  ['EmptyFolder', emptyFolder],
  ['FindFolder', findFolder],
  ['GetFolder', getFolder],
  ['MoveFolder', moveFolder],
  ['SyncFolderHierarchy', syncFolderHierarchy],
  ['UpdateFolder', updateFolder],
]);
