import type { NotificationOccasion } from '../../../core/domain/notification.ts';

export const notificationsTexts = {
  title: 'Notifications',
  sentence: (f: { enabled: boolean; templates: number; languages: string }) =>
    f.enabled
      ? `${f.templates} templates in ${f.languages} are kept and turned on; this version sends no mails itself yet.`
      : `${f.templates} templates in ${f.languages} are kept; this version sends no mails itself yet.`,
  settings: 'Sending',
  enabled: 'Send mails to the people whose mailboxes move',
  from: 'From',
  helpContact: 'Help contact',
  helpHint: 'Stands where a template says {helpContact}',
  hoursBefore: 'Hours before the cutover',
  defaultLanguage: 'Language when nothing is known',
  templates: 'Templates',
  occasions: { before: 'Before', cutover: 'When it begins', after: 'Afterwards' } satisfies Record<
    NotificationOccasion,
    string
  >,
  language: 'Language',
  occasion: 'When',
  subject: 'Subject line',
  body: 'Text',
  fields: 'Fields',
  preview: 'Preview',
  previewTo: 'To',
  unknown: (names: string) => `Not a field: ${names}`,
  addLanguage: 'Add a language',
  addHint: 'Such as de or fr-CA',
  add: 'Add',
  removeTemplate: 'Remove this template',
  save: 'Save',
  saved: 'The notifications are saved.',
  unsaved: 'There are changes that are not saved.',
};
