import { getBytes, setProp } from '../../../core/domain/mapi/bag.ts';
import { newMessage } from '../../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import type { FolderRecord, ItemRecord } from '../../model.ts';
import { folderOf, needRight, Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, childrenOf, textOf, type XmlNode } from '../xml/node.ts';
import { parseXml, XmlError } from '../xml/parse.ts';
import { el, tx } from '../xml/write.ts';

/** What of a configuration object is asked for, and what it holds; bytes are base64. */
interface Configuration {
  item: ItemRecord;
  dictionary: Record<string, DictionaryValue> | undefined;
  xml: string | undefined;
  binary: string | undefined;
}
interface DictionaryValue {
  type: string;
  text: string;
}

/**
 * [MS-OXWSUSRCFG] 3.1.4.3: configuration kept in a folder, such as the list of categories in the calendar. It is a
 * folder-associated item of class IPM.Configuration.NAME ([MS-OXOCFG] 2.2.2).
 */
export const getUserConfiguration: Operation = (request, call) => {
  const named = child(request, 'UserConfigurationName');
  const wanted = new Set((textOf(request, 'UserConfigurationProperties') ?? 'All').trim().split(/\s+/));
  const shows = (part: string) => wanted.has(part) || wanted.has('All');
  return responseMessages(call, { name: 'GetUserConfiguration' }, [named], () => {
    const folder = folderOf(call, named?.children[0]);
    needRight(call, folder, Right.read);
    const name = named?.attributes.Name ?? '';
    const found = fromItem(call, folder, name);
    if (!found) throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
    const { item } = found;
    return el(
      'm:UserConfiguration',
      el(
        't:UserConfigurationName',
        el('t:FolderId', '', { Id: call.ids.folder(folder.id), ChangeKey: folder.changeKey }),
        { Name: name },
      ) +
        (shows('Id') ? el('t:ItemId', '', { Id: call.ids.item(item.id), ChangeKey: item.changeKey }) : '') +
        (found.dictionary && shows('Dictionary') ? dictionaryXml(found.dictionary) : '') +
        (shows('XmlData') ? tx('t:XmlData', found.xml) : '') +
        (shows('BinaryData') ? tx('t:BinaryData', found.binary) : ''),
    );
  });
};

function fromItem(call: Call, folder: FolderRecord, name: string): Configuration | undefined {
  const itemClass = `ipm.configuration.${name}`.toLowerCase();
  const { items } = call.store.items({ folderId: folder.id, associated: true, offset: 0, limit: 1000 });
  const item = items.find((i) => i.itemClass.toLowerCase() === itemClass);
  if (!item) return undefined;
  const message = call.store.message(item.id);
  const base64 = (ref: typeof PidTag.RoamingBinary) => {
    const bytes = getBytes(message, ref);
    return bytes && Buffer.from(bytes).toString('base64');
  };
  const dictionary = getBytes(message, PidTag.RoamingDictionary);
  return {
    item,
    dictionary: dictionary && readDictionary(dictionary),
    xml: base64(PidTag.RoamingXmlStream),
    binary: base64(PidTag.RoamingBinary),
  };
}

/** [MS-OXWSUSRCFG] 3.1.4.1: a new configuration, the only one of its name in the folder. */
export const createUserConfiguration: Operation = (request, call) =>
  written(request, call, 'CreateUserConfiguration', (folder, name) => {
    if (fromItem(call, folder, name))
      throw new EwsError('ErrorItemSave', 'A configuration of this name is in the folder already.');
    return newMessage(`IPM.Configuration.${name}`);
  });

/** [MS-OXWSUSRCFG] 3.1.4.4: what is named in the request replaces what was there. */
export const updateUserConfiguration: Operation = (request, call) =>
  written(request, call, 'UpdateUserConfiguration', (folder, name) => {
    const found = fromItem(call, folder, name);
    if (!found) throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
    return { message: call.store.message(found.item.id), replaces: found.item.id };
  });

