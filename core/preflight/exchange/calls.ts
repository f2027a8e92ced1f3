import { type EwsClient, messageError } from '../../exchange/ews/client.ts';
import { type EwsError, isPassingCode } from '../../exchange/ews/codes.ts';
import { child, textOf, type XmlNode } from '../../exchange/ews/xml.ts';

/** What one small call told: the server's version beside the folder asked for. */
export interface FolderAnswer {
  /** Such as 15.2.1544.4; undefined when the server kept it to itself. */
  version: string | undefined;
  folderId: string | undefined;
  error: EwsError | undefined;
  /** EffectiveRights of the folder, by EWS element name. */
  rights: Record<string, string>;
}

/** Reads one distinguished folder, by its id alone: the smallest question that needs a mailbox. Changes nothing. */
export async function askFolder(
  client: EwsClient,
  folder: string,
  signal: AbortSignal,
  impersonate?: string,
): Promise<FolderAnswer> {
  return client.call<FolderAnswer>({
    operation: 'GetFolder',
    body: `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:EffectiveRights"/></t:AdditionalProperties></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="${folder}"/></m:FolderIds></m:GetFolder>`,
    anchor: impersonate === undefined ? {} : { impersonate, anchorMailbox: impersonate },
    records: ['ServerVersionInfo', 'GetFolderResponseMessage'],
    repeatable: true,
    signal,
    collect() {
      const answer: FolderAnswer = { version: undefined, folderId: undefined, error: undefined, rights: {} };
      return {
        record: (node) => {
          if (node.name === 'ServerVersionInfo') answer.version = versionOf(node);
          else readAnswer(node, answer);
        },
        result: () => {
          throwIfPassing(answer.error);
          return answer;
        },
      };
    },
  });
}

/** A server in passing trouble says nothing of the account that asks: the client waits and asks again. */
function throwIfPassing(error: EwsError | undefined): void {
  if (error && isPassingCode(error)) throw error;
}

function readAnswer(node: XmlNode, answer: FolderAnswer): void {
  answer.error = messageError(node);
  const folder = child(node, 'Folders')?.children[0];
  answer.folderId = child(folder, 'FolderId')?.attributes.Id;
  for (const right of child(folder, 'EffectiveRights')?.children ?? []) answer.rights[right.name] = right.text;
}

/** The four numbers of the header ([MS-OXWSCDATA] 2.2.3.12) as Exchange's build tables write them. */
export function versionOf(node: XmlNode): string {
  const part = (name: string): string => node.attributes[name] ?? '0';
  return [part('MajorVersion'), part('MinorVersion'), part('MajorBuildNumber'), part('MinorBuildNumber')].join('.');
}

/** One public folder of the top level with what the account may do there. */
export interface PublicFolder {
  name: string;
  id: string;
  rights: Record<string, string>;
}

/** Folders right below a public folder, at most `max`. */
export async function askPublicFolders(client: EwsClient, max: number, signal: AbortSignal): Promise<PublicFolder[]> {
  return client.call<PublicFolder[]>({
    operation: 'FindFolder',
    body: `<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:EffectiveRights"/></t:AdditionalProperties></m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned="${max}" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds><t:DistinguishedFolderId Id="publicfoldersroot"/></m:ParentFolderIds></m:FindFolder>`,
    anchor: {},
    records: ['FindFolderResponseMessage'],
    repeatable: true,
    signal,
    collect() {
      let found: PublicFolder[] = [];
      let error: EwsError | undefined;
      return {
        record: (node) => {
          error = messageError(node);
          found = (child(node, 'RootFolder', 'Folders')?.children ?? []).map((folder) => ({
            name: textOf(folder, 'DisplayName') ?? '',
            id: child(folder, 'FolderId')?.attributes.Id ?? '',
            rights: Object.fromEntries(
              (child(folder, 'EffectiveRights')?.children ?? []).map((right) => [right.name, right.text]),
            ),
          }));
        },
        result: () => {
          if (error) throw error;
          return found;
        },
      };
    },
  });
}
