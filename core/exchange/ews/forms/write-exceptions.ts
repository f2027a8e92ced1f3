import type { CallOptions, SeriesExceptions } from '../../mail-store.ts';
import { wireChunks } from '../base64.ts';
import { EwsError } from '../codes.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child, escapeXml, timeOf } from '../xml.ts';
import { itemXml } from './write-content.ts';

/** Occurrences asked for at once, and at most: exceptions lie within a few years of a series. */
const AT_ONCE = 60;
const MOST = 3_000;

/** What can be set on one occurrence, with the URI of each field. */
const OCCURRENCE_FIELDS: Record<string, string> = {
  Subject: 'item:Subject',
  Body: 'item:Body',
  Categories: 'item:Categories',
  Importance: 'item:Importance',
  Sensitivity: 'item:Sensitivity',
  ReminderIsSet: 'item:ReminderIsSet',
  ReminderMinutesBeforeStart: 'item:ReminderMinutesBeforeStart',
  Start: 'calendar:Start',
  End: 'calendar:End',
  IsAllDayEvent: 'calendar:IsAllDayEvent',
  LegacyFreeBusyStatus: 'calendar:LegacyFreeBusyStatus',
  Location: 'calendar:Location',
  RequiredAttendees: 'calendar:RequiredAttendees',
  OptionalAttendees: 'calendar:OptionalAttendees',
  Resources: 'calendar:Resources',
};

/**
 * Changes and removes occurrences of a series that was just written. Nobody is told: no cancellation and no update is
 * sent. Occurrences are addressed by their place in the pattern, which is found by their start times.
 */
export async function writeExceptions(
  session: Session,
  masterId: string,
  exceptions: SeriesExceptions,
  options: CallOptions,
): Promise<void> {
  const wanted = [...exceptions.deleted, ...exceptions.modified.map((m) => m.originalStart)];
  const places = await findOccurrences(session, masterId, wanted, options);
  const lost = wanted.filter((start) => !places.has(start));
  if (lost.length > 0)
    throw new EwsError(
      'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange',
      `${lost.length} occurrences were not found`,
    );
  for (const { originalStart, content } of exceptions.modified) {
    const index = places.get(originalStart);
    if (index !== undefined) await updateOccurrence(session, masterId, index, content, options);
  }
  const deleted = exceptions.deleted.flatMap((start) => places.get(start) ?? []);
  if (deleted.length > 0) await deleteOccurrences(session, masterId, deleted, options);
}

const occurrence = (masterId: string, index: number): string =>
  `<t:OccurrenceItemId RecurringMasterId="${escapeXml(masterId)}" InstanceIndex="${index}"/>`;

async function findOccurrences(
  session: Session,
  masterId: string,
  starts: number[],
  options: CallOptions,
): Promise<Map<number, number>> {
  const open = new Set(starts);
  const last = Math.max(...starts);
  const found = new Map<number, number>();
  for (let first = 1; first <= MOST && open.size > 0; first += AT_ONCE) {
    const indexes = Array.from({ length: AT_ONCE }, (_, i) => first + i);
    const body = `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="calendar:Start"/></t:AdditionalProperties></m:ItemShape><m:ItemIds>${indexes.map((i) => occurrence(masterId, i)).join('')}</m:ItemIds></m:GetItem>`;
    const answers = resultsOf(
      await messages(session, { operation: 'GetItem', body, repeatable: true, ...options }, indexes.length),
      indexes.length,
      (node) => timeOf(child(node, 'Items')?.children[0], 'Start'),
    );
    let beyond = true;
    for (const [at, answer] of answers.entries()) {
      if (!answer.ok || answer.value === undefined) continue;
      if (answer.value <= last) beyond = false;
      if (open.delete(answer.value)) found.set(answer.value, indexes[at] ?? 0);
    }
    if (beyond) break;
  }
  return found;
}

async function updateOccurrence(
  session: Session,
  masterId: string,
  index: number,
  content: SeriesExceptions['modified'][number]['content'],
  options: CallOptions,
): Promise<void> {
  const updates = content.fields
    .flatMap((field) => {
      const uri = OCCURRENCE_FIELDS[field.name];
      return uri === undefined
        ? []
        : [
            `<t:SetItemField><t:FieldURI FieldURI="${uri}"/><t:CalendarItem>${field.xml}</t:CalendarItem></t:SetItemField>`,
          ];
    })
    .join('');
  const body = `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>${occurrence(masterId, index)}<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`;
  const [answer] = resultsOf(
    await messages(session, { operation: 'UpdateItem', body, repeatable: true, ...options }, 1),
    1,
    (node) => child(node, 'Items')?.children[0]?.children.find((c) => c.name === 'ItemId')?.attributes.Id ?? '',
  );
  if (answer && !answer.ok) throw answer.error;
  if (content.attachments.length > 0 && answer?.ok) await attach(session, answer.value, content.attachments, options);
}

/** Attachments of an occurrence; the ones of the series are not repeated in it. */
async function attach(
  session: Session,
  itemId: string,
  attachments: SeriesExceptions['modified'][number]['content']['attachments'],
  options: CallOptions,
): Promise<void> {
  const holder = itemXml({
    form: 'typed',
    element: 'Item',
    itemClass: '',
    fields: [],
    properties: [],
    attachments,
    size: 0,
    exceptions: null,
  });
  const inner = Array.from(wireChunks(holder.pieces()), String)
    .join('')
    .replace(/^<t:Item><t:Attachments>|<\/t:Attachments><\/t:Item>$/g, '');
  const body = `<m:CreateAttachment><m:ParentItemId Id="${escapeXml(itemId)}"/><m:Attachments>${inner}</m:Attachments></m:CreateAttachment>`;
  for (const answer of resultsOf(
    await messages(session, { operation: 'CreateAttachment', body, repeatable: false, ...options }, attachments.length),
    attachments.length,
    () => null,
  ))
    if (!answer.ok) throw answer.error;
}

async function deleteOccurrences(
  session: Session,
  masterId: string,
  indexes: number[],
  options: CallOptions,
): Promise<void> {
  const answers = await bulk(session, indexes, async (asked) => {
    const body = `<m:DeleteItem DeleteType="SoftDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>${asked.map((i) => occurrence(masterId, i)).join('')}</m:ItemIds></m:DeleteItem>`;
    const found = await messages(
      session,
      { operation: 'DeleteItem', body, repeatable: false, ...options },
      asked.length,
    );
    return resultsOf(found, asked.length, () => null);
  });
  for (const answer of answers) if (!answer.ok) throw answer.error;
}
