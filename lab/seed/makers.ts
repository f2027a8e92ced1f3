import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import type { Recurrence } from '../../core/domain/mapi/recurrence.ts';
import { localToUtc, utcToLocal } from '../../core/domain/mapi/time-zone.ts';
import type { MailAddress } from '../convert/addresses.ts';
import {
  type AppointmentSpec,
  type Attendee,
  appointmentMessage,
  BusyStatus,
  Response,
} from '../convert/appointments.ts';
import { contactMessage, distributionListMessage } from '../convert/contacts.ts';
import { type MailSpec, mailMessage } from '../convert/mail.ts';
import { noteMessage, postMessage } from '../convert/small-items.ts';
import { TaskStatus, taskMessage } from '../convert/tasks.ts';
import { zoneOfIana } from '../convert/zones.ts';
import { pngPicture, randomFile } from './files.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';
import { bodyText, CATEGORIES, htmlBody, phrases } from './texts.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** The lab's present, fixed so that every run seeds the same: items lie in the years before and shortly after. */
export const PRESENT = Date.UTC(2026, 8, 1, 6);

const ZONES: Record<string, string> = {
  de: 'Europe/Berlin',
  en: 'Europe/London',
  fr: 'Europe/Paris',
  ja: 'Asia/Tokyo',
  pl: 'Europe/Warsaw',
  tr: 'Europe/Istanbul',
  el: 'Europe/Athens',
  ar: 'Asia/Dubai',
};

export interface Scene {
  random: Random;
  /** Unique in the run: message ids and UIDs are made of it. */
  serial: number;
  owner: Person;
  everyone: readonly Person[];
}

export const who = (p: Person): MailAddress => ({ name: p.displayName, address: p.address });
export const zoneOfPerson = (p: Person) => zoneOfIana(ZONES[p.language] ?? 'Europe/London');

/** A time on a working day, more often lately than long ago. */
export function pastTime(random: Random): number {
  const days = Math.floor(Math.min(3000, random.logNormal(120, 4)));
  return PRESENT - days * DAY - random.int(0, 9 * 60) * MINUTE;
}

function colleague(scene: Scene): Person {
  const others = scene.everyone.filter((p) => p !== scene.owner && (p.kind === 'user' || p.kind === 'linked'));
  return others.length > 0 ? scene.random.pick(others) : scene.owner;
}

/** Bytes of an attachment: most are small, some are megabytes. */
export function attachmentSize(random: Random): number {
  return Math.min(6 << 20, Math.max(200, Math.round(random.logNormal(24_000, 4))));
}

/** An ordinary mail of a mailbox: received, or sent by its owner. */
export function ordinaryMail(scene: Scene, sentByOwner: boolean): MailSpec {
  const { random, owner } = scene;
  const other = colleague(scene);
  const from = sentByOwner ? owner : other;
  const to = sentByOwner ? other : owner;
  const language = random.chance(0.7) ? from.language : 'en';
  const p = phrases(language);
  const sent = pastTime(random);
  const text = bodyText(random, language, random.logNormal(900, 3), to.displayName, from.displayName);
  const answer = random.chance(0.35);
  const spec: MailSpec = {
    subject: `${answer ? p.reply : random.chance(0.06) ? p.forward : ''}${random.pick(p.subjects)}`,
    text,
    from: who(from),
    to: [who(to)],
    sent,
    received: sent + random.int(1, 90) * 1000,
    messageId: `<${scene.serial}.${sent.toString(36)}@mail.${from.address.split('@')[1]}>`,
    read: sentByOwner || random.chance(0.8),
  };
  if (answer) {
    spec.inReplyTo = `<thread-${random.int(1, 400)}@mail.source.test>`;
    spec.references = [spec.inReplyTo];
  }
  if (!sentByOwner) spec.receivedBy = who(owner);
  if (random.chance(0.7)) spec.html = htmlBody(text);
  if (random.chance(0.25)) spec.cc = random.some(scene.everyone, random.int(1, 4)).map(who);
  if (random.chance(0.08)) spec.importance = random.chance(0.8) ? 2 : 0;
  if (random.chance(0.12)) spec.categories = random.some(CATEGORIES, random.int(1, 2));
  if (random.chance(0.08)) spec.flag = flag(random, sent);
  if (random.chance(0.22))
    spec.files = Array.from({ length: random.int(1, 3) }, () => randomFile(random, attachmentSize(random)));
  return spec;
}

export function flag(random: Random, since: number): NonNullable<MailSpec['flag']> {
  return { status: random.chance(0.5) ? 2 : 1, request: 'Follow up', due: Math.floor((since + 3 * DAY) / DAY) * DAY };
}

export function mail(scene: Scene, change: Partial<MailSpec> = {}, sentByOwner = false): MapiMessage {
  return mailMessage({ ...ordinaryMail(scene, sentByOwner), ...change });
}

