import { z } from 'zod';
import { FOREST_ROLES } from './words.ts';

/** Mails to the people whose mailboxes move: before, when it begins, and afterwards; per language. */
export const NOTIFICATION_OCCASIONS = ['before', 'cutover', 'after'] as const;
export type NotificationOccasion = (typeof NOTIFICATION_OCCASIONS)[number];

/**
 * A mail's life: `planned`, `sending` (handed to the server, no answer on record yet), `sent`, `failed` (the server
 * refused), `unknown` when the program died while sending: it is not sent again unless a person asks for it.
 */
export const MAIL_STATES = ['planned', 'sending', 'sent', 'failed', 'unknown'] as const;
export type MailState = (typeof MAIL_STATES)[number];

/** What may stand in braces in a template. */
export const NOTIFICATION_FIELDS = [
  'displayName',
  'sourceAddress',
  'targetAddress',
  'batch',
  'cutoverDate',
  'cutoverTime',
  'helpContact',
] as const;
export type NotificationField = (typeof NOTIFICATION_FIELDS)[number];
export type NotificationValues = Record<NotificationField, string>;

export const notificationTemplateSchema = z.object({
  /** BCP 47: `en`, `de`, `fr-CA`. */
  language: z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language is written like en or fr-CA'),
  occasion: z.enum(NOTIFICATION_OCCASIONS),
  subject: z.string().trim().min(1).max(200),
  /** Plain text; a blank line parts paragraphs. */
  body: z.string().trim().min(1).max(10_000),
});
export type NotificationTemplate = z.infer<typeof notificationTemplateSchema>;

export const notificationSettingsSchema = z.object({
  /** Whether anything is sent at all. */
  enabled: z.boolean().default(false),
  from: z.union([z.email(), z.literal('')]).default(''),
  helpContact: z.string().max(200).default(''),
  /** How long before the cutover the first mail goes out, hours. */
  hoursBefore: z.int().min(1).max(720).default(48),
  defaultLanguage: z.string().default('en'),
  /** The forest whose mail server and `smtp` account send the mails. */
  via: z.enum(FOREST_ROLES).default('target'),
  /** `starttls` upgrades (port 25 or 587), `implicit` is TLS from the first byte (port 465). There is no mail without TLS. */
  security: z.enum(['starttls', 'implicit']).default('starttls'),
  /** IANA zone of the dates and times in mails, where the batch's schedule names none. */
  timeZone: z.string().default('UTC'),
  templates: z.array(notificationTemplateSchema).max(200).default([]),
});
export type NotificationSettings = z.infer<typeof notificationSettingsSchema>;

/** The templates a project begins with. */
export const DEFAULT_TEMPLATES: readonly NotificationTemplate[] = [
  {
    language: 'en',
    occasion: 'before',
    subject: 'Your mailbox moves on {cutoverDate}',
    body: 'Hello {displayName},\n\nyour mailbox {sourceAddress} moves on {cutoverDate} at {cutoverTime}. You can go on working until then; please close Outlook before that time.\n\nQuestions: {helpContact}',
  },
  {
    language: 'en',
    occasion: 'cutover',
    subject: 'Your mailbox is being moved now',
    body: 'Hello {displayName},\n\nwe are moving your mailbox now. New mail is kept and will be there when you sign in again as {targetAddress}.\n\nQuestions: {helpContact}',
  },
  {
    language: 'en',
    occasion: 'after',
    subject: 'Your mailbox has moved',
    body: 'Hello {displayName},\n\nyour mailbox has moved. Start Outlook and sign in as {targetAddress}.\n\nQuestions: {helpContact}',
  },
];

/** Fills a template in. A word in braces that is no field stays as it was written. */
export function fillTemplate(text: string, values: NotificationValues): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    (NOTIFICATION_FIELDS as readonly string[]).includes(name) ? values[name as NotificationField] : whole,
  );
}

/** Words in braces that are no field: a slip of the pen, shown before it is sent to 5,000 people. */
export function unknownFields(text: string): string[] {
  const found = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  return [...new Set(found.filter((name) => !(NOTIFICATION_FIELDS as readonly string[]).includes(name)))];
}

/** The template for a person's language: the very one, the one without its region, the default, or any. */
export function templateFor(
  settings: Pick<NotificationSettings, 'templates' | 'defaultLanguage'>,
  occasion: NotificationOccasion,
  language: string | undefined,
): NotificationTemplate | undefined {
  const fitting = settings.templates.filter((template) => template.occasion === occasion);
  const wanted = [language, language?.split('-')[0], settings.defaultLanguage, 'en'];
  for (const one of wanted) {
    const found = fitting.find((template) => template.language.toLowerCase() === one?.toLowerCase());
    if (found) return found;
  }
  return fitting[0];
}
