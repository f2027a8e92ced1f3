import { setProp } from '../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid } from '../../core/domain/mapi/names.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { mimeToMessage } from '../convert/mime-in.ts';
import { configurationMessage, journalMessage } from '../convert/small-items.ts';
import type { FolderRecord, OrganisationStore } from '../model.ts';
import { randomFile } from './files.ts';
import { need, type SeedMailbox } from './mailbox-setup.ts';
import * as make from './makers.ts';
import type { Person } from './people.ts';
import { Random } from './random.ts';
import { deliveryReport, readReceipt, signedMail } from './raw-mail.ts';

/** Puts items into folders and counts them. */
export class SeedWriter {
  readonly #store: OrganisationStore;
  items = 0;
  bytes = 0;

  constructor(store: OrganisationStore) {
    this.#store = store;
  }

  put(folder: FolderRecord, message: MapiMessage, associated = false): void {
    const item = this.#store.createItem(folder.id, message, associated);
    this.items++;
    this.bytes += item.sizeBytes;
  }
}

export interface SeedScenes {
  seed: number;
  everyone: readonly Person[];
  next(): number;
}

export function scene(scenes: SeedScenes, owner: Person): make.Scene {
  const serial = scenes.next();
  return { random: new Random(`item\0${scenes.seed}\0${serial}`), serial, owner, everyone: scenes.everyone };
}

/** Items whose MIME is what counts; made beforehand, since reading MIME is asynchronous. */
export async function rawItems(owner: Person, other: Person): Promise<MapiMessage[]> {
  const sent = make.PRESENT - 40 * 86_400_000;
  return Promise.all(
    [
      signedMail(other, owner, sent, 1),
      deliveryReport(owner, sent + 1000, 2),
      readReceipt(other, owner, sent + 2000, 3),
    ].map((raw) => mimeToMessage(raw)),
  );
}

type Placed = [where: string, message: (s: make.Scene) => MapiMessage, associated?: boolean];

/** One of each class and form, so that every run has them all whatever its size. */
const ROSTER: readonly Placed[] = [
  ['inbox', (s) => make.mail(s, { read: false })],
  ['inbox', (s) => make.mail(s, { read: true, importance: 2, readReceipt: true })],
  ['inbox', (s) => make.mail(s, { flag: { status: 2, request: 'Follow up', due: make.PRESENT } })],
  ['inbox', (s) => make.mail(s, { flag: { status: 1, request: 'Rückruf', due: make.PRESENT } })],
  ['inbox', (s) => make.mail(s, { categories: ['Red Category', '重要'], sensitivity: 2 })],
  ['inbox', (s) => make.mail(s, { files: [randomFile(s.random, 40_000), randomFile(s.random, 1)] })],
  ['inbox', (s) => make.inlineMail(s)],
  ['inbox', (s) => make.forwardedMail(s)],
  ['inbox', (s) => meetingRequest(s)],
  ['inbox', (s) => meetingAnswer(s)],
  ['inbox', (s) => make.post(s)],
  ['sentitems', (s) => make.mail(s, {}, true)],
  ['drafts', (s) => make.mail(s, { draft: true, read: true, bcc: [make.who(s.owner)] }, true)],
  ['deleteditems', (s) => make.mail(s)],
  ['recoverableitemsdeletions', (s) => make.mail(s)],
  ['calendar', (s) => make.appointment(s)],
  ['calendar', (s) => make.meeting(s)],
  ['calendar', (s) => make.invitedMeeting(s)],
  ['calendar', (s) => make.allDay(s)],
  ['calendar', (s) => make.series(s, 'weekly')],
  ['calendar', (s) => make.series(s, 'daily')],
  ['calendar', (s) => make.series(s, 'monthlyNth')],
  ['calendar', (s) => make.series(s, 'monthEnd')],
  ['calendar', (s) => make.series(s, 'yearly')],
  ['contacts', (s) => make.contact(s, true)],
  ['contacts', (s) => make.distributionList(s)],
  ['tasks', (s) => make.task(s, false)],
  ['tasks', (s) => make.task(s, true)],
  ['notes', (s) => make.note(s)],
  [
    'journal',
    (s) => journalMessage({ subject: 'Anruf', text: 'Rückruf erbeten', start: make.pastTime(s.random), minutes: 12 }),
  ],
  [
    'calendar',
    () => configurationMessage({ name: 'Calendar', dictionary: { AutomateProcessing: 'True' }, created: make.PRESENT }),
    true,
  ],
  ['calendar', () => configurationMessage({ name: 'WorkHours', xml: WORK_HOURS, created: make.PRESENT }), true],
  [
    'inbox',
    () =>
      configurationMessage({
        name: 'OWA.UserOptions',
        dictionary: { timezone: 'W. Europe Standard Time' },
        created: make.PRESENT,
      }),
    true,
  ],
];
export const ROSTER_SIZE = ROSTER.length + 3;

