/**
 * Which typed elements of an item may be written, in the order of the schema (types.xsd). What is not listed is worked
 * out by the server, belongs to the mailbox (effective rights), or travels as an extended property (times).
 */
const ITEM = [
  'MimeContent',
  'ItemClass',
  'Subject',
  'Sensitivity',
  'Body',
  'Attachments',
  'Categories',
  'Importance',
  'InReplyTo',
  'ReminderDueBy',
  'ReminderIsSet',
  'ReminderMinutesBeforeStart',
  'ExtendedProperty',
  'Culture',
  'Flag',
];

const MESSAGE = [
  'Sender',
  'ToRecipients',
  'CcRecipients',
  'BccRecipients',
  'IsReadReceiptRequested',
  'IsDeliveryReceiptRequested',
  'From',
  'InternetMessageId',
  'IsRead',
  'IsResponseRequested',
  'References',
  'ReplyTo',
];

const CALENDAR = [
  'UID',
  'Start',
  'End',
  'IsAllDayEvent',
  'LegacyFreeBusyStatus',
  'Location',
  'IsResponseRequested',
  'RequiredAttendees',
  'OptionalAttendees',
  'Resources',
  'Recurrence',
  'StartTimeZone',
  'EndTimeZone',
  'ConferenceType',
  'AllowNewTimeProposal',
  'IsOnlineMeeting',
  'MeetingWorkspaceUrl',
  'NetShowUrl',
];

const CONTACT = [
  'FileAs',
  'FileAsMapping',
  'DisplayName',
  'GivenName',
  'Initials',
  'MiddleName',
  'Nickname',
  'CompanyName',
  'EmailAddresses',
  'PhysicalAddresses',
  'PhoneNumbers',
  'AssistantName',
  'Birthday',
  'BusinessHomePage',
  'Children',
  'Companies',
  'Department',
  'Generation',
  'ImAddresses',
  'JobTitle',
  'Manager',
  'Mileage',
  'OfficeLocation',
  'PostalAddressIndex',
  'Profession',
  'SpouseName',
  'Surname',
  'WeddingAnniversary',
];

const LIST = ['DisplayName', 'FileAs', 'Members'];

const TASK = [
  'ActualWork',
  'BillingInformation',
  'Companies',
  'CompleteDate',
  'Contacts',
  'DueDate',
  'Mileage',
  'PercentComplete',
  'Recurrence',
  'StartDate',
  'Status',
  'TotalWork',
];

const POST = ['From', 'InternetMessageId', 'IsRead', 'References', 'Sender'];

const OWN: Record<string, string[]> = {
  Item: [],
  Message: MESSAGE,
  CalendarItem: CALENDAR,
  Contact: CONTACT,
  DistributionList: LIST,
  Task: TASK,
  PostItem: POST,
};

/** Element to write an item with: meeting messages are written as messages, since EWS creates them in no other way. */
export function writableElement(element: string): string {
  if (element in OWN) return element;
  if (element.startsWith('Meeting')) return 'Message';
  return 'Item';
}

/** Names of the writable fields of an element, in schema order. */
export function writableFields(element: string): string[] {
  return [...ITEM, ...(OWN[writableElement(element)] ?? [])];
}

/** Where a field stands among the writable ones; undefined when it cannot be written. */
export function fieldOrder(element: string): Map<string, number> {
  return new Map(writableFields(element).map((name, index) => [name, index]));
}
