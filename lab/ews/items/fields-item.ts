import { getText, removeProp, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { guidToText } from '../../../core/domain/mapi/guid.ts';
import { MessageFlag } from '../../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../../core/domain/mapi/names.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { setSubject } from '../../convert/subject.ts';
import { rightsOn } from '../access.ts';
import { effectiveRightsXml } from '../folders/permissions.ts';
import { dateTime, parseDateTime } from '../xml/dates.ts';
import { textOf } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import { attachmentsXml } from './attachments.ts';
import { body, normalizedBody, preview, textBody, uniqueBody } from './body.ts';
import {
  boolean,
  choice,
  computed,
  type Field,
  integer,
  readOnlyBoolean,
  readOnlyNumber,
  readOnlyText,
  readOnlyTime,
  strings,
  text,
  time,
} from './field.ts';
import { mimeContent } from './mime-content.ts';
import type { ItemView } from './view.ts';

const RECEIVED = (view: ItemView) => view.record.received;

const subject: Field = {
  name: 'Subject',
  uri: 'item:Subject',
  read: (view) => tx('t:Subject', view.record.subject === '' ? undefined : view.record.subject),
  compare: (view) => ({ kind: 'text', value: view.record.subject }),
  set: (draft, node) => setSubject(draft.message, node.text),
  remove: (draft) => {
    for (const ref of [PidTag.Subject, PidTag.SubjectPrefix, PidTag.NormalizedSubject]) removeProp(draft.message, ref);
  },
};

const itemClass: Field = {
  name: 'ItemClass',
  uri: 'item:ItemClass',
  read: (view) => tx('t:ItemClass', view.record.itemClass),
  compare: (view) => ({ kind: 'text', value: view.record.itemClass }),
  set: (draft, node) => setProp(draft.message, PidTag.MessageClass, node.text),
};

const itemId: Field = {
  name: 'ItemId',
  uri: 'item:ItemId',
  read: (view) =>
    view.record.id === '' ? '' : el('t:ItemId', '', { Id: view.clientId, ChangeKey: view.record.changeKey }),
  compare: (view) => ({ kind: 'text', value: view.clientId }),
};

const parentFolderId: Field = {
  name: 'ParentFolderId',
  uri: 'item:ParentFolderId',
  read: (view) => {
    const folder = view.call.store.folder(view.record.folderId);
    return folder
      ? el('t:ParentFolderId', '', { Id: view.call.ids.folder(folder.id), ChangeKey: folder.changeKey })
      : '';
  },
};

const size: Field = readOnlyNumber('item:Size', (view) => Math.min(view.record.sizeBytes, 0x7fffffff));

const headers: Field = computed(
  'item:InternetMessageHeaders',
  (view) => {
    const raw = view.text(PidTag.TransportMessageHeaders) ?? '';
    const list = raw
      .replace(/\r?\n[ \t]+/g, ' ')
      .split(/\r?\n/)
      .flatMap((line) => {
        const m = /^([!-9;-~]+):\s*(.*)$/.exec(line);
        return m ? tx('t:InternetMessageHeader', m[2], { HeaderName: m[1] }) : [];
      });
    return list.length === 0 ? '' : el('t:InternetMessageHeaders', list.join(''));
  },
  { detail: true },
);

const attachments: Field = {
  name: 'Attachments',
  uri: 'item:Attachments',
  detail: true,
  read: (view) => attachmentsXml(view.call, view.within?.itemId ?? view.record.id, view.message, view.within?.numbers),
  compare: (view) => {
    const names = view.message.attachments.map((a) => getText(a, PidTag.AttachLongFilename) ?? '');
    return names.length === 0 ? undefined : { kind: 'texts', value: names };
  },
};

/** Follow-up flags ([MS-OXOFLAG] 2.2.1): status 1 complete, 2 flagged. */
const flag: Field = {
  name: 'Flag',
  uri: 'item:Flag',
  read: (view) => {
    const status = view.number(PidTag.FlagStatus) ?? 0;
    const at = (name: string, ms: number | undefined) => (ms === undefined ? '' : tx(name, dateTime(ms)));
    const inner =
      status === 2
        ? tx('t:FlagStatus', 'Flagged') +
          at('t:StartDate', view.time(PidLid.TaskStartDate)) +
          at('t:DueDate', view.time(PidLid.TaskDueDate))
        : status === 1
          ? tx('t:FlagStatus', 'Complete') + at('t:CompleteDate', view.time(PidTag.FlagCompleteTime))
          : tx('t:FlagStatus', 'NotFlagged');
    return el('t:Flag', inner);
  },
  set: (draft, node) => {
    const { message } = draft;
    const status = textOf(node, 'FlagStatus');
    clearFlag(message);
    if (status === 'NotFlagged') return;
    const day = (name: string) => {
      const value = textOf(node, name);
      return value === undefined ? undefined : parseDateTime(value);
    };
    setProp(message, PidTag.FlagStatus, status === 'Complete' ? 1 : 2);
    setProp(message, PidLid.FlagRequest, 'Follow up');
    if (status === 'Complete')
      setTime(message, PidTag.FlagCompleteTime, day('CompleteDate') ?? draft.call.options.now());
    setTime(message, PidLid.TaskStartDate, day('StartDate'));
    setTime(message, PidLid.TaskDueDate, day('DueDate'));
  },
  remove: (draft) => clearFlag(draft.message),
};

function clearFlag(message: MapiMessage): void {
  for (const ref of [PidTag.FlagStatus, PidTag.FlagCompleteTime, PidTag.FollowupIcon, PidLid.FlagRequest])
    removeProp(message, ref);
}

const effectiveRights: Field = computed('item:EffectiveRights', (view) => {
  const folder = view.call.store.folder(view.record.folderId);
  return folder ? effectiveRightsXml(rightsOn(view.call, folder)) : '';
});

/** The conversation's index GUID stands in bytes 6 to 22 of PidTagConversationIndex ([MS-OXOMSG] 2.2.1.3). */
const conversationId: Field = computed('item:ConversationId', (view) => {
  const index = view.bytes(PidTag.ConversationId) ?? view.bytes(PidTag.ConversationIndex)?.subarray(6, 22);
  if (!index || index.length < 16) return '';
  return el('t:ConversationId', '', {
    Id: Buffer.concat([Buffer.from('AAQk', 'base64'), index.subarray(0, 16)]).toString('base64'),
  });
});

function retention(name: string, ref: typeof PidTag.PolicyTag): Field {
  return computed(`item:${name}`, (view) => {
    const bytes = view.bytes(ref);
    return bytes?.length === 16 ? tx(`t:${name}`, guidToText(bytes), { IsExplicit: true }) : '';
  });
}

const binary = (uri: string, get: (view: ItemView) => Uint8Array | undefined): Field =>
  computed(uri, (view) => {
    const bytes = get(view);
    return bytes ? tx(`t:${uri.slice(uri.indexOf(':') + 1)}`, Buffer.from(bytes).toString('base64')) : '';
  });

const has = (bit: number) => (view: ItemView) => (view.flags & bit) !== 0;

const reminderDue: Field = time('item:ReminderDueBy', PidLid.ReminderTime);
const minutes: Field = {
  ...integer('item:ReminderMinutesBeforeStart', PidLid.ReminderDelta),
  read: (view) => tx('t:ReminderMinutesBeforeStart', view.number(PidLid.ReminderDelta)),
};

/** Where ExtendedProperty elements stand among the fields of ItemType. */
export const EXTENDED_PLACE: Field = { name: 'ExtendedProperty', uri: '' };

/** ItemType, in the order of the schema. */
export const ITEM_FIELDS: readonly Field[] = [
  mimeContent,
  itemId,
  parentFolderId,
  itemClass,
  subject,
  choice('item:Sensitivity', PidTag.Sensitivity, { Normal: 0, Personal: 1, Private: 2, Confidential: 3 }, 'Normal'),
  body,
  attachments,
  {
    ...readOnlyTime('item:DateTimeReceived', RECEIVED),
    set: (draft, node) => setTime(draft.message, PidTag.MessageDeliveryTime, parseDateTime(node.text)),
  },
  size,
  strings('item:Categories', PidName.Keywords),
  choice('item:Importance', PidTag.Importance, { Low: 0, Normal: 1, High: 2 }, 'Normal'),
  text('item:InReplyTo', PidTag.InReplyToId),
  readOnlyBoolean('item:IsSubmitted', has(MessageFlag.submitted)),
  readOnlyBoolean('item:IsDraft', has(MessageFlag.unsent)),
  readOnlyBoolean('item:IsFromMe', has(MessageFlag.fromMe)),
  readOnlyBoolean('item:IsResend', has(MessageFlag.resend)),
  readOnlyBoolean('item:IsUnmodified', has(MessageFlag.unmodified)),
  headers,
  readOnlyTime('item:DateTimeSent', (view) => view.record.sent),
  readOnlyTime('item:DateTimeCreated', (view) => view.record.created),
  reminderDue,
  boolean('item:ReminderIsSet', PidLid.ReminderSet, false),
  readOnlyTime('item:ReminderNextTime', (view) => view.time(PidLid.ReminderSignalTime)),
  minutes,
  readOnlyText('item:DisplayCc', PidTag.DisplayCc),
  readOnlyText('item:DisplayTo', PidTag.DisplayTo),
  readOnlyText('item:DisplayBcc', PidTag.DisplayBcc),
  readOnlyBoolean('item:HasAttachments', (view) => view.record.hasAttachments),
  EXTENDED_PLACE,
  culture(),
  effectiveRights,
  readOnlyText('item:LastModifiedName', PidTag.LastModifierName),
  readOnlyTime('item:LastModifiedTime', (view) => view.record.modified),
  readOnlyBoolean('item:IsAssociated', (view) => view.record.associated),
  webQuery('WebClientReadFormQueryString', 'ReadMessageItem'),
  webQuery('WebClientEditFormQueryString', 'EditMessageItem'),
  conversationId,
  uniqueBody,
  flag,
  binary('item:StoreEntryId', (view) => view.call.ids.entryBytes({ kind: 'item', id: view.record.id })),
  binary('item:InstanceKey', (view) => view.call.ids.entryBytes({ kind: 'item', id: view.record.id }).subarray(7)),
  normalizedBody,
  retention('PolicyTag', PidTag.PolicyTag),
  retention('ArchiveTag', PidTag.ArchiveTag),
  readOnlyTime('item:RetentionDate', (view) => view.time(PidTag.RetentionDate)),
  preview,
  textBody,
];

function webQuery(name: string, form: string): Field {
  return computed(`item:${name}`, (view) => {
    const id = encodeURIComponent(view.clientId);
    return tx(`t:${name}`, `https://${view.call.organisation.host}/owa/?ItemID=${id}&exvsurl=1&viewmodel=${form}`);
  });
}

const LOCALES: Record<number, string> = { 1031: 'de-DE', 1033: 'en-US', 1036: 'fr-FR', 1041: 'ja-JP', 2057: 'en-GB' };

function culture(): Field {
  return {
    ...computed('item:Culture', (view) =>
      tx('t:Culture', LOCALES[view.number(PidTag.MessageLocaleId) ?? 1033] ?? 'en-US'),
    ),
    set: (draft, node) => {
      const found = Object.entries(LOCALES).find(([, tag]) => tag.toLowerCase() === node.text.trim().toLowerCase());
      setProp(draft.message, PidTag.MessageLocaleId, found ? Number(found[0]) : 1033);
    },
  };
}
