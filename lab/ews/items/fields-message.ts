import { getText, removeProp, setProp } from '../../../core/domain/mapi/bag.ts';
import { flatEntryList, readFlatEntryList } from '../../../core/domain/mapi/entry-id.ts';
import { MessageFlag, RecipientType, recipientsOf } from '../../../core/domain/mapi/message.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { child } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import {
  entryIdOf,
  mailboxXml,
  ROLES,
  type RoleRefs,
  readEntryId,
  readMailbox,
  readMailboxes,
  recipientAddress,
  roleOf,
  setRecipients,
  setRole,
} from './addresses.ts';
import { boolean, computed, type Field, needBoolean, readOnlyText, text } from './field.ts';
import type { ItemView } from './view.ts';

function role(uri: string, refs: RoleRefs, writable: boolean, detail = false): Field {
  const name = uri.slice(uri.indexOf(':') + 1);
  return {
    name,
    uri,
    detail,
    read: (view) => {
      const who = roleOf(view, refs);
      return who ? el(`t:${name}`, mailboxXml(view.call, who)) : '';
    },
    compare: (view) => {
      const who = roleOf(view, refs);
      return who && { kind: 'texts', value: [who.name, who.smtp ?? who.address] };
    },
    ...(writable && {
      set: (draft, node) => setRole(draft.message, refs, readMailbox(draft.call, child(node, 'Mailbox'))),
      remove: (draft) => setRole(draft.message, refs, undefined),
    }),
  };
}

export function recipients(uri: string, type: number): Field {
  const name = uri.slice(uri.indexOf(':') + 1);
  return {
    name,
    uri,
    detail: true,
    read: (view) => {
      const rows = recipientsOf(view.message, type);
      return rows.length === 0
        ? ''
        : el(`t:${name}`, rows.map((r) => mailboxXml(view.call, recipientAddress(r))).join(''));
    },
    compare: (view) => {
      const rows = recipientsOf(view.message, type);
      if (rows.length === 0) return undefined;
      return {
        kind: 'texts',
        value: rows.flatMap((r) => [getText(r, PidTag.DisplayName) ?? '', getText(r, PidTag.SmtpAddress) ?? '']),
      };
    },
    set: (draft, node) => setRecipients(draft.message, type, readMailboxes(draft.call, node)),
    remove: (draft) => setRecipients(draft.message, type, []),
    append: (draft, node) => {
      const before = recipientsOf(draft.message, type).map(recipientAddress);
      setRecipients(draft.message, type, [...before, ...readMailboxes(draft.call, node)]);
    },
  };
}

/** Reply-to is a FLATENTRYLIST of one-off entry ids beside a list of names ([MS-OXOMSG] 2.2.1.43, [MS-OXCDATA] 2.3.3). */
const replyTo: Field = {
  name: 'ReplyTo',
  uri: 'message:ReplyTo',
  detail: true,
  read: (view) => {
    const list = readFlatEntryList(view.bytes(PidTag.ReplyRecipientEntries) ?? new Uint8Array()).flatMap(
      (bytes) => readEntryId(view.call, bytes) ?? [],
    );
    return list.length === 0 ? '' : el('t:ReplyTo', list.map((a) => mailboxXml(view.call, a)).join(''));
  },
  set: (draft, node) => {
    const list = readMailboxes(draft.call, node);
    setProp(draft.message, PidTag.ReplyRecipientEntries, flatEntryList(list.map(entryIdOf)));
    setProp(draft.message, PidTag.ReplyRecipientNames, list.map((a) => a.name).join(';'));
  },
  remove: (draft) => {
    removeProp(draft.message, PidTag.ReplyRecipientEntries);
    removeProp(draft.message, PidTag.ReplyRecipientNames);
  },
};

export const isRead: Field = {
  name: 'IsRead',
  uri: 'message:IsRead',
  read: (view) => tx('t:IsRead', view.record.read),
  compare: (view) => ({ kind: 'boolean', value: view.record.read }),
  set: (draft, node) => setFlag(draft.message, MessageFlag.read, needBoolean(node)),
};

function setFlag(message: ItemView['message'], bit: number, on: boolean): void {
  const at = message.properties.find((p) => p.id === PidTag.MessageFlags.id && !p.name);
  const flags = typeof at?.value === 'number' ? at.value : 0;
  setProp(message, PidTag.MessageFlags, on ? flags | bit : flags & ~bit);
}

export const conversationIndex: Field = computed('message:ConversationIndex', (view) => {
  const bytes = view.bytes(PidTag.ConversationIndex);
  return bytes ? tx('t:ConversationIndex', Buffer.from(bytes).toString('base64')) : '';
});
export const conversationTopic: Field = text('message:ConversationTopic', PidTag.ConversationTopic);
export const from: Field = role('message:From', ROLES.from, true);
export const sender: Field = role('message:Sender', ROLES.sender, true);
export const internetMessageId: Field = text('message:InternetMessageId', PidTag.InternetMessageId);
export const references: Field = text('message:References', PidTag.InternetReferences);

/** What MessageType adds to ItemType, in the order of the schema. */
export const MESSAGE_FIELDS: readonly Field[] = [
  sender,
  recipients('message:ToRecipients', RecipientType.to),
  recipients('message:CcRecipients', RecipientType.cc),
  recipients('message:BccRecipients', RecipientType.bcc),
  boolean('message:IsReadReceiptRequested', PidTag.ReadReceiptRequested, false),
  boolean('message:IsDeliveryReceiptRequested', PidTag.OriginatorDeliveryReportRequested, false),
  conversationIndex,
  conversationTopic,
  from,
  internetMessageId,
  isRead,
  boolean('message:IsResponseRequested', PidTag.ReplyRequested),
  references,
  replyTo,
  role('message:ReceivedBy', ROLES.receivedBy, false, true),
  role('message:ReceivedRepresenting', ROLES.receivedRepresenting, false, true),
];

/** What PostItemType adds to ItemType. */
export const POST_FIELDS: readonly Field[] = [
  conversationIndex,
  readOnlyText('message:ConversationTopic', PidTag.ConversationTopic),
  from,
  internetMessageId,
  isRead,
  {
    name: 'PostedTime',
    uri: 'postitem:PostedTime',
    read: (view) => tx('t:PostedTime', new Date(view.record.sent).toISOString().replace(/\.\d+Z/, 'Z')),
    compare: (view) => ({ kind: 'time', value: view.record.sent }),
  },
  references,
  sender,
];