const WORK_HOURS =
  '<?xml version="1.0"?><Root xmlns="WorkingHours.xsd"><WorkHoursVersion1><TimeZone><Bias>-60</Bias><Name>W. Europe Standard Time</Name></TimeZone><TimeSlot><Start>08:00:00</Start><End>17:00:00</End></TimeSlot><WorkDays>Monday Tuesday Wednesday Thursday Friday</WorkDays></WorkHoursVersion1></Root>';

export function putRoster(
  writer: SeedWriter,
  scenes: SeedScenes,
  boxes: readonly SeedMailbox[],
  raw: readonly MapiMessage[],
): void {
  const owners = boxes.filter((b) => b.person.kind === 'user' || b.person.kind === 'linked');
  ROSTER.forEach(([where, message, associated], index) => {
    const box = owners[Math.floor(index / 12) % owners.length] ?? boxes[0];
    if (box) writer.put(need(box.well, where), message(scene(scenes, box.person)), associated);
  });
  const [first] = owners;
  for (const message of raw) if (first) writer.put(need(first.well, 'inbox'), message);
}

/** An invitation as mail ([MS-OXOCAL] 2.2.4). */
function meetingRequest(s: make.Scene): MapiMessage {
  const message = make.invitedMeeting(s);
  setProp(message, PidTag.MessageClass, 'IPM.Schedule.Meeting.Request');
  setProp(message, PidLid.MeetingType, 1);
  setProp(message, PidLid.IntendedBusyStatus, 2);
  setProp(message, PidLid.BusyStatus, 1);
  setProp(message, PidTag.IconIndex, 0x404);
  setProp(message, PidTag.InternetMessageId, `<invite-${s.serial}@source.test>`);
  return message;
}

function meetingAnswer(s: make.Scene): MapiMessage {
  const message = make.meeting(s);
  setProp(message, PidTag.MessageClass, 'IPM.Schedule.Meeting.Resp.Pos');
  setProp(message, PidTag.IconIndex, 0x405);
  setProp(message, PidTag.InternetMessageId, `<answer-${s.serial}@source.test>`);
  return message;
}

/** What a person's mailbox holds, in the proportions of ordinary mailboxes. */
export function putOne(writer: SeedWriter, scenes: SeedScenes, box: SeedMailbox): void {
  const s = scene(scenes, box.person);
  const { random } = s;
  const { kind } = box.person;
  if (kind === 'room' || kind === 'equipment') {
    writer.put(need(box.well, 'calendar'), make.invitedMeeting(s));
    return;
  }
  const draw = random.next();
  if (draw < 0.55) writer.put(random.pick(box.mailFolders), make.mail(s));
  else if (draw < 0.72) writer.put(need(box.well, 'sentitems'), make.mail(s, {}, true));
  else if (draw < 0.74) writer.put(random.pick(box.mailFolders), make.inlineMail(s));
  else if (draw < 0.755) writer.put(random.pick(box.mailFolders), make.forwardedMail(s));
  else if (draw < 0.77) writer.put(need(box.well, 'drafts'), make.mail(s, { draft: true, read: true }, true));
  else if (draw < 0.85) writer.put(random.pick(box.calendars), make.appointment(s));
  else if (draw < 0.87)
    writer.put(random.pick(box.calendars), random.chance(0.5) ? make.allDay(s) : make.series(s, random.pick(SERIES)));
  else if (draw < 0.91)
    writer.put(
      need(box.well, 'contacts'),
      random.chance(0.15) ? make.distributionList(s) : make.contact(s, random.chance(0.2)),
    );
  else if (draw < 0.94) writer.put(need(box.well, 'tasks'), make.task(s, random.chance(0.15)));
  else if (draw < 0.955) writer.put(need(box.well, 'notes'), make.note(s));
  else if (draw < 0.975) writer.put(need(box.well, 'deleteditems'), make.mail(s));
  else if (draw < 0.985) writer.put(need(box.well, 'recoverableitemsdeletions'), make.mail(s));
  else
    writer.put(box.well.get('archivemsgfolderroot') ? archiveFolder(box) : need(box.well, 'junkemail'), make.mail(s));
}

const SERIES = ['weekly', 'daily', 'monthlyNth', 'yearly', 'monthEnd'] as const;

function archiveFolder(box: SeedMailbox): FolderRecord {
  return need(box.well, 'archivemsgfolderroot');
}

/** What a public folder of a class holds. */
export function putPublic(writer: SeedWriter, scenes: SeedScenes, folder: FolderRecord, author: Person): void {
  const s = scene(scenes, author);
  const { random } = s;
  switch (folder.folderClass) {
    case 'IPF.Appointment':
      writer.put(folder, random.chance(0.2) ? make.series(s, 'weekly') : make.appointment(s));
      return;
    case 'IPF.Contact':
      writer.put(folder, make.contact(s, random.chance(0.1)));
      return;
    case 'IPF.Task':
      writer.put(folder, make.task(s, false));
      return;
    case 'IPF.StickyNote':
      writer.put(folder, make.note(s));
      return;
    default:
      writer.put(folder, random.chance(0.55) ? make.post(s) : make.mail(s));
  }
}
