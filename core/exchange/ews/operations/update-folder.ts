import type { CallOptions, FolderPermissions, FolderUpdate, Permissions, Result } from '../../mail-store.ts';
import { EwsError, isPassingCode } from '../codes.ts';
import { folderIdXml } from '../ids.ts';
import { fieldUri } from '../properties.ts';
import { bulk, message, messages, resultsOf, type Session } from '../run.ts';
import { permissionSetXml } from '../write-permissions.ts';
import { escapeXml } from '../xml.ts';

/** The EWS element that belongs to a container class. */
export function folderElement(folderClass: string): string {
  const lower = folderClass.toLowerCase();
  const is = (base: string): boolean => lower === base || lower.startsWith(`${base}.`);
  if (is('ipf.appointment')) return 'CalendarFolder';
  if (is('ipf.contact')) return 'ContactsFolder';
  if (is('ipf.task')) return 'TasksFolder';
  return 'Folder';
}

/** UpdateFolder: name, class or the whole permission list; SetFolderField replaces all entries of it. */
export async function updateFolder(
  session: Session,
  id: string,
  change: FolderUpdate,
  options: CallOptions = {},
): Promise<void> {
  const updates = [
    ...(change.name === undefined
      ? []
      : [set('folder:DisplayName', 'Folder', `<t:DisplayName>${escapeXml(change.name)}</t:DisplayName>`)]),
    ...(change.folderClass === undefined
      ? []
      : [set('folder:FolderClass', 'Folder', `<t:FolderClass>${escapeXml(change.folderClass)}</t:FolderClass>`)]),
    ...(change.permissions === undefined ? [] : [permissionsUpdate(change.permissions)]),
  ];
  if (updates.length === 0) return;
  const body = request([folderChange(id, updates)]);
  await message(session, { operation: 'UpdateFolder', body, repeatable: true, ...options });
}

/** Permission lists that one call carries. */
const LISTS_A_CALL = 40;

/** UpdateFolder with the permission lists of several folders; a request that is refused as a whole is made folder by folder. */
export async function setPermissions(
  session: Session,
  lists: FolderPermissions[],
  options: CallOptions = {},
): Promise<Result<null>[]> {
  const ask = async (asked: FolderPermissions[]): Promise<Result<null>[]> => {
    const body = request(asked.map(({ id, permissions }) => folderChange(id, [permissionsUpdate(permissions)])));
    try {
      const found = await messages(
        session,
        { operation: 'UpdateFolder', body, repeatable: true, ...options },
        asked.length,
      );
      return resultsOf(found, asked.length, () => null);
    } catch (error) {
      if (!(error instanceof EwsError) || isPassingCode(error)) throw error;
      if (asked.length === 1) return [{ ok: false, error }];
      const each: Result<null>[] = [];
      for (const one of asked) each.push(...(await ask([one])));
      return each;
    }
  };
  const results: Result<null>[] = [];
  for (let at = 0; at < lists.length; at += LISTS_A_CALL)
    results.push(...(await bulk(session, lists.slice(at, at + LISTS_A_CALL), ask, { signal: options.signal })));
  return results;
}

function permissionsUpdate(permissions: Permissions): string {
  return set('folder:PermissionSet', permissions.calendar ? 'CalendarFolder' : 'Folder', permissionSetXml(permissions));
}

function set(uri: string, element: string, inner: string): string {
  return `<t:SetFolderField>${fieldUri(uri)}<t:${element}>${inner}</t:${element}></t:SetFolderField>`;
}

function folderChange(id: string, updates: string[]): string {
  return `<t:FolderChange>${folderIdXml(id)}<t:Updates>${updates.join('')}</t:Updates></t:FolderChange>`;
}

function request(changes: string[]): string {
  return `<m:UpdateFolder><m:FolderChanges>${changes.join('')}</m:FolderChanges></m:UpdateFolder>`;
}
