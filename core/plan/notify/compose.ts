import {
  fillTemplate,
  type NotificationOccasion,
  type NotificationSettings,
  type NotificationTemplate,
  type NotificationValues,
  templateFor,
} from '../../domain/notification.ts';
import { first } from '../../domain/recipient.ts';
import type { StoredRecipient } from '../../store/recipients.ts';

export interface Person {
  displayName: string;
  sourceAddress: string;
  targetAddress: string;
  /** BCP 47, such as `de-DE`; undefined where the directory does not say. */
  language: string | undefined;
}

export interface Mail {
  to: string;
  subject: string;
  body: string;
  /** Of the template that was taken. */
  language: string;
}

/** The language a mailbox is in: its first culture (msExchUserCulture), as Exchange greets its owner. */
export function languageOf(recipient: Pick<StoredRecipient, 'attributes'> | undefined): string | undefined {
  const culture = recipient && first(recipient.attributes, 'msExchUserCulture');
  return culture?.split(/[,;]/)[0]?.trim() || undefined;
}

/** After the switch the mailbox is in the target; before it, and while it moves, in the source. */
export function addressFor(occasion: NotificationOccasion, person: Person): string {
  return occasion === 'after' ? person.targetAddress : person.sourceAddress;
}

/** The words for a date and a time in a language and an IANA zone; UTC where the zone is none. */
export function dateWords(at: number, language: string, zone: string): { date: string; time: string } {
  const timeZone = isZone(zone) ? zone : 'UTC';
  const say = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone, ...options }).format(at);
  return { date: say({ dateStyle: 'full' }), time: say({ timeStyle: 'short' }) };
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The mail one person gets; undefined where no template fits the occasion. */
export function composeMail(
  settings: NotificationSettings,
  occasion: NotificationOccasion,
  person: Person,
  about: { batch: string; at: number; zone: string },
): Mail | undefined {
  const template = templateFor(settings, occasion, person.language);
  if (!template) return undefined;
  return fill(template, settings, addressFor(occasion, person), person, about);
}

function fill(
  template: NotificationTemplate,
  settings: NotificationSettings,
  to: string,
  person: Person,
  { batch, at, zone }: { batch: string; at: number; zone: string },
): Mail {
  const { language } = template;
  // A culture such as de-AT is more exact than the template's de.
  const words = dateWords(at, person.language?.startsWith(language) ? person.language : language, zone);
  const values: NotificationValues = {
    displayName: person.displayName,
    sourceAddress: person.sourceAddress,
    targetAddress: person.targetAddress,
    batch,
    cutoverDate: words.date,
    cutoverTime: words.time,
    helpContact: settings.helpContact,
  };
  // A line break in a display name would be a header of its own.
  const subject = fillTemplate(template.subject, values).replace(/[\r\n]+/g, ' ');
  return { to, subject, body: fillTemplate(template.body, values), language };
}
