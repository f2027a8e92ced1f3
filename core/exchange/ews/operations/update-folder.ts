import type { CallOptions, FolderUpdate } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { fieldUri } from '../properties.ts';
import { message, type Session } from '../run.ts';
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
  const set = (uri: string, element: string, inner: string): string =>
    `<t:SetFolderField>${fieldUri(uri)}<t:${element}>${inner}</t:${element}></t:SetFolderField>`;
  const updates = [
    ...(change.name === undefined
      ? []
      : [set('folder:DisplayName', 'Folder', `<t:DisplayName>${escapeXml(change.name)}</t:DisplayName>`)]),
    ...(change.folderClass === undefined
      ? []
      : [set('folder:FolderClass', 'Folder', `<t:FolderClass>${escapeXml(change.folderClass)}</t:FolderClass>`)]),
    ...(change.permissions === undefined
      ? []
      : [
          set(
            'folder:PermissionSet',
            change.permissions.calendar ? 'CalendarFolder' : 'Folder',
            permissionSetXml(change.permissions),
          ),
        ]),
  ];
  if (updates.length === 0) return;
  const body = `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folderIdXml(id)}<t:Updates>${updates.join('')}</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`;
  await message(session, { operation: 'UpdateFolder', body, repeatable: true, ...options });
}
