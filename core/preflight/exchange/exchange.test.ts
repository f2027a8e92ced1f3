import { describe, expect, it } from 'vitest';
import { uploadLimit } from './limits.ts';
import { isExchangeOnlineHost, judgeOnline, judgeVersions, versionOfSerial } from './versions.ts';

const NOW = Date.parse('2026-11-22');
const judged = (...versions: string[]) =>
  judgeVersions(
    versions.map((version, i) => ({ name: `EX${i}`, version })),
    NOW,
  ).outcome;

describe('Exchange versions', () => {
  it('are read from what servers are labelled with', () => {
    expect(versionOfSerial('Version 15.1 (Build 32507.39)')).toBe('15.1.2507.39');
    expect(versionOfSerial('Version 15.2 (Build 31544.4)')).toBe('15.2.1544.4');
    expect(versionOfSerial('Version 14.3 (Build 30411.0)')).toBe('14.3.411.0');
    expect(versionOfSerial('something')).toBeUndefined();
  });

  it.each([
    ['15.2.2562.17', 'passed'],
    ['15.2.330.5', 'warning'],
    ['15.2.221.12', 'failed'],
    ['15.1.1531.3', 'warning'],
    ['15.1.1466.3', 'failed'],
    ['15.0.1395.4', 'warning'],
    ['15.0.847.32', 'failed'],
    ['14.3.411.0', 'warning'],
    ['14.3.399.2', 'failed'],
    ['8.3.389.2', 'failed'],
    ['15.20.8999.11', 'passed'],
  ])('%s is %s', (version, outcome) => {
    expect(judged(version)).toBe(outcome);
  });

  it('count as the worst server does', () => {
    expect(judged('15.2.2562.17', '15.1.1466.3')).toBe('failed');
    expect(judged()).toBe('notTried');
  });
});

describe('the end of EWS in Exchange Online', () => {
  it('is counted in days', () => {
    const finding = judgeOnline('outlook.office365.com', Date.parse('2026-11-22T12:00:00Z'));
    expect(finding).toMatchObject({ outcome: 'warning' });
    expect(JSON.stringify(finding)).toContain('130 days');
    expect(judgeOnline('outlook.office365.com', Date.parse('2027-04-01T00:00:00Z')).outcome).toBe('failed');
  });
  it('is about Microsoft’s hosts alone', () => {
    for (const host of [
      'outlook.office365.com',
      'OUTLOOK.OFFICE.COM',
      'eu.outlook.office365.com',
      'partner.outlook.cn',
    ])
      expect(isExchangeOnlineHost(host), host).toBe(true);
    for (const host of ['mail.contoso.example', 'outlook.office365.com.evil.example', 'fakeoutlook.office.com'])
      expect(isExchangeOnlineHost(host), host).toBe(false);
  });
});

describe('the largest item a target takes', () => {
  it('follows its version', () => {
    expect(uploadLimit('14.3.411.0').bytes).toBe(25 * 0.75 * 1024 ** 2);
    expect(uploadLimit('15.2.1544.4').bytes).toBe(48 * 1024 ** 2);
    expect(uploadLimit('15.20.8999.11').bytes).toBe(150 * 1024 ** 2);
    expect(uploadLimit(undefined).bytes).toBe(48 * 1024 ** 2);
  });
});
