import { type EwsClient, messageError } from '../../exchange/ews/client.ts';
import { type EwsError, isPassingCode } from '../../exchange/ews/codes.ts';
import { child, escapeXml, textOf, type XmlNode } from '../../exchange/ews/xml.ts';

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
  /** How many folders are right below it. */
  children: number;
  rights: Record<string, string>;
}

/** Folders right below a public folder, at most `max`; below the root unless a folder's id is given. */
export async function askPublicFolders(
  client: EwsClient,
  max: number,
  signal: AbortSignal,
  parent?: string,
): Promise<PublicFolder[]> {
  const below =
    parent === undefined
      ? '<t:DistinguishedFolderId Id="publicfoldersroot"/>'
      : `<t:FolderId Id="${escapeXml(parent)}"/>`;
  return client.call<PublicFolder[]>({
    operation: 'FindFolder',
    body: `<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:ChildFolderCount"/><t:FieldURI FieldURI="folder:EffectiveRights"/></t:AdditionalProperties></m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned="${max}" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds>${below}</m:ParentFolderIds></m:FindFolder>`,
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
            children: Number(textOf(folder, 'ChildFolderCount') ?? 0),
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

/** Folders of a level that are looked at, levels that are gone down, and folders that are listed below one. */
const A_LEVEL = 3;
const LEVELS = 5;
const LISTED = 200;

/**
 * Some public folders of every level, spread over the tree, named by their path: rights differ from branch to branch, and
 * those at the top say nothing of what was closed further down.
 */
export async function samplePublicFolders(client: EwsClient, signal: AbortSignal): Promise<PublicFolder[]> {
  const sample: PublicFolder[] = [];
  let parents: (PublicFolder | undefined)[] = [undefined];
  for (let level = 0; level < LEVELS && parents.length > 0; level++) {
    const lists = await Promise.all(
      parents.map(async (parent) => {
        const found = await askPublicFolders(client, LISTED, signal, parent?.id);
        return found.map((one) => ({ ...one, name: parent ? `${parent.name}/${one.name}` : one.name }));
      }),
    );
    const all = lists.flat();
    sample.push(...spread(all, A_LEVEL));
    parents = spread(
      all.filter(({ children }) => children > 0),
      A_LEVEL,
    );
  }
  return sample;
}

/** So many of a list, evenly over its length. */
function spread<T>(all: readonly T[], count: number): T[] {
  const many = Math.min(count, all.length);
  return Array.from({ length: many }, (_, i) => all[Math.floor((i * all.length) / many)]).filter(
    (one) => one !== undefined,
  );
}
