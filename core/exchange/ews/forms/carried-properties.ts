import { PropSet } from '../../../domain/mapi/sets.ts';
import type { ExtendedProperty } from '../../mail-store.ts';
import { propertyUri } from '../properties.ts';

/** A property that is asked for beside MIME or typed elements, because neither of them carries it. */
export type CarriedProperty = Pick<ExtendedProperty, 'tag' | 'set' | 'id' | 'name' | 'type' | 'multiple'>;

const tag = (id: number, type: string): CarriedProperty => ({
  tag: `0x${id.toString(16).padStart(4, '0')}`,
  type,
  multiple: false,
});
const named = (set: string, id: number, type: string, multiple = false): CarriedProperty => ({
  set,
  id,
  type,
  multiple,
});
const called = (set: string, name: string, type: string, multiple = false): CarriedProperty => ({
  set,
  name,
  type,
  multiple,
});

/** PidTagMessageFlags: without it an item made by CreateItem is a draft. */
export const FLAGS = tag(0x0e07, 'Integer');
export const SEARCH_KEY = tag(0x300b, 'Binary');

/** For every item ([MS-OXPROPS]): identity, flags, times, threads, follow-up. */
const ALWAYS: CarriedProperty[] = [
  FLAGS,
  SEARCH_KEY,
  tag(0x0e06, 'SystemTime'), // PidTagMessageDeliveryTime
  tag(0x0039, 'SystemTime'), // PidTagClientSubmitTime
  tag(0x3007, 'SystemTime'), // PidTagCreationTime
  tag(0x3008, 'SystemTime'), // PidTagLastModificationTime
  tag(0x3ffa, 'String'), // PidTagLastModifierName
  tag(0x0071, 'Binary'), // PidTagConversationIndex
  tag(0x0070, 'String'), // PidTagConversationTopic
  tag(0x0026, 'Integer'), // PidTagPriority
  tag(0x1080, 'Integer'), // PidTagIconIndex
  tag(0x1081, 'Integer'), // PidTagLastVerbExecuted
  tag(0x1082, 'SystemTime'), // PidTagLastVerbExecutionTime
  tag(0x1090, 'Integer'), // PidTagFlagStatus
  tag(0x1091, 'SystemTime'), // PidTagFlagCompleteTime
  tag(0x1095, 'Integer'), // PidTagFollowupIcon
  tag(0x0e2b, 'Integer'), // PidTagToDoItemFlags
  tag(0x0015, 'SystemTime'), // PidTagExpiryTime
  tag(0x0030, 'SystemTime'), // PidTagReplyTime
  tag(0x3fde, 'Integer'), // PidTagInternetCodepage
  tag(0x3ffd, 'Integer'), // PidTagMessageCodepage
  tag(0x007d, 'String'), // PidTagTransportMessageHeaders
  tag(0x0023, 'Boolean'), // PidTagOriginatorDeliveryReportRequested
  tag(0x0029, 'Boolean'), // PidTagReadReceiptRequested
  named(PropSet.Common, 0x8530, 'String'), // PidLidFlagRequest
  named(PropSet.Common, 0x8502, 'SystemTime'), // PidLidReminderTime
  named(PropSet.Common, 0x8503, 'Boolean'), // PidLidReminderSet
  named(PropSet.Common, 0x8560, 'SystemTime'), // PidLidReminderSignalTime
  named(PropSet.Common, 0x8501, 'Integer'), // PidLidReminderDelta
  named(PropSet.Common, 0x8506, 'Boolean'), // PidLidPrivate
  named(PropSet.Common, 0x8520, 'Binary'), // PidLidVerbStream
  named(PropSet.Common, 0x8524, 'String'), // PidLidVerbResponse
  named(PropSet.Common, 0x8580, 'String'), // PidLidInternetAccountName
  named(PropSet.Common, 0x8581, 'String'), // PidLidInternetAccountStamp
  named(PropSet.Common, 0x853a, 'String', true), // PidLidContacts
  named(PropSet.Common, 0x8539, 'String', true), // PidLidCompanies
  named(PropSet.Common, 0x8534, 'String'), // PidLidMileage
  named(PropSet.Common, 0x8535, 'String'), // PidLidBilling
  named(PropSet.Task, 0x8104, 'SystemTime'), // PidLidTaskStartDate
  named(PropSet.Task, 0x8105, 'SystemTime'), // PidLidTaskDueDate
  // Who received it: servers work these out on delivery only.
  tag(0x003f, 'Binary'), // PidTagReceivedByEntryId
  tag(0x0040, 'String'), // PidTagReceivedByName
  tag(0x0051, 'Binary'), // PidTagReceivedBySearchKey
  tag(0x0075, 'String'), // PidTagReceivedByAddressType
  tag(0x0076, 'String'), // PidTagReceivedByEmailAddress
  tag(0x0043, 'Binary'), // PidTagReceivedRepresentingEntryId
  tag(0x0044, 'String'), // PidTagReceivedRepresentingName
  tag(0x0052, 'Binary'), // PidTagReceivedRepresentingSearchKey
  tag(0x0077, 'String'), // PidTagReceivedRepresentingAddressType
  tag(0x0078, 'String'), // PidTagReceivedRepresentingEmailAddress
  tag(0x5d07, 'String'), // PidTagReceivedBySmtpAddress
  tag(0x5d08, 'String'), // PidTagReceivedRepresentingSmtpAddress
  tag(0x5d01, 'String'), // PidTagSenderSmtpAddress
  tag(0x5d02, 'String'), // PidTagSentRepresentingSmtpAddress
  called(PropSet.PublicStrings, 'Keywords', 'String', true),
  named(PropSet.Common, 0x8510, 'Integer'), // PidLidSideEffects
  named(PropSet.Common, 0x8516, 'SystemTime'), // PidLidCommonStart
  named(PropSet.Common, 0x8517, 'SystemTime'), // PidLidCommonEnd
  named(PropSet.Common, 0x85a4, 'String'), // PidLidToDoTitle
  named(PropSet.Common, 0x85a0, 'SystemTime'), // PidLidToDoOrdinalDate
  named(PropSet.Common, 0x85a1, 'String'), // PidLidToDoSubOrdinal
  named(PropSet.Task, 0x8101, 'Integer'), // PidLidTaskStatus
  named(PropSet.Task, 0x8102, 'Double'), // PidLidPercentComplete
  named(PropSet.Task, 0x811c, 'Boolean'), // PidLidTaskComplete
];