type Start = MapiMessage | { message: MapiMessage; replaces: string };

function written(
  request: XmlNode,
  call: Call,
  operation: string,
  start: (folder: FolderRecord, name: string) => Start,
): ReturnType<Operation> {
  const configuration = child(request, 'UserConfiguration');
  const named = child(configuration, 'UserConfigurationName');
  return responseMessages(call, { name: operation }, [configuration], () => {
    const folder = folderOf(call, named?.children[0]);
    needRight(call, folder, Right.create);
    const name = named?.attributes.Name ?? '';
    if (name === '' || name.length > 237) throw new EwsError('ErrorInvalidRequest', 'The name is not valid.');
    const begun = start(folder, name);
    const { message, replaces } = 'message' in begun ? begun : { message: begun, replaces: undefined };
    fill(message, configuration);
    if (replaces === undefined) call.store.createItem(folder.id, message, true);
    else call.store.updateItem(replaces, message);
    return '';
  });
}

function fill(message: MapiMessage, configuration: XmlNode | undefined): void {
  const bytes = (name: string): Buffer | undefined => {
    const text = textOf(configuration, name);
    return text === undefined ? undefined : Buffer.from(text, 'base64');
  };
  const [xml, binary] = [bytes('XmlData'), bytes('BinaryData')];
  if (xml) setProp(message, PidTag.RoamingXmlStream, xml);
  if (binary) setProp(message, PidTag.RoamingBinary, binary);
  const dictionary = child(configuration, 'Dictionary');
  if (dictionary) setProp(message, PidTag.RoamingDictionary, Buffer.from(dictionaryStream(dictionary), 'utf8'));
}

/** The dictionary as [MS-OXOCFG] 2.2.5.1 keeps it. */
function dictionaryStream(dictionary: XmlNode): string {
  const value = (node: XmlNode | undefined): string => {
    const type = Object.entries(TYPES).find(([, name]) => name === textOf(node, 'Type'))?.[0];
    if (type === undefined) throw new EwsError('ErrorInvalidValueForProperty', 'The type is not supported.');
    return `${type}-${textOf(node, 'Value') ?? ''}`;
  };
  const entries = childrenOf(dictionary, 'DictionaryEntry').map((entry) => {
    const [key, worth] = [child(entry, 'DictionaryKey'), child(entry, 'DictionaryValue')];
    return el('e', '', { k: value(key), v: value(worth) });
  });
  return `<?xml version="1.0" encoding="utf-8"?><UserConfiguration><Info version="Outlook.16"/><Data>${entries.join('')}</Data></UserConfiguration>`;
}

/** Types of dictionary values ([MS-OXOCFG] 2.2.5.1.3): 3 Boolean, 9 Integer32, 18 String. */
const TYPES: Record<string, string> = { 3: 'Boolean', 9: 'Integer32', 18: 'String' };

function readDictionary(bytes: Uint8Array): Record<string, DictionaryValue> {
  const values: Record<string, DictionaryValue> = {};
  try {
    for (const entry of child(parseXml(bytes), 'Data')?.children ?? []) {
      const key = /^18-(.*)$/s.exec(entry.attributes.k ?? '')?.[1];
      const value = /^(\d+)-(.*)$/s.exec(entry.attributes.v ?? '');
      const type = value && TYPES[value[1] ?? ''];
      if (key !== undefined && type) values[key] = { type, text: value[2] ?? '' };
    }
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new EwsError('ErrorCorruptData', 'The configuration cannot be read.');
  }
  return values;
}

function dictionaryXml(dictionary: Record<string, DictionaryValue>): string {
  const entries = Object.entries(dictionary).map(([key, { type, text }]) =>
    el(
      't:DictionaryEntry',
      el('t:DictionaryKey', tx('t:Type', 'String') + tx('t:Value', key)) +
        el('t:DictionaryValue', tx('t:Type', type) + tx('t:Value', text)),
    ),
  );
  return el('t:Dictionary', entries.join(''));
}