/** HTML with a picture inside it. */
export function inlineMail(scene: Scene): MapiMessage {
  const spec = ordinaryMail(scene, false);
  const contentId = `logo${scene.serial}@source.test`;
  const { random } = scene;
  const data = pngPicture(64, random.int(0, 255), random.int(0, 255), random.int(0, 255));
  return mailMessage({
    ...spec,
    html: htmlBody(spec.text, contentId),
    files: [{ name: 'logo.png', mimeType: 'image/png', data, contentId }],
  });
}

/** A message within a message, and in that one a file. */
export function forwardedMail(scene: Scene): MapiMessage {
  const inner = mail(scene, { files: [randomFile(scene.random, 9_000)] });
  return mail(scene, { subject: `${phrases(scene.owner.language).forward}…`, embedded: [inner], files: [] });
}

/** A day's time in the owner's zone, as UTC ms. */
function at(scene: Scene, day: number, hour: number, minute = 0): number {
  return localToUtc(zoneOfPerson(scene.owner), day + hour * HOUR + minute * MINUTE);
}

function someDay(scene: Scene, from = -400, to = 120): number {
  const day = Math.floor((PRESENT + scene.random.int(from, to) * DAY) / DAY) * DAY;
  const weekday = new Date(day).getUTCDay();
  return weekday === 0 ? day + DAY : weekday === 6 ? day + 2 * DAY : day;
}

function appointmentBase(scene: Scene): AppointmentSpec {
  const { random, owner } = scene;
  const start = at(scene, someDay(scene), random.int(7, 17), random.pick([0, 15, 30]));
  const p = phrases(owner.language);
  return {
    subject: random.pick(p.subjects),
    body: `${random.pick(p.sentences)}\r\n`,
    location: random.pick(['Room Rhein (12)', 'Salle Élysée (6)', '会議室 富士', 'Teams', '']),
    start,
    end: start + random.pick([30, 45, 60, 90, 180]) * MINUTE,
    allDay: false,
    busy: random.pick([
      BusyStatus.busy,
      BusyStatus.busy,
      BusyStatus.tentative,
      BusyStatus.free,
      BusyStatus.outOfOffice,
    ]),
    reminder: random.chance(0.7) ? random.pick([0, 5, 15, 60, 1440]) : null,
    uid: `seed-${scene.serial}@source.test`,
    zone: zoneOfPerson(owner),
    organizer: who(owner),
    created: start - random.int(1, 40) * DAY,
  };
}

export function appointment(scene: Scene): MapiMessage {
  const spec = appointmentBase(scene);
  if (scene.random.chance(0.4)) spec.attendees = attendees(scene);
  if (scene.random.chance(0.15)) spec.categories = scene.random.some(CATEGORIES, 1);
  if (scene.random.chance(0.08)) spec.sensitivity = 2;
  return appointmentMessage(spec);
}

export function attendees(scene: Scene): Attendee[] {
  const { random } = scene;
  const answers = [Response.none, Response.accepted, Response.accepted, Response.tentative, Response.declined];
  const people = random.some(
    scene.everyone.filter((p) => p !== scene.owner && p.kind !== 'equipment'),
    random.int(1, 6),
  );
  return people.map((p, index) => ({
    ...who(p),
    type: p.kind === 'room' ? 3 : index > 2 ? 2 : 1,
    response: random.pick(answers),
  }));
}

export function meeting(scene: Scene): MapiMessage {
  return appointmentMessage({ ...appointmentBase(scene), attendees: attendees(scene) });
}

/** A meeting that somebody else called and the owner answered. */
export function invitedMeeting(scene: Scene): MapiMessage {
  const organizer = colleague(scene);
  return appointmentMessage({
    ...appointmentBase(scene),
    organizer: who(organizer),
    attendees: [{ ...who(scene.owner), type: 1, response: Response.accepted }],
    response: Response.accepted,
  });
}

export function allDay(scene: Scene): MapiMessage {
  const day = someDay(scene);
  const base = appointmentBase(scene);
  const start = localToUtc(base.zone, day);
  const end = localToUtc(base.zone, day + scene.random.int(1, 5) * DAY);
  return appointmentMessage({ ...base, start, end, allDay: true, busy: BusyStatus.outOfOffice, reminder: null });
}

type SeriesKind = 'weekly' | 'daily' | 'monthlyNth' | 'yearly' | 'monthEnd';

/** A series; weekly ones have one occurrence deleted, one moved with another subject and one with another place. */
export function series(scene: Scene, kind: SeriesKind): MapiMessage {
  const base = appointmentBase(scene);
  const { zone } = base;
  const firstDay = Math.floor(utcToLocal(zone, base.start) / DAY) * DAY;
  const weekday = new Date(firstDay).getUTCDay();
  const recurrence = seriesPattern(kind, firstDay, weekday, scene.random);
  const spec: AppointmentSpec = { ...base, recurrence };
  if (kind === 'weekly') {
    const occurrence = (week: number) => localToUtc(zone, utcToLocal(zone, base.start) + week * 7 * DAY);
    const length = base.end - base.start;
    const content = { ...base, start: 0, end: 0 };
    recurrence.deleted.push(firstDay + 2 * 7 * DAY);
    spec.occurrences = [
      {
        ...content,
        original: occurrence(3),
        start: occurrence(3) + DAY,
        end: occurrence(3) + DAY + length,
        subject: `${base.subject} (verschoben – 移動)`,
      },
      {
        ...content,
        original: occurrence(4),
        start: occurrence(4),
        end: occurrence(4) + length,
        location: 'Kantine',
        body: 'Diesmal mit Mittagessen.',
      },
    ];
  }
  return appointmentMessage(spec);
}