/** Of an appointment, and of the meeting messages about it. */
const APPOINTMENT: CarriedProperty[] = [
  named(PropSet.Appointment, 0x8201, 'Integer'), // PidLidAppointmentSequence
  named(PropSet.Appointment, 0x8214, 'Integer'), // PidLidAppointmentColor
  named(PropSet.Appointment, 0x8217, 'Integer'), // PidLidAppointmentStateFlags
  named(PropSet.Appointment, 0x8218, 'Integer'), // PidLidResponseStatus
  named(PropSet.Appointment, 0x8220, 'SystemTime'), // PidLidAppointmentReplyTime
  named(PropSet.Appointment, 0x8223, 'Boolean'), // PidLidRecurring
  named(PropSet.Appointment, 0x8224, 'Integer'), // PidLidIntendedBusyStatus
  named(PropSet.Appointment, 0x8229, 'Boolean'), // PidLidFInvited
  named(PropSet.Appointment, 0x822e, 'String'), // PidLidAppointmentReplyName
  named(PropSet.Appointment, 0x8238, 'String'), // PidLidAllAttendeesString
  named(PropSet.Appointment, 0x823b, 'String'), // PidLidToAttendeesString
  named(PropSet.Appointment, 0x823c, 'String'), // PidLidCcAttendeesString
  named(PropSet.Meeting, 0x0003, 'Binary'), // PidLidGlobalObjectId
  named(PropSet.Meeting, 0x0023, 'Binary'), // PidLidCleanGlobalObjectId
  named(PropSet.Meeting, 0x0026, 'Integer'), // PidLidMeetingType
  named(PropSet.Meeting, 0x001a, 'SystemTime'), // PidLidOwnerCriticalChange
  named(PropSet.Meeting, 0x0001, 'SystemTime'), // PidLidAttendeeCriticalChange
];

