import type { CallOptions } from '../../mail-store.ts';
import type { Configuration, ConfigurationName, DictionaryValue } from '../../settings.ts';
import { messageError } from '../client.ts';
import { EwsError } from '../codes.ts';
import { folderIdXml } from '../ids.ts';
import { message, messages, type Session } from '../run.ts';
import { child, children, escapeXml, textOf, type XmlNode } from '../xml.ts';

/** Configuration kept in folders ([MS-OXWSUSRCFG]). */

const nameXml = (prefix: 'm' | 't', { folder, name }: ConfigurationName): string =>
  `<${prefix}:UserConfigurationName Name="${escapeXml(name)}">${folderIdXml(`@${folder}`)}</${prefix}:UserConfigurationName>`;

const ABSENT = new Set(['ErrorItemNotFound', 'ErrorFolderNotFound']);

export async function getUserConfiguration(
  session: Session,
  name: ConfigurationName,
  options: CallOptions = {},
): Promise<Configuration | undefined> {
  const body = `<m:GetUserConfiguration>${nameXml('m', name)}<m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>`;
  try {
    const answer = await message(session, { operation: 'GetUserConfiguration', body, repeatable: true, ...options });
    const node = child(answer, 'UserConfiguration');
    const dictionary = child(node, 'Dictionary');
    return {
      dictionary: dictionary ? children(dictionary, 'DictionaryEntry').map(readEntry) : null,
      xml: textOf(node, 'XmlData')?.replace(/\s/g, '') || null,
      binary: textOf(node, 'BinaryData')?.replace(/\s/g, '') || null,
    };
  } catch (error) {
    if (error instanceof EwsError && ABSENT.has(error.code)) return undefined;
    throw error;
  }
}

/** FAI items of a folder that are looked through for configurations; more than folders of people have. */
const MOST = 500;

/**
 * Which of these configurations are there, by one FindItem over their folders: each is a folder-associated item of class
 * IPM.Configuration.NAME ([MS-OXOCFG] 2.2.2). What a folder does not tell may be there.
 */
export async function findUserConfigurations(
  session: Session,
  names: readonly ConfigurationName[],
  options: CallOptions = {},
): Promise<ConfigurationName[]> {
  const folders = [...new Set(names.map(({ folder }) => folder))];
  const shape =
    '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:ItemClass"/></t:AdditionalProperties></m:ItemShape>';
  const body = `<m:FindItem Traversal="Associated">${shape}<m:IndexedPageItemView MaxEntriesReturned="${MOST}" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds>${folders.map((folder) => folderIdXml(`@${folder}`)).join('')}</m:ParentFolderIds></m:FindItem>`;
  const found = await messages(session, { operation: 'FindItem', body, repeatable: true, ...options }, folders.length);
  const classes = new Map(folders.map((folder, index) => [folder, classesOf(found[index])]));
  return names.filter(
    ({ folder, name }) => classes.get(folder)?.has(`ipm.configuration.${name}`.toLowerCase()) !== false,
  );
}

/** Undefined where the folder does not tell all of it. */
function classesOf(answer: XmlNode | undefined): Set<string> | undefined {
  const root = answer && !messageError(answer) ? child(answer, 'RootFolder') : undefined;
  if (root?.attributes.IncludesLastItemInRange !== 'true') return undefined;
  return new Set((child(root, 'Items')?.children ?? []).map((item) => (textOf(item, 'ItemClass') ?? '').toLowerCase()));
}

function readEntry(node: XmlNode): { key: DictionaryValue; value: DictionaryValue | null } {
  const value = child(node, 'DictionaryValue');
  return {
    key: readValue(child(node, 'DictionaryKey')),
    value: value && value.children.length > 0 ? readValue(value) : null,
  };
}

function readValue(node: XmlNode | undefined): DictionaryValue {
  return { type: textOf(node, 'Type') ?? 'String', values: children(node, 'Value').map((v) => v.text) };
}

/** CreateUserConfiguration or UpdateUserConfiguration. */
export async function putUserConfiguration(
  session: Session,
  name: ConfigurationName,
  value: Configuration,
  exists: boolean,
  options: CallOptions = {},
): Promise<void> {
  const operation = exists ? 'UpdateUserConfiguration' : 'CreateUserConfiguration';
  const content =
    nameXml('t', name) +
    (value.dictionary ? `<t:Dictionary>${value.dictionary.map(entryXml).join('')}</t:Dictionary>` : '') +
    (value.xml === null ? '' : `<t:XmlData>${value.xml}</t:XmlData>`) +
    (value.binary === null ? '' : `<t:BinaryData>${value.binary}</t:BinaryData>`);
  const body = `<m:${operation}><m:UserConfiguration>${content}</m:UserConfiguration></m:${operation}>`;
  await message(session, { operation, body, repeatable: exists, ...options });
}

function entryXml({ key, value }: { key: DictionaryValue; value: DictionaryValue | null }): string {
  const object = (name: string, one: DictionaryValue): string =>
    `<t:${name}><t:Type>${escapeXml(one.type)}</t:Type>${one.values.map((v) => `<t:Value>${escapeXml(v)}</t:Value>`).join('')}</t:${name}>`;
  const nothing = '<t:DictionaryValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>';
  return `<t:DictionaryEntry>${object('DictionaryKey', key)}${value ? object('DictionaryValue', value) : nothing}</t:DictionaryEntry>`;
}
