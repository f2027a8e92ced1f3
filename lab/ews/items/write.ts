import { getNumber, getText, hasProp, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { SENDER, SENT_REPRESENTING } from '../../../core/domain/mapi/correspondents.ts';
import { MessageFlag, newMessage } from '../../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { getCorrespondent, setCorrespondent } from '../../convert/addresses.ts';
import { setConversationIndex } from '../../convert/subject.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { extendedField, extendedValue } from '../extended.ts';
import { type FieldPath, fieldPath, isPath, pathXml } from '../paths.ts';
import { child, childrenOf, type XmlNode } from '../xml/node.ts';
import { readAttachment } from './attachments.ts';
import type { Draft } from './field.ts';
import { type ItemKind, isKindName, KINDS, kindOf } from './kinds.ts';
import { fromMime } from './mime.ts';
import { fieldOf } from './shape.ts';

/** PidTagMessageFlags was set by name, so that the message is what it says and no draft. */
export function flagsGiven(node: XmlNode): boolean {
  return childrenOf(node, 'ExtendedProperty').some((property) => {
    const { ref } = extendedField(need(child(property, 'ExtendedFieldURI')));
    return !ref.name && ref.id === PidTag.MessageFlags.id;
  });
}

/** Makes a message from the element of a new item; throws what Exchange would answer. */
export async function readNewItem(call: Call, node: XmlNode): Promise<MapiMessage> {
  if (!isKindName(node.name)) {
    throw new EwsError('ErrorInvalidItemForOperationCreateItem', `Items of the kind '${node.name}' cannot be made.`);
  }
  const kind: ItemKind = KINDS[node.name];
  const mime = child(node, 'MimeContent')?.data;
  const message = mime ? await fromMime(mime) : newMessage(child(node, 'ItemClass')?.text ?? kind.itemClass);
  const draft: Draft = { call, message, isNew: !mime };
  for (const element of node.children) await applyElement(draft, kind, element);
  kind.finish?.(draft);
  stampCreation(call, message);
  return message;
}

async function applyElement(draft: Draft, kind: ItemKind, element: XmlNode): Promise<void> {
  switch (element.name) {
    case 'MimeContent':
      return;
    case 'ItemClass':
      setProp(draft.message, PidTag.MessageClass, element.text);
      return;
    case 'Attachments':
      for (const attachment of element.children)
        draft.message.attachments.push(await newAttachmentOf(draft.call, attachment));
      return;
    case 'ExtendedProperty': {
      const field = extendedField(need(child(element, 'ExtendedFieldURI')));
      setProp(draft.message, field.ref, extendedValue(field, element));
      return;
    }
    default: {
      const field = kind.fields.find((f) => f.name === element.name);
      if (!field?.set) {
        throw new EwsError('ErrorInvalidPropertySet', `Set action is invalid for property '${element.name}'.`, {
          ...(field && { xml: pathXml({ kind: 'uri', uri: field.uri }) }),
        });
      }
      field.set(draft, element);
    }
  }
}

/** An attachment from its element; an attached item becomes a message of its own. */
export async function newAttachmentOf(call: Call, node: XmlNode): Promise<MapiMessage['attachments'][number]> {
  const inner = node.name === 'ItemAttachment' ? node.children.find((c) => isKindName(c.name)) : undefined;
  const embedded = inner && (await readNewItem(call, inner));
  return readAttachment(
    node,
    () => {
      if (embedded) return embedded;
      throw new EwsError('ErrorInvalidItemForOperationCreateItem', 'The attached item cannot be made.');
    },
    call.options.now(),
  );
}

/** What Exchange itself says of a new item: who made it and when. */
function stampCreation(call: Call, message: MapiMessage): void {
  setProp(message, PidTag.CreatorName, call.user.displayName);
  setProp(message, PidTag.LastModifierName, call.user.displayName);
  if (!/^ipm\.(note|post)/i.test(getText(message, PidTag.MessageClass) ?? '')) return;
  const id = getText(message, PidTag.InternetMessageId) ?? newMessageId(call);
  setProp(message, PidTag.InternetMessageId, id);
  if (!hasProp(message, PidTag.ConversationIndex)) {
    const parent = getText(message, PidTag.InReplyToId);
    setConversationIndex(message, parent ?? id, call.options.now(), parent === undefined ? 0 : 1);
  }
}

function newMessageId(call: Call): string {
  return `<${crypto.randomUUID().replaceAll('-', '')}@${call.organisation.host}>`;
}

/** Sets what a message has from being saved: unless its flags were given it is a draft, by MIME too. */
export function asSaved(call: Call, message: MapiMessage, node: XmlNode): void {
  if (!flagsGiven(node)) {
    const flags = getNumber(message, PidTag.MessageFlags) ?? MessageFlag.read;
    setProp(message, PidTag.MessageFlags, flags | MessageFlag.unsent);
  }
  if (message.properties.every((p) => p.id !== PidTag.MessageDeliveryTime.id || p.name)) {
    setTime(message, PidTag.MessageDeliveryTime, call.options.now());
  }
}

/** Sets what a message has from being sent: its time, its sender (and author, where it names none), no longer a draft. */
export function asSent(call: Call, message: MapiMessage): void {
  const now = call.options.now();
  const flags = (getNumber(message, PidTag.MessageFlags) ?? 0) & ~MessageFlag.unsent;
  setProp(message, PidTag.MessageFlags, flags | MessageFlag.read | MessageFlag.submitted | MessageFlag.fromMe);
  setTime(message, PidTag.ClientSubmitTime, now);
  setTime(message, PidTag.MessageDeliveryTime, now);
  const sender = { name: call.user.displayName, address: call.user.address };
  setCorrespondent(message, SENDER, sender);
  if (!getCorrespondent(message, SENT_REPRESENTING)) setCorrespondent(message, SENT_REPRESENTING, sender);
}

/** Applies the Updates of an ItemChange to a message; throws what Exchange would answer. */
export async function applyUpdates(call: Call, message: MapiMessage, updates: XmlNode | undefined): Promise<void> {
  const kind = kindOf(getText(message, PidTag.MessageClass) ?? 'IPM.Note');
  const draft: Draft = { call, message, isNew: false };
  // MIME first: it is the whole content, and what is set by name beside it counts more.
  const list = [...(updates?.children ?? [])].sort((a, b) => Number(setsMime(b)) - Number(setsMime(a)));
  for (const update of list) {
    const path = fieldPath(need(update.children.find(isPath)));
    const element = update.children.find((c) => !isPath(c));
    await applyUpdate(draft, kind, update.name, path, element);
  }
  kind.finish?.(draft);
  setProp(message, PidTag.LastModifierName, call.user.displayName);
}

function setsMime(update: XmlNode): boolean {
  return update.name === 'SetItemField' && child(update, 'FieldURI')?.attributes.FieldURI === 'item:MimeContent';
}

const KEPT = new Set([
  PidTag.MessageFlags.id,
  PidTag.CreationTime.id,
  PidTag.MessageDeliveryTime.id,
  PidTag.MessageClass.id,
]);

/** Puts the content of a MIME message in place of what an item has; its state stays. */
async function replaceByMime(message: MapiMessage, item: XmlNode | undefined): Promise<void> {
  const fresh = await fromMime(child(item, 'MimeContent')?.data ?? new Uint8Array());
  for (const p of fresh.properties) if (p.name || !KEPT.has(p.id)) setProp(message, p, p.value);
  message.recipients = fresh.recipients;
  message.attachments = fresh.attachments;
}

async function applyUpdate(
  draft: Draft,
  kind: ItemKind,
  action: string,
  path: FieldPath,
  item: XmlNode | undefined,
): Promise<void> {
  if (path.kind === 'extended') {
    if (action === 'AppendToItemField') throw refused('ErrorInvalidPropertyAppend', path);
    const value =
      action === 'DeleteItemField' ? undefined : extendedValue(path.field, need(child(item, 'ExtendedProperty')));
    setProp(draft.message, path.field.ref, value);
    return;
  }
  if (action === 'SetItemField' && path.uri === 'item:MimeContent') {
    await replaceByMime(draft.message, item);
    return;
  }
  const field = fieldOf(kind, path);
  if (path.kind === 'indexed') {
    const { dictionary } = field ?? {};
    if (!dictionary) throw refused('ErrorInvalidPropertySet', path);
    if (action === 'DeleteItemField') dictionary.remove(draft, path.uri, path.index);
    else dictionary.set(draft, path.uri, path.index, need(item));
    return;
  }
  if (action === 'DeleteItemField') {
    if (!field?.remove) throw refused('ErrorInvalidPropertyDelete', path);
    field.remove(draft);
    return;
  }
  const write = action === 'AppendToItemField' ? field?.append : field?.set;
  if (!field || !write)
    throw refused(action === 'AppendToItemField' ? 'ErrorInvalidPropertyAppend' : 'ErrorInvalidPropertySet', path);
  const element = need(child(item, field.name));
  write(draft, element);
}

function refused(
  code: 'ErrorInvalidPropertyAppend' | 'ErrorInvalidPropertyDelete' | 'ErrorInvalidPropertySet',
  path: FieldPath,
): EwsError {
  return new EwsError(code, 'The action is invalid for the property.', { xml: pathXml(path) });
}

function need(node: XmlNode | undefined): XmlNode {
  if (node) return node;
  throw new EwsError('ErrorSchemaValidation', 'An element is missing.');
}