/** When, where and how often a meeting is that a message speaks of: typed elements of messages have none of it. */
const MEETING_MESSAGE: CarriedProperty[] = [
  ...APPOINTMENT,
  named(PropSet.Appointment, 0x8205, 'Integer'), // PidLidBusyStatus
  named(PropSet.Appointment, 0x8208, 'String'), // PidLidLocation
  named(PropSet.Appointment, 0x820d, 'SystemTime'), // PidLidAppointmentStartWhole
  named(PropSet.Appointment, 0x820e, 'SystemTime'), // PidLidAppointmentEndWhole
  named(PropSet.Appointment, 0x8213, 'Integer'), // PidLidAppointmentDuration
  named(PropSet.Appointment, 0x8215, 'Boolean'), // PidLidAppointmentSubType
  named(PropSet.Appointment, 0x8216, 'Binary'), // PidLidAppointmentRecur
  named(PropSet.Appointment, 0x8231, 'Integer'), // PidLidRecurrenceType
  named(PropSet.Appointment, 0x8232, 'String'), // PidLidRecurrencePattern
  named(PropSet.Appointment, 0x8233, 'Binary'), // PidLidTimeZoneStruct
  named(PropSet.Appointment, 0x8234, 'String'), // PidLidTimeZoneDescription
  named(PropSet.Appointment, 0x8235, 'SystemTime'), // PidLidClipStart
  named(PropSet.Appointment, 0x8236, 'SystemTime'), // PidLidClipEnd
  named(PropSet.Appointment, 0x825e, 'Binary'), // PidLidAppointmentTimeZoneDefinitionStartDisplay
  named(PropSet.Appointment, 0x825f, 'Binary'), // PidLidAppointmentTimeZoneDefinitionEndDisplay
  named(PropSet.Appointment, 0x8260, 'Binary'), // PidLidAppointmentTimeZoneDefinitionRecur
  tag(0x0060, 'SystemTime'), // PidTagStartDate
  tag(0x0061, 'SystemTime'), // PidTagEndDate
  tag(0x0063, 'Boolean'), // PidTagResponseRequested
  tag(0x0c17, 'Boolean'), // PidTagReplyRequested
  tag(0x0062, 'Integer'), // PidTagOwnerAppointmentId
];

/** Colour and place of a note. */
const NOTE: CarriedProperty[] = [
  named(PropSet.Note, 0x8b00, 'Integer'), // PidLidNoteColor
  named(PropSet.Note, 0x8b02, 'Integer'), // PidLidNoteWidth
  named(PropSet.Note, 0x8b03, 'Integer'), // PidLidNoteHeight
  named(PropSet.Note, 0x8b04, 'Integer'), // PidLidNoteX
  named(PropSet.Note, 0x8b05, 'Integer'), // PidLidNoteY
];