function seriesPattern(kind: SeriesKind, start: number, weekday: number, random: Random): Recurrence {
  const common = { start, firstDayOfWeek: 1, deleted: [] as number[] };
  switch (kind) {
    case 'weekly':
      return {
        ...common,
        pattern: { kind: 'weekly', interval: 1, weekdays: 1 << weekday },
        end: { kind: 'count', occurrences: random.int(8, 40) },
      };
    case 'daily':
      return { ...common, pattern: { kind: 'daily', interval: random.int(1, 3) }, end: { kind: 'never' } };
    case 'monthlyNth': {
      const nth = Math.min(5, Math.ceil(new Date(start).getUTCDate() / 7));
      return {
        ...common,
        pattern: { kind: 'monthlyNth', interval: 1, weekdays: 1 << weekday, nth },
        end: { kind: 'count', occurrences: 12 },
      };
    }
    case 'yearly':
      return {
        ...common,
        pattern: { kind: 'monthly', interval: 12, day: new Date(start).getUTCDate() },
        end: { kind: 'never' },
      };
    case 'monthEnd': {
      const first = new Date(start);
      const last = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0);
      return {
        ...common,
        start: last,
        pattern: { kind: 'monthly', interval: 1, day: 31 },
        end: { kind: 'count', occurrences: 6 },
      };
    }
  }
}

export function contact(scene: Scene, photo: boolean): MapiMessage {
  const { random } = scene;
  const p = random.pick(scene.everyone.filter((one) => one.givenName !== '') as Person[]);
  const spec = {
    givenName: p.givenName,
    surname: p.surname,
    displayName: p.displayName,
    company: 'Contoso Chemie',
    department: p.department,
    title: p.title,
    emails: [who(p), { name: p.displayName, address: `${p.alias}${scene.serial}@example.org` }].slice(
      0,
      random.int(1, 2),
    ),
    businessPhone: p.phone,
    mobilePhone: p.phone.replace(' 555', ' 777'),
    street: p.country.street,
    city: p.country.city,
    postalCode: p.country.postalCode,
    country: p.country.co,
    birthday: Date.UTC(1950 + random.int(0, 50), random.int(0, 11), random.int(1, 28)),
    notes: random.pick(phrases(p.language).sentences),
    created: pastTime(random),
  };
  return contactMessage(
    photo ? { ...spec, photo: pngPicture(48, 200, 180, random.int(0, 255)), children: ['Zoë', 'Łukasz'] } : spec,
  );
}

export function distributionList(scene: Scene): MapiMessage {
  const members = scene.random.some(scene.everyone, scene.random.int(2, 12)).map(who);
  return distributionListMessage({ name: `Verteiler ${scene.serial}`, members, created: pastTime(scene.random) });
}

export function task(scene: Scene, recurring: boolean): MapiMessage {
  const { random, owner } = scene;
  const start = someDay(scene, -200, 60);
  const done = random.chance(0.4) && !recurring;
  const spec = {
    subject: random.pick(phrases(owner.language).subjects),
    body: random.pick(phrases(owner.language).sentences),
    start,
    due: start + random.int(0, 20) * DAY,
    status: done
      ? TaskStatus.complete
      : random.pick([TaskStatus.notStarted, TaskStatus.inProgress, TaskStatus.waiting]),
    percent: done ? 1 : random.pick([0, 0.25, 0.5]),
    owner: owner.displayName,
    importance: random.pick([0, 1, 1, 2]),
    created: start - DAY,
  };
  const more = done ? { completed: start + DAY } : {};
  const weekly: Recurrence = {
    pattern: { kind: 'weekly', interval: 2, weekdays: 1 << new Date(start).getUTCDay() },
    end: { kind: 'count', occurrences: 10 },
    start,
    firstDayOfWeek: 1,
    deleted: [],
  };
  return taskMessage(recurring ? { ...spec, ...more, recurrence: weekly } : { ...spec, ...more });
}

export function note(scene: Scene): MapiMessage {
  const { random, owner } = scene;
  return noteMessage({
    text: `${random.pick(phrases(owner.language).subjects)}\r\n${random.pick(phrases(owner.language).sentences)}`,
    color: random.int(0, 4),
    created: pastTime(random),
  });
}

export function post(scene: Scene): MapiMessage {
  const { random } = scene;
  const author = colleague(scene);
  const p = phrases(author.language);
  return postMessage({
    subject: random.pick(p.subjects),
    text: bodyText(random, author.language, random.logNormal(500, 2), '', author.displayName),
    from: who(author),
    posted: pastTime(random),
  });
}
