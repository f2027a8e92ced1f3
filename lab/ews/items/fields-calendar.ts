import { getBytes, getNumber, getText, getTime, removeProp, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { globalObjectId, uidOfGlobalObjectId } from '../../../core/domain/mapi/global-object-id.ts';
import { RecipientType, recipientsOf } from '../../../core/domain/mapi/message.ts';
import type { PropertyBag } from '../../../core/domain/mapi/model.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { lid } from '../../../core/domain/mapi/ref.ts';
import { PropSet } from '../../../core/domain/mapi/sets.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { filetimeToMs } from '../../../core/domain/mapi/time.ts';
import { EwsError } from '../errors.ts';
import { dateTime, parseDateTime } from '../xml/dates.ts';
import { child, childrenOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import {
  mailboxXml,
  newRecipient,
  ROLES,
  readMailbox,
  recipientAddress,
  roleOf,
  setRole,
  typeOf,
} from './addresses.ts';
import {
  boolean,
  choice,
  computed,
  type Draft,
  type Field,
  integer,
  needBoolean,
  readOnlyBoolean,
  readOnlyNumber,
  readOnlyText,
  readOnlyTime,
  text,
} from './field.ts';
import {
  applyRecurrence,
  deletedOccurrences,
  firstOccurrence,
  lastOccurrence,
  modifiedOccurrences,
  recurrence,
} from './recurrence.ts';
import { endTimeZone, startTimeZone, timeZoneIdOf } from './time-zones.ts';
import type { ItemView } from './view.ts';

const BUSY = { Free: 0, Tentative: 1, Busy: 2, OOF: 3, WorkingElsewhere: 4 };
const RESPONSES: Record<number, string> = {
  0: 'Unknown',
  1: 'Organizer',
  2: 'Tentative',
  3: 'Accept',
  4: 'Decline',
  5: 'NoResponseReceived',
};

const start = (view: ItemView) => view.time(PidLid.AppointmentStartWhole);
const end = (view: ItemView) => view.time(PidLid.AppointmentEndWhole);
const state = (view: ItemView) => view.number(PidLid.AppointmentStateFlags) ?? 0;
/** recipOrganizer of PidTagRecipientFlags ([MS-OXOCAL] 2.2.4.10.1). */
const ORGANIZER = 0x2;

const startField: Field = {
  ...readOnlyTime('calendar:Start', start),
  set: (draft, node) => {
    const ms = parseDateTime(node.text);
    for (const ref of [PidLid.AppointmentStartWhole, PidLid.CommonStart, PidTag.StartDate])
      setTime(draft.message, ref, ms);
  },
};
const endField: Field = {
  ...readOnlyTime('calendar:End', end),
  set: (draft, node) => {
    const ms = parseDateTime(node.text);
    for (const ref of [PidLid.AppointmentEndWhole, PidLid.CommonEnd, PidTag.EndDate]) setTime(draft.message, ref, ms);
  },
};

const uid: Field = {
  name: 'UID',
  uri: 'calendar:UID',
  read: (view) => tx('t:UID', uidText(view)),
  compare: (view) => {
    const value = uidText(view);
    return value === undefined ? undefined : { kind: 'text', value };
  },
  set: (draft, node) => {
    const id = globalObjectId(node.text);
    setProp(draft.message, PidLid.GlobalObjectId, id);
    setProp(draft.message, PidLid.CleanGlobalObjectId, id);
  },
};

function uidText(view: ItemView): string | undefined {
  const id = view.bytes(PidLid.CleanGlobalObjectId) ?? view.bytes(PidLid.GlobalObjectId);
  return id && uidOfGlobalObjectId(id);
}

const organizer: Field = {
  name: 'Organizer',
  uri: 'calendar:Organizer',
  detail: false,
  read: (view) => {
    const who = roleOf(view, ROLES.from);
    return who ? el('t:Organizer', mailboxXml(view.call, who)) : '';
  },
  compare: (view) => {
    const who = roleOf(view, ROLES.from);
    return who && { kind: 'texts', value: [who.name, who.smtp ?? who.address] };
  },
};

function attendees(name: string, type: number): Field {
  const rows = (message: ItemView['message']) =>
    recipientsOf(message, type).filter((r) => ((getNumber(r, PidTag.RecipientFlags) ?? 0) & ORGANIZER) === 0);
  return {
    name,
    uri: `calendar:${name}`,
    detail: true,
    read: (view) => {
      const list = rows(view.message);
      return list.length === 0 ? '' : el(`t:${name}`, list.map((r) => attendeeXml(view, r)).join(''));
    },
    set: (draft, node) => {
      const { message } = draft;
      const kept = message.recipients.filter((r) => typeOf(r) !== type || !rows(message).includes(r));
      message.recipients = [...kept, ...readAttendees(draft, node, type)];
    },
    append: (draft, node) => {
      draft.message.recipients = [...draft.message.recipients, ...readAttendees(draft, node, type)];
    },
    remove: (draft) => {
      const gone = rows(draft.message);
      draft.message.recipients = draft.message.recipients.filter((r) => !gone.includes(r));
    },
  };
}

function attendeeXml(view: ItemView, row: PropertyBag): string {
  const status = getNumber(row, PidTag.RecipientTrackStatus) ?? 0;
  const answered = row.properties.find((p) => p.id === PidTag.RecipientTrackStatusTime.id && !p.name)?.value;
  return el(
    't:Attendee',
    mailboxXml(view.call, recipientAddress(row)) +
      tx('t:ResponseType', RESPONSES[status] ?? 'Unknown') +
      (typeof answered === 'bigint' ? tx('t:LastResponseTime', dateTime(filetimeToMs(answered))) : ''),
  );
}

function readAttendees(draft: Draft, node: XmlNode, type: number): PropertyBag[] {
  return childrenOf(node, 'Attendee').flatMap((attendee) => {
    const address = readMailbox(draft.call, child(attendee, 'Mailbox'));
    if (!address) return [];
    const row = newRecipient(address, type);
    const response = child(attendee, 'ResponseType')?.text;
    const status = Object.entries(RESPONSES).find(([, name]) => name === response)?.[0];
    setProp(row, PidTag.RecipientTrackStatus, Number(status ?? 0));
    setProp(row, PidTag.RecipientFlags, 1);
    const answered = child(attendee, 'LastResponseTime')?.text;
    if (answered !== undefined) setTime(row, PidTag.RecipientTrackStatusTime, parseDateTime(answered));
    return [row];
  });
}

/** xs:duration of whole minutes. */
export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const time = `${hours ? `${hours}H` : ''}${rest ? `${rest}M` : ''}`;
  if (days === 0 && time === '') return 'PT0S';
  return `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
}

const durationField: Field = computed('calendar:Duration', (view) => {
  const [from, to] = [start(view), end(view)];
  return from === undefined || to === undefined ? '' : tx('t:Duration', duration(to - from));
});

const kind = (view: ItemView) => {
  if (view.occurrence) return view.occurrence.exception ? 'Exception' : 'Occurrence';
  return view.boolean(PidLid.Recurring) ? 'RecurringMaster' : 'Single';
};

const allowProposal: Field = {
  name: 'AllowNewTimeProposal',
  uri: 'calendar:AllowNewTimeProposal',
  read: (view) => tx('t:AllowNewTimeProposal', !(view.boolean(PidLid.AppointmentNotAllowPropose) ?? false)),
  set: (draft, node) => setProp(draft.message, PidLid.AppointmentNotAllowPropose, !needBoolean(node)),
  remove: (draft) => removeProp(draft.message, PidLid.AppointmentNotAllowPropose),
};

const wallClock = (name: string, get: (view: ItemView) => number | undefined): Field =>
  computed(`calendar:${name}`, (view) => {
    const value = get(view);
    return value === undefined ? '' : tx(`t:${name}`, dateTime(value));
  });

const zoneId = (name: string, which: 'start' | 'end'): Field =>
  computed(`calendar:${name}`, (view) => tx(`t:${name}`, timeZoneIdOf(view, which)));

/** What CalendarItemType adds to ItemType, in the order of the schema. */
export const CALENDAR_FIELDS: readonly Field[] = [
  uid,
  readOnlyTime('calendar:RecurrenceId', (view) => view.time(PidLid.ExceptionReplaceTime)),
  readOnlyTime('calendar:DateTimeStamp', (view) => view.time(PidLid.OwnerCriticalChange) ?? view.record.created),
  startField,
  endField,
  readOnlyTime('calendar:OriginalStart', (view) => view.time(PidLid.ExceptionReplaceTime)),
  boolean('calendar:IsAllDayEvent', PidLid.AppointmentSubType, false),
  choice('calendar:LegacyFreeBusyStatus', PidLid.BusyStatus, BUSY, 'Busy'),
  text('calendar:Location', PidLid.Location),
  text('calendar:When', PidLid.RecurrencePattern),
  readOnlyBoolean('calendar:IsMeeting', (view) => (state(view) & 1) !== 0),
  readOnlyBoolean('calendar:IsCancelled', (view) => (state(view) & 4) !== 0),
  readOnlyBoolean('calendar:IsRecurring', (view) => view.boolean(PidLid.Recurring) ?? false),
  readOnlyBoolean('calendar:MeetingRequestWasSent', (view) => view.boolean(PidLid.FInvited) ?? false),
  boolean('calendar:IsResponseRequested', PidTag.ResponseRequested, true),
  {
    ...computed('calendar:CalendarItemType', (view) => tx('t:CalendarItemType', kind(view))),
    compare: (view) => ({ kind: 'text', value: kind(view) }),
  },
  computed('calendar:MyResponseType', (view) =>
    tx('t:MyResponseType', RESPONSES[view.number(PidLid.ResponseStatus) ?? 0] ?? 'Unknown'),
  ),
  organizer,
  attendees('RequiredAttendees', RecipientType.to),
  attendees('OptionalAttendees', RecipientType.cc),
  attendees('Resources', RecipientType.bcc),
  readOnlyNumber('calendar:ConflictingMeetingCount', () => 0),
  readOnlyNumber('calendar:AdjacentMeetingCount', () => 0),
  durationField,
  readOnlyText('calendar:TimeZone', PidLid.TimeZoneDescription),
  readOnlyTime('calendar:AppointmentReplyTime', (view) => view.time(PidLid.AppointmentReplyTime)),
  readOnlyNumber('calendar:AppointmentSequenceNumber', (view) => view.number(PidLid.AppointmentSequence) ?? 0),
  readOnlyNumber('calendar:AppointmentState', state),
  recurrence,
  firstOccurrence,
  lastOccurrence,
  modifiedOccurrences,
  deletedOccurrences,
  startTimeZone,
  endTimeZone,
  integer('calendar:ConferenceType', lid(PropSet.Appointment, 0x8241, 'Integer32'), 0),
  allowProposal,
  readOnlyBoolean(
    'calendar:IsOnlineMeeting',
    (view) => view.boolean(lid(PropSet.Appointment, 0x8240, 'Boolean')) ?? false,
  ),
  text('calendar:MeetingWorkspaceUrl', PidLid.MeetingWorkspaceUrl),
  text('calendar:NetShowUrl', lid(PropSet.Appointment, 0x8248, 'String')),
  wallClock('StartWallClock', start),
  wallClock('EndWallClock', end),
  zoneId('StartTimeZoneId', 'start'),
  zoneId('EndTimeZoneId', 'end'),
  readOnlyBoolean('calendar:IsOrganizer', (view) => (state(view) & 2) === 0),
];

/** Properties that follow from others on a calendar item that was made or changed by its typed form. */
export function finishCalendarItem(draft: Draft): void {
  const { message, call } = draft;
  const from = getTime(message, PidLid.AppointmentStartWhole);
  const to = getTime(message, PidLid.AppointmentEndWhole);
  if (from !== undefined && to !== undefined && to < from) {
    throw new EwsError('ErrorCalendarEndDateIsEarlierThanStartDate', 'The end date is earlier than the start date.');
  }
  if (from !== undefined && to !== undefined) {
    setProp(message, PidLid.AppointmentDuration, Math.round((to - from) / 60_000));
    setTime(message, PidLid.ClipStart, from);
    setTime(message, PidLid.ClipEnd, to);
    applyRecurrence(message, draft.recurrence, from, to);
    const delta = getNumber(message, PidLid.ReminderDelta);
    if (delta !== undefined) {
      setTime(message, PidLid.ReminderTime, from);
      setTime(message, PidLid.ReminderSignalTime, from - delta * 60_000);
    }
  }
  if (!draft.isNew) return;
  const meeting = message.recipients.length > 0;
  if (getNumber(message, PidLid.BusyStatus) === undefined) setProp(message, PidLid.BusyStatus, BUSY.Busy);
  setProp(message, PidLid.AppointmentStateFlags, meeting ? 1 : 0);
  setProp(message, PidLid.ResponseStatus, meeting ? 1 : 0);
  setProp(message, PidLid.AppointmentSequence, 0);
  if (getBytes(message, PidLid.GlobalObjectId) === undefined) {
    const id = globalObjectId(crypto.randomUUID());
    setProp(message, PidLid.GlobalObjectId, id);
    setProp(message, PidLid.CleanGlobalObjectId, id);
  }
  if (getText(message, PidTag.SentRepresentingName) === undefined) {
    const { user } = call;
    const me = { name: user.displayName, address: user.address, type: 'SMTP', smtp: user.address };
    for (const role of [ROLES.from, ROLES.sender]) setRole(message, role, me);
  }
}

const byName = (name: string): Field => {
  const found = CALENDAR_FIELDS.find((f) => f.name === name);
  if (!found) throw new Error(`no calendar field ${name}`);
  return found;
};
const pick = (...names: string[]): Field[] => names.map(byName);

const MEETING_RESPONSES: [RegExp, string][] = [
  [/\.pos(\.|$)/i, 'Accept'],
  [/\.tent(\.|$)/i, 'Tentative'],
  [/\.neg(\.|$)/i, 'Decline'],
];

/** What MeetingMessageType adds to MessageType. */
const MEETING_FIELDS: readonly Field[] = [
  readOnlyBoolean('meeting:IsDelegated', () => false),
  readOnlyBoolean('meeting:IsOutOfDate', () => false),
  readOnlyBoolean('meeting:HasBeenProcessed', () => false),
  computed('meeting:ResponseType', (view) =>
    tx(
      't:ResponseType',
      MEETING_RESPONSES.find(([pattern]) => pattern.test(view.record.itemClass))?.[1] ??
        RESPONSES[view.number(PidLid.ResponseStatus) ?? 0] ??
        'Unknown',
    ),
  ),
  ...pick('UID', 'RecurrenceId', 'DateTimeStamp', 'IsOrganizer'),
];

const REQUEST_TYPES: Record<number, string> = {
  0: 'None',
  1: 'NewMeetingRequest',
  65536: 'FullUpdate',
  131072: 'InformationalUpdate',
  262144: 'SilentUpdate',
  524288: 'Outdated',
  1048576: 'PrincipalWantsCopy',
};

export const MEETING_REQUEST_FIELDS: readonly Field[] = [
  ...MEETING_FIELDS,
  computed('meetingRequest:MeetingRequestType', (view) =>
    tx('t:MeetingRequestType', REQUEST_TYPES[view.number(PidLid.MeetingType) ?? 1] ?? 'None'),
  ),
  choice('meetingRequest:IntendedFreeBusyStatus', PidLid.IntendedBusyStatus, BUSY, 'Busy'),
  ...pick(
    'Start',
    'End',
    'OriginalStart',
    'IsAllDayEvent',
    'LegacyFreeBusyStatus',
    'Location',
    'When',
    'IsMeeting',
    'IsCancelled',
    'IsRecurring',
    'MeetingRequestWasSent',
    'CalendarItemType',
    'MyResponseType',
    'Organizer',
    'RequiredAttendees',
    'OptionalAttendees',
    'Resources',
    'ConflictingMeetingCount',
    'AdjacentMeetingCount',
    'Duration',
    'TimeZone',
    'AppointmentReplyTime',
    'AppointmentSequenceNumber',
    'AppointmentState',
    'Recurrence',
    'FirstOccurrence',
    'LastOccurrence',
    'ModifiedOccurrences',
    'DeletedOccurrences',
    'StartTimeZone',
    'EndTimeZone',
    'ConferenceType',
    'AllowNewTimeProposal',
    'IsOnlineMeeting',
    'MeetingWorkspaceUrl',
    'NetShowUrl',
    'StartWallClock',
    'EndWallClock',
    'StartTimeZoneId',
    'EndTimeZoneId',
  ),
];

export const MEETING_RESPONSE_FIELDS: readonly Field[] = [
  ...MEETING_FIELDS,
  ...pick('Start', 'End', 'Location', 'Recurrence', 'CalendarItemType'),
];
export const MEETING_CANCELLATION_FIELDS: readonly Field[] = MEETING_RESPONSE_FIELDS;
export const MEETING_MESSAGE_FIELDS: readonly Field[] = MEETING_FIELDS;