/** For items without MIME: what the typed elements leave out, by element. */
const BY_ELEMENT: Record<string, CarriedProperty[]> = {
  Item: [
    ...NOTE,
    named(PropSet.Log, 0x8700, 'String'), // PidLidLogType
    named(PropSet.Log, 0x8706, 'SystemTime'), // PidLidLogStart
    named(PropSet.Log, 0x8707, 'Integer'), // PidLidLogDuration
    named(PropSet.Log, 0x8708, 'SystemTime'), // PidLidLogEnd
    named(PropSet.Log, 0x8712, 'String'), // PidLidLogTypeDesc
  ],
  Message: [
    ...NOTE,
    tag(0x0032, 'SystemTime'), // PidTagReportTime
    tag(0x0049, 'String'), // PidTagOriginalSubject
    tag(0x0080, 'String'), // PidTagReportDisposition
    tag(0x1001, 'String'), // PidTagReportText
    tag(0x0e1d, 'String'), // PidTagNormalizedSubject
    tag(0x003d, 'String'), // PidTagSubjectPrefix
  ],
  CalendarItem: [
    ...APPOINTMENT,
    tag(0x0042, 'String'), // PidTagSentRepresentingName
    tag(0x0064, 'String'), // PidTagSentRepresentingAddressType
    tag(0x0065, 'String'), // PidTagSentRepresentingEmailAddress
    tag(0x0041, 'Binary'), // PidTagSentRepresentingEntryId
    tag(0x003b, 'Binary'), // PidTagSentRepresentingSearchKey
    tag(0x0c1a, 'String'), // PidTagSenderName
    tag(0x0c1e, 'String'), // PidTagSenderAddressType
    tag(0x0c1f, 'String'), // PidTagSenderEmailAddress
    tag(0x0c19, 'Binary'), // PidTagSenderEntryId
    tag(0x0c1d, 'Binary'), // PidTagSenderSearchKey
    tag(0x0060, 'SystemTime'), // PidTagStartDate
    tag(0x0061, 'SystemTime'), // PidTagEndDate
    tag(0x0062, 'Integer'), // PidTagOwnerAppointmentId
  ],
  Contact: [
    named(PropSet.Address, 0x8005, 'String'), // PidLidFileUnder
    named(PropSet.Address, 0x8006, 'Integer'), // PidLidFileUnderId
    named(PropSet.Address, 0x8015, 'Boolean'), // PidLidHasPicture
    named(PropSet.Address, 0x801a, 'String'), // PidLidHomeAddress
    named(PropSet.Address, 0x801b, 'String'), // PidLidWorkAddress
    named(PropSet.Address, 0x801c, 'String'), // PidLidOtherAddress
    named(PropSet.Address, 0x8085, 'Binary'), // PidLidEmail1OriginalEntryId
    named(PropSet.Address, 0x8095, 'Binary'), // PidLidEmail2OriginalEntryId
    named(PropSet.Address, 0x80a5, 'Binary'), // PidLidEmail3OriginalEntryId
    named(PropSet.Address, 0x8022, 'Integer'), // PidLidPostalAddressId
    named(PropSet.Address, 0x804f, 'String'), // PidLidContactUserField1
    named(PropSet.Address, 0x8050, 'String'),
    named(PropSet.Address, 0x8051, 'String'),
    named(PropSet.Address, 0x8052, 'String'),
    named(PropSet.Address, 0x8062, 'String'), // PidLidInstantMessagingAddress
    named(PropSet.Address, 0x80d8, 'String'), // PidLidFreeBusyLocation
    tag(0x3a07, 'String'), // PidTagGovernmentIdNumber
    tag(0x3a4d, 'Short'), // PidTagGender
    tag(0x3a43, 'String'), // PidTagHobbies
    tag(0x3a45, 'String'), // PidTagDisplayNamePrefix
    tag(0x3a05, 'String'), // PidTagGeneration
    tag(0x3a1f, 'String'), // PidTagOtherTelephoneNumber
    tag(0x3a4f, 'String'), // PidTagNickname
    tag(0x3a50, 'String'), // PidTagPersonalHomePage
  ],
  DistributionList: [
    named(PropSet.Address, 0x8053, 'String'), // PidLidDistributionListName
    named(PropSet.Address, 0x804c, 'Integer'), // PidLidDistributionListChecksum
  ],
  Task: [
    named(PropSet.Task, 0x8103, 'Boolean'), // PidLidTeamTask
    named(PropSet.Task, 0x810f, 'SystemTime'), // PidLidTaskDateCompleted
    named(PropSet.Task, 0x8112, 'Integer'), // PidLidTaskVersion
    named(PropSet.Task, 0x8113, 'Integer'), // PidLidTaskState
    named(PropSet.Task, 0x811f, 'String'), // PidLidTaskOwner
    named(PropSet.Task, 0x8121, 'String'), // PidLidTaskAssigner
    named(PropSet.Task, 0x8123, 'Integer'), // PidLidTaskOrdinal
    named(PropSet.Task, 0x8126, 'Boolean'), // PidLidTaskFRecurring
    named(PropSet.Task, 0x8127, 'String'), // PidLidTaskRole
    named(PropSet.Task, 0x8129, 'Integer'), // PidLidTaskOwnership
    named(PropSet.Task, 0x812a, 'Integer'), // PidLidTaskAcceptanceState
    named(PropSet.Task, 0x812c, 'Boolean'), // PidLidTaskFFixOffline
  ],
  PostItem: [],
};

/** What is asked for beside an item's MIME or typed elements; `extra` names properties of the customer's own forms. */
export function carriedProperties(element: string, extra: CarriedProperty[] = []): CarriedProperty[] {
  const meeting = element.startsWith('Meeting') ? MEETING_MESSAGE : [];
  return [
    ...ALWAYS,
    ...(BY_ELEMENT[element] ?? (meeting.length > 0 ? BY_ELEMENT.Message : []) ?? []),
    ...meeting,
    ...extra,
  ];
}

/** The request for them. */
export function carriedUris(element: string, extra: CarriedProperty[] | null = []): string {
  if (extra === null) return '';
  return carriedProperties(element, extra)
    .map((property) => propertyUri({ ...property, values: [] }))
    .join('');
}

/** What an item cannot do without: tried alone when a server refuses the rest. */
export function essential(properties: ExtendedProperty[]): ExtendedProperty[] {
  const keep = new Set(['0x0e07', '0x0e06', '0x0039']);
  return properties.filter((p) => p.tag !== undefined && keep.has(p.tag));
}
