import { describe, expect, test } from 'vitest';
import { proxyFor } from './proxy.ts';

describe('which hosts go through the proxy', () => {
  const through = (host: string, ...bypass: string[]): boolean =>
    proxyFor(host, { proxy: 'http://proxy.corp.test:3128', bypass }) !== undefined;

  test('all, unless they are named', () => {
    expect(proxyFor('mail.corp.test', {})).toBeUndefined();
    expect(through('mail.corp.test')).toBe(true);
    expect(through('MAIL.corp.test.', 'mail.corp.test')).toBe(false);
    expect(through('mail.corp.test', 'corp.test')).toBe(true);
    expect(through('mail.corp.test', '.corp.test')).toBe(false);
    expect(through('mail.corp.test', '*.corp.test')).toBe(false);
    expect(through('corp.test', '*.corp.test')).toBe(false);
    expect(through('notcorp.test', '.corp.test')).toBe(true);
    expect(through('anything', '*')).toBe(false);
    expect(through('10.1.2.3', '10.0.0.0/8')).toBe(false);
    expect(through('11.1.2.3', '10.0.0.0/8', '10.0.0.0/99', '')).toBe(true);
    expect(through('fd00::7', 'fd00::/8')).toBe(false);
    expect(through('127.0.0.1', '127.0.0.1')).toBe(false);
  });

  test('credentials are taken along, whatever stands in them', () => {
    const url = proxyFor('a.test', { proxy: 'http://p.test:3128', login: { user: 'CORP\\svc', password: 'a:b/@ü' } });
    const parsed = new URL(url ?? '');
    expect([decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)]).toEqual(['CORP\\svc', 'a:b/@ü']);
  });
});
