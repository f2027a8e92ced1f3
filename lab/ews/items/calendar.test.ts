import { describe, expect, test } from 'vitest';
import { all, codes, first } from '../testing/client.ts';
import { answersAreValid, organisationForTests } from '../testing/for-tests.ts';
import { folder, ID_ONLY, itemCalls, shapeWith, text, uri, WHOLE } from '../testing/item-calls.ts';

const lab = organisationForTests();
const { create, createCall, get } = itemCalls(lab);

describe('calendar items', () => {
  const appointment = (more: string) =>
    `<t:CalendarItem><t:Subject>Termin</t:Subject><t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>${more}</t:CalendarItem>`;
  const times = '<t:Start>2024-06-03T10:00:00+02:00</t:Start><t:End>2024-06-03T11:00:00+02:00</t:End>';
  const zone = '<t:StartTimeZone Id="W. Europe Standard Time"/>';
  const series =
    '<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday Wednesday</t:DaysOfWeek></t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2024-06-03</t:StartDate><t:NumberOfOccurrences>6</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>';

  test('a meeting with attendees', async () => {
    const id = await create(
      'calendar',
      appointment(
        `<t:UID>my-uid</t:UID>${times}<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Raum</t:Location><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>bert@source.test</t:EmailAddress></t:Mailbox><t:ResponseType>Accept</t:ResponseType></t:Attendee></t:RequiredAttendees><t:Resources><t:Attendee><t:Mailbox><t:EmailAddress>room@source.test</t:EmailAddress></t:Mailbox></t:Attendee></t:Resources>${zone}`,
      ),
    );
    const answer = await get(id);
    expect([text(answer, 'Start'), text(answer, 'End'), text(answer, 'UID'), text(answer, 'Duration')]).toEqual([
      '2024-06-03T08:00:00Z',
      '2024-06-03T09:00:00Z',
      'my-uid',
      'PT1H',
    ]);
    expect([text(answer, 'IsMeeting'), text(answer, 'CalendarItemType'), text(answer, 'LegacyFreeBusyStatus')]).toEqual(
      ['true', 'Single', 'OOF'],
    );
    expect(first(answer.body, 'StartTimeZone').attributes.Id).toBe('W. Europe Standard Time');
    expect(all(answer.body, 'ResponseType').map((r) => r.text)).toEqual(['Accept', 'Unknown']);
    expect(first(first(answer.body, 'Organizer'), 'EmailAddress').text).toBe('anna@source.test');
  });

  test('a series: occurrences, one changed, one deleted, the view of a month', async () => {
    const id = await create('calendar', appointment(times + series + zone));
    const master = await get(id);
    expect(text(master, 'CalendarItemType')).toBe('RecurringMaster');
    expect(text(first(master.body, 'FirstOccurrence') && master, 'NumberOfOccurrences')).toBe('6');
    expect(first(first(master.body, 'LastOccurrence'), 'Start').text).toBe('2024-06-19T08:00:00Z');
    const occurrence = (index: number) =>
      `<t:OccurrenceItemId RecurringMasterId="${id.attributes.Id}" InstanceIndex="${index}"/>`;
    const third = await lab.client.call(
      `<m:GetItem>${WHOLE}<m:ItemIds>${occurrence(3)}${occurrence(7)}</m:ItemIds></m:GetItem>`,
    );
    expect(codes(third)).toEqual(['NoError', 'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange']);
    expect([text(third, 'Start'), text(third, 'CalendarItemType')]).toEqual(['2024-06-10T08:00:00Z', 'Occurrence']);
    const changed = await lab.client.call(
      `<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>${occurrence(3)}<t:Updates><t:SetItemField>${uri('item:Subject')}<t:CalendarItem><t:Subject>verlegt</t:Subject></t:CalendarItem></t:SetItemField>` +
        `<t:SetItemField>${uri('calendar:Start')}<t:CalendarItem><t:Start>2024-06-11T09:00:00Z</t:Start></t:CalendarItem></t:SetItemField><t:SetItemField>${uri('calendar:End')}<t:CalendarItem><t:End>2024-06-11T10:30:00Z</t:End></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
    );
    expect(codes(changed)).toEqual(['NoError']);
    const deleted = await lab.client.call(
      `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>${occurrence(4)}</m:ItemIds></m:DeleteItem>`,
    );
    expect(codes(deleted)).toEqual(['NoError']);
    const view = await lab.client.call(
      `<m:FindItem Traversal="Shallow">${shapeWith(uri('item:Subject') + uri('calendar:Start') + uri('calendar:CalendarItemType'))}<m:CalendarView StartDate="2024-06-04T00:00:00Z" EndDate="2024-07-01T00:00:00Z"/><m:ParentFolderIds>${folder('calendar')}</m:ParentFolderIds></m:FindItem>`,
    );
    expect(
      all(view.body, 'CalendarItem').map((i) => [
        first(i, 'Start').text,
        first(i, 'CalendarItemType').text,
        first(i, 'Subject').text,
      ]),
    ).toEqual([
      ['2024-06-05T08:00:00Z', 'Occurrence', 'Termin'],
      ['2024-06-11T09:00:00Z', 'Exception', 'verlegt'],
      ['2024-06-17T08:00:00Z', 'Occurrence', 'Termin'],
      ['2024-06-19T08:00:00Z', 'Occurrence', 'Termin'],
    ]);
    const after = await get(id);
    expect(first(first(after.body, 'ModifiedOccurrences'), 'OriginalStart').text).toBe('2024-06-10T08:00:00Z');
    expect(first(first(after.body, 'DeletedOccurrences'), 'Start').text).toBe('2024-06-12T08:00:00Z');
    expect(all(after.body, 'Attachments')).toEqual([]);
    const exception = all(view.body, 'ItemId')[1]?.attributes.Id ?? '';
    const [back] = all(
      (
        await lab.client.call(
          `<m:GetItem>${ID_ONLY}<m:ItemIds><t:RecurringMasterItemId OccurrenceId="${exception}"/></m:ItemIds></m:GetItem>`,
        )
      ).body,
      'ItemId',
    );
    expect(back?.attributes.Id).toBe(id.attributes.Id);
    const copied = await lab.client.call(
      `<m:CopyItem><m:ToFolderId>${folder('drafts')}</m:ToFolderId><m:ItemIds><t:ItemId Id="${exception}"/></m:ItemIds></m:CopyItem>`,
    );
    expect(codes(copied)).toEqual(['ErrorCalendarCannotMoveOrCopyOccurrence']);
    const gone = await lab.client.call(`<m:GetItem>${ID_ONLY}<m:ItemIds>${occurrence(4)}</m:ItemIds></m:GetItem>`);
    expect(codes(gone)).toEqual(['ErrorCalendarOccurrenceIsDeletedFromRecurrence']);
  });

  test.each([
    [
      'an end before its start',
      '<t:Start>2024-06-03T11:00:00Z</t:Start><t:End>2024-06-03T10:00:00Z</t:End>',
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    ],
    [
      'a pattern that is none',
      `${times}<t:Recurrence><t:DailyRecurrence><t:Interval>0</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2024-06-03</t:StartDate></t:NoEndRecurrence></t:Recurrence>`,
      'ErrorCalendarInvalidRecurrence',
    ],
    ['a zone that is none', `${times}<t:StartTimeZone Id="Moon Time"/>`, 'ErrorCalendarInvalidTimeZone'],
    ['a date that is none', '<t:Start>yesterday</t:Start>', 'ErrorInvalidValueForProperty'],
  ])('%s is refused', async (_, more, code) => {
    expect(codes(await createCall('calendar', appointment(more)))).toEqual([code]);
  });

  test('every kind of pattern comes back as it went', async () => {
    const patterns = [
      '<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>',
      '<t:AbsoluteMonthlyRecurrence><t:Interval>2</t:Interval><t:DayOfMonth>31</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>',
      '<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Friday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>',
      '<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month></t:AbsoluteYearlyRecurrence>',
      '<t:RelativeYearlyRecurrence><t:DaysOfWeek>Weekday</t:DaysOfWeek><t:DayOfWeekIndex>First</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence>',
    ];
    for (const pattern of patterns) {
      const id = await create(
        'calendar',
        appointment(
          `${times}<t:Recurrence>${pattern}<t:NoEndRecurrence><t:StartDate>2024-06-03</t:StartDate></t:NoEndRecurrence></t:Recurrence>${zone}`,
        ),
      );
      expect((await get(id)).text).toContain(pattern);
    }
  });
});

answersAreValid(lab, 12);
