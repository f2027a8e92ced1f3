import type { CallOptions } from '../../mail-store.ts';
import type { Quota } from '../../settings.ts';
import { messageError } from '../client.ts';
import { folderIdXml } from '../ids.ts';
import { extendedProperties, type TagType, tagUri, tagValue } from '../properties.ts';
import { messages, type Session } from '../run.ts';
import { child } from '../xml.ts';

/** Limits of a mailbox stand as properties of its root, in KB ([MS-OXPROPS] PidTagStorageQuotaLimit and its kin). */
const Tag = {
  warning: { tag: 0x3ff5, type: 'Integer' },
  prohibitSend: { tag: 0x666e, type: 'Integer' },
  prohibitReceive: { tag: 0x666a, type: 'Integer' },
} as const satisfies Record<string, TagType>;

/** Exchange writes -1 or a number near the end of its range for "no limit". */
const UNLIMITED_KB = 0x7ffffff0;

export async function getQuota(session: Session, options: CallOptions = {}): Promise<Quota> {
  const shape = `<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${Object.values(Tag).map(tagUri).join('')}</t:AdditionalProperties></m:FolderShape>`;
  const body = `<m:GetFolder>${shape}<m:FolderIds>${folderIdXml('@root')}</m:FolderIds></m:GetFolder>`;
  const [found] = await messages(session, { operation: 'GetFolder', body, repeatable: true, ...options }, 1);
  const error = found && messageError(found);
  if (error) throw error;
  const node = child(found, 'Folders')?.children[0];
  const properties = node ? extendedProperties(node) : [];
  const limit = (tag: TagType): number | null => {
    const text = tagValue(properties, tag) ?? '';
    const kb = /^-?\d+$/.test(text) ? Number(text) : -1;
    return kb < 0 || kb >= UNLIMITED_KB ? null : kb * 1024;
  };
  return {
    warning: limit(Tag.warning),
    prohibitSend: limit(Tag.prohibitSend),
    prohibitReceive: limit(Tag.prohibitReceive),
  };
}
