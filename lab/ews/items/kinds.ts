import type { Draft, Field } from './field.ts';
import {
  CALENDAR_FIELDS,
  finishCalendarItem,
  MEETING_CANCELLATION_FIELDS,
  MEETING_MESSAGE_FIELDS,
  MEETING_REQUEST_FIELDS,
  MEETING_RESPONSE_FIELDS,
} from './fields-calendar.ts';
import { CONTACT_FIELDS, finishContact } from './fields-contact.ts';
import { ITEM_FIELDS } from './fields-item.ts';
import { finishList, LIST_FIELDS } from './fields-list.ts';
import { MESSAGE_FIELDS, POST_FIELDS } from './fields-message.ts';
import { TASK_FIELDS } from './fields-task.ts';

/** A kind of item as EWS knows them: its element and its fields in the order of the schema. */
export interface ItemKind {
  element: string;
  fields: readonly Field[];
  /** Class of a new item of this kind. */
  itemClass: string;
  /** URIs of the Default shape, beyond the item's id. */
  defaults: readonly string[];
  finish?: (draft: Draft) => void;
}

const COMMON = [
  'item:Subject',
  'item:Sensitivity',
  'item:Body',
  'item:Attachments',
  'item:Size',
  'item:DateTimeSent',
  'item:DateTimeCreated',
  'item:ResponseObjects',
  'item:HasAttachments',
];
const MAIL = [
  ...COMMON,
  'message:From',
  'message:ToRecipients',
  'message:CcRecipients',
  'message:BccRecipients',
  'message:Sender',
  'message:IsReadReceiptRequested',
  'message:IsDeliveryReceiptRequested',
  'message:InternetMessageId',
  'message:IsRead',
  'message:IsResponseRequested',
  'message:References',
  'message:ReplyTo',
];

const kind = (
  element: string,
  itemClass: string,
  own: readonly Field[],
  defaults: readonly string[],
  finish?: ItemKind['finish'],
): ItemKind => ({
  element,
  itemClass,
  fields: [...ITEM_FIELDS, ...own],
  defaults,
  ...(finish && { finish }),
});

export const KINDS = {
  Item: kind('Item', 'IPM', [], COMMON),
  Message: kind('Message', 'IPM.Note', MESSAGE_FIELDS, MAIL),
  PostItem: kind('PostItem', 'IPM.Post', POST_FIELDS, [
    ...COMMON,
    'message:From',
    'message:IsRead',
    'postitem:PostedTime',
    'message:ConversationTopic',
  ]),
  CalendarItem: kind(
    'CalendarItem',
    'IPM.Appointment',
    CALENDAR_FIELDS,
    [
      'item:Subject',
      'item:Attachments',
      'item:ResponseObjects',
      'item:HasAttachments',
      'calendar:UID',
      'calendar:Start',
      'calendar:End',
      'calendar:LegacyFreeBusyStatus',
      'calendar:Location',
      'calendar:CalendarItemType',
      'calendar:IsRecurring',
      'calendar:IsMeeting',
      'calendar:IsCancelled',
      'calendar:MyResponseType',
      'calendar:Organizer',
      'calendar:RequiredAttendees',
      'calendar:OptionalAttendees',
      'calendar:Resources',
      'calendar:Recurrence',
      'calendar:FirstOccurrence',
      'calendar:LastOccurrence',
      'calendar:ModifiedOccurrences',
      'calendar:DeletedOccurrences',
    ],
    finishCalendarItem,
  ),
  Contact: kind(
    'Contact',
    'IPM.Contact',
    CONTACT_FIELDS,
    [
      'item:HasAttachments',
      'item:Attachments',
      'item:Culture',
      'contacts:FileAs',
      'contacts:CompanyName',
      'contacts:EmailAddresses',
      'contacts:PhysicalAddresses',
      'contacts:PhoneNumbers',
      'contacts:JobTitle',
      'contacts:Surname',
      'contacts:CompleteName',
      'contacts:ImAddresses',
    ],
    finishContact,
  ),
  DistributionList: kind(
    'DistributionList',
    'IPM.DistList',
    LIST_FIELDS,
    ['item:Subject', 'item:HasAttachments', 'contacts:DisplayName', 'contacts:FileAs', 'distributionlist:Members'],
    finishList,
  ),
  Task: kind('Task', 'IPM.Task', TASK_FIELDS, [
    'item:Subject',
    'item:HasAttachments',
    'task:DueDate',
    'task:PercentComplete',
    'task:StartDate',
    'task:Status',
  ]),
  MeetingMessage: kind('MeetingMessage', 'IPM.Schedule.Meeting', [...MESSAGE_FIELDS, ...MEETING_MESSAGE_FIELDS], MAIL),
  MeetingRequest: kind(
    'MeetingRequest',
    'IPM.Schedule.Meeting.Request',
    [...MESSAGE_FIELDS, ...MEETING_REQUEST_FIELDS],
    [...MAIL, 'calendar:Start', 'calendar:End', 'calendar:Location', 'meeting:ResponseType'],
  ),
  MeetingResponse: kind(
    'MeetingResponse',
    'IPM.Schedule.Meeting.Resp',
    [...MESSAGE_FIELDS, ...MEETING_RESPONSE_FIELDS],
    [...MAIL, 'meeting:ResponseType'],
  ),
  MeetingCancellation: kind(
    'MeetingCancellation',
    'IPM.Schedule.Meeting.Canceled',
    [...MESSAGE_FIELDS, ...MEETING_CANCELLATION_FIELDS],
    [...MAIL, 'calendar:Start', 'calendar:End'],
  ),
} as const satisfies Record<string, ItemKind>;

export type KindName = keyof typeof KINDS;

const BY_CLASS: [RegExp, KindName][] = [
  [/^ipm\.note(\.|$)/i, 'Message'],
  [/^ipm\.post(\.|$)/i, 'PostItem'],
  [/^ipm\.appointment(\.|$)/i, 'CalendarItem'],
  [/^ipm\.contact(\.|$)/i, 'Contact'],
  [/^ipm\.distlist(\.|$)/i, 'DistributionList'],
  [/^ipm\.task(\.|$)/i, 'Task'],
  [/^ipm\.schedule\.meeting\.request(\.|$)/i, 'MeetingRequest'],
  [/^ipm\.schedule\.meeting\.resp(\.|$)/i, 'MeetingResponse'],
  [/^ipm\.schedule\.meeting\.canceled(\.|$)/i, 'MeetingCancellation'],
  [/^ipm\.schedule\.meeting(\.|$)/i, 'MeetingMessage'],
  [/^report\.ipm\.(note|schedule)(\.|$)/i, 'Message'],
];

/** The kind an item class is shown as; what EWS has no kind for, such as notes, is a Message, and associated items are too. */
export function kindOf(itemClass: string): ItemKind {
  const found = BY_CLASS.find(([pattern]) => pattern.test(itemClass));
  return KINDS[found?.[1] ?? 'Message'];
}

export function isKindName(name: string): name is KindName {
  return Object.hasOwn(KINDS, name);
}
