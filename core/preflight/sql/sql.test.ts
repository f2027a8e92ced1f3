import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBrowser } from './browser.ts';
import { judgeRights, judgeVersion } from './judge.ts';
import { compareVersions } from './versions.ts';

const NOW = Date.parse('2026-11-22');
const version = (text: string, edition = 'Standard Edition (64-bit)', engine = 2) =>
  judgeVersion({ version: text, edition, engine }, NOW).outcome;

describe('SQL Server versions', () => {
  it.each([
    ['12.0.5589.7', 'failed'],
    ['12.0.5590.1', 'warning'],
    ['13.0.5101.9', 'failed'],
    ['13.0.5216.0', 'warning'],
    ['14.0.3037.1', 'failed'],
    ['14.0.3038.14', 'passed'],
    ['15.0.2000.5', 'passed'],
    ['16.0.1000.6', 'passed'],
    ['17.0.1000.7', 'passed'],
    ['10.50.6000.34', 'failed'],
    ['99.0.1.1', 'passed'],
  ])('%s is %s', (text, outcome) => {
    expect(version(text)).toBe(outcome);
  });

  it('2012 is allowed as Express alone', () => {
    expect(version('11.0.5058.0')).toBe('failed');
    expect(version('11.0.5058.0', 'Express Edition with Advanced Services (64-bit)')).toBe('warning');
    expect(version('11.0.2100.60', 'Express Edition')).toBe('failed');
  });

  it('Azure SQL counts no updates', () => {
    expect(version('12.0.2000.8', 'SQL Azure', 5)).toBe('passed');
  });

  it('compare as numbers, not as text', () => {
    expect(compareVersions('15.1.2507', '15.1.330')).toBe(1);
    expect(compareVersions('15.2', '15.2.0.0')).toBe(0);
    fc.assert(
      fc.property(fc.array(fc.nat(50_000), { minLength: 1, maxLength: 4 }), (parts) => {
        expect(compareVersions(parts.join('.'), parts.join('.'))).toBe(0);
        expect(compareVersions(parts.join('.'), [...parts.slice(0, -1), (parts.at(-1) ?? 0) + 1].join('.'))).toBe(-1);
      }),
    );
  });
});

describe('rights', () => {
  const none = {
    sysadmin: false,
    dbcreator: false,
    db_owner: false,
    db_datareader: false,
    db_datawriter: false,
    db_ddladmin: false,
  };
  const needed = { ...none, db_datareader: true, db_datawriter: true, db_ddladmin: true };
  it('are those of the document, and not more', () => {
    expect(judgeRights(needed).outcome).toBe('passed');
    expect(judgeRights({ ...needed, dbcreator: true }).outcome).toBe('warning');
    expect(judgeRights({ ...none, sysadmin: true }).outcome).toBe('warning');
    const missing = judgeRights({ ...needed, db_ddladmin: false });
    expect(missing.outcome).toBe('failed');
    expect(missing).toMatchObject({ remedy: { script: { code: 'ALTER ROLE db_ddladmin ADD MEMBER [LOGIN];' } } });
    expect(judgeRights(undefined).outcome).toBe('notTried');
  });
});

describe('SQL Browser', () => {
  const answer = (text: string): Buffer => {
    const body = Buffer.from(text, 'latin1');
    return Buffer.concat([Buffer.from([5, body.length & 255, body.length >> 8]), body]);
  };
  it('names instances and their ports ([MS-SQLR] 4.1)', () => {
    const text =
      'ServerName;ILSUNG1;InstanceName;YUKONSTD;IsClustered;No;Version;9.00.1399.06;tcp;57137;;ServerName;ILSUNG1;InstanceName;YUKONDEV;IsClustered;No;Version;9.00.1399.06;np;\\\\ILSUNG1\\pipe\\x;;';
    expect(parseBrowser(answer(text))).toEqual([
      { server: 'ILSUNG1', instance: 'YUKONSTD', version: '9.00.1399.06', tcpPort: 57137 },
      { server: 'ILSUNG1', instance: 'YUKONDEV', version: '9.00.1399.06', tcpPort: undefined },
    ]);
  });
  it('is told from what is something else', () => {
    expect(parseBrowser(Buffer.from('HTTP/1.1 400'))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseBrowser(bytes)));
  });
});
