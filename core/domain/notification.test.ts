import { describe, expect, it } from 'vitest';
import { DEFAULT_TEMPLATES, fillTemplate, NOTIFICATION_FIELDS, templateFor, unknownFields } from './notification.ts';

const values = Object.fromEntries(NOTIFICATION_FIELDS.map((name) => [name, `<${name}>`])) as Parameters<
  typeof fillTemplate
>[1];

describe('notification templates', () => {
  it('fills fields in once and leaves everything else alone', () => {
    expect(fillTemplate('Hi {displayName}, {sourceAdress} {} {constructor}', values)).toBe(
      'Hi <displayName>, {sourceAdress} {} {constructor}',
    );
    expect(fillTemplate('{displayName}', { ...values, displayName: '{batch}' })).toBe('{batch}');
  });

  it('names words in braces that mean nothing', () => {
    expect(unknownFields('{displayName} {sourceAdress} {sourceAdress} {}')).toEqual(['sourceAdress', '']);
  });

  it('begins with templates for every occasion without slips', () => {
    expect(DEFAULT_TEMPLATES.map(({ occasion }) => occasion)).toEqual(['before', 'cutover', 'after']);
    for (const { subject, body } of DEFAULT_TEMPLATES) expect(unknownFields(subject + body)).toEqual([]);
  });

  it('takes the language of the person, then without region, then the default', () => {
    const one = (language: string) => ({ language, occasion: 'after' as const, subject: language, body: 'x' });
    const settings = { templates: [one('en'), one('fr'), one('de')], defaultLanguage: 'de' };
    expect(templateFor(settings, 'after', 'fr-CA')?.language).toBe('fr');
    expect(templateFor(settings, 'after', 'ja')?.language).toBe('de');
    expect(templateFor(settings, 'after', undefined)?.language).toBe('de');
    expect(templateFor(settings, 'before', 'fr')).toBeUndefined();
  });
});
