import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckOutcome } from '../../domain/checks.ts';
import { hostChecks } from '../checks/host.ts';
import type { PreflightEnvironment } from '../environment.ts';
import { parseLinux } from './linux.ts';
import type { HostFacts } from './model.ts';
import { parseWindows, winHttpProxy } from './windows.ts';

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
const linux = (system: string, cpu = system, more: Partial<Parameters<typeof parseLinux>[0]> = {}): HostFacts =>
  parseLinux({
    cpuinfo: fixture(`${cpu}-cpuinfo.txt`),
    meminfo: fixture(`${cpu}-meminfo.txt`),
    osRelease: fixture(`${system}-os-release.txt`),
    release: '6.1.0-18-amd64',
    name: 'console1',
    arch: 'x64',
    env: {},
    rebootRequired: [],
    uid: 1000,
    ...more,
  });

/** Outcomes of the host checks on given facts, by id. */
async function judge(facts: Partial<HostFacts>, kind: 'console' | 'worker' = 'console', mailboxes = 0) {
  const row = { kind: 'mailbox', n: mailboxes };
  const query = { select: () => query, where: () => query, groupBy: () => query, execute: async () => [row] };
  const environment = {
    machine: 'here',
    machineKind: kind,
    limitMs: 100,
    forests: [],
    store: { db: { selectFrom: () => query } },
    readHost: async () => ({ platform: 'windows', name: 'here', osName: '', osVersion: '', proxies: {}, ...facts }),
  } as unknown as PreflightEnvironment;
  const checks = hostChecks(environment);
  const ends = await Promise.all(
    checks.map(async (check) => [check.id, (await check.run(AbortSignal.timeout(5000))).outcome]),
  );
  return Object.fromEntries(ends) as Record<string, CheckOutcome>;
}

describe('Linux machines', () => {
  it('are read from the files of the system, whatever distribution', () => {
    expect(linux('rhel')).toMatchObject({
      osName: 'Red Hat Enterprise Linux 9.4 (Plow)',
      cores: 8,
      clockMhz: 2500,
      memoryTotal: 32779996 * 1024,
      memoryFree: 24123412 * 1024,
      is64Bit: true,
      administrator: false,
    });
    expect(linux('ubuntu', 'rhel').osName).toBe('Ubuntu 24.04.1 LTS');
    const debian = linux('debian');
    expect(debian.osName).toMatch(/^Debian GNU\/Linux/);
    expect(debian.cores).toBe(2);
    expect(debian.clockMhz).toBeGreaterThan(500);
  });

  it('tell proxies without the password in them, and a pending restart with its packages', () => {
    const facts = linux('debian', 'debian', {
      env: { https_proxy: 'http://me:geheim@proxy.example:3128', NO_PROXY: 'localhost' },
      rebootRequired: ['/run/reboot-required', 'linux-image-amd64'],
    });
    expect(facts.proxies).toEqual({ https_proxy: 'http://me:…@proxy.example:3128', NO_PROXY: 'localhost' });
    expect(JSON.stringify(facts)).not.toContain('geheim');
    expect(facts.pendingReboot).toContain('linux-image-amd64');
  });

  it('are never a reason to break off, whatever the files hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (cpuinfo, meminfo) => {
        const texts = {
          cpuinfo,
          meminfo,
          osRelease: cpuinfo,
          release: '',
          name: '',
          arch: '',
          env: {},
          rebootRequired: [],
          uid: 0,
        };
        expect(parseLinux(texts).platform).toBe('linux');
      }),
    );
  });
});

describe('Windows machines', () => {
  it.each([
    [
      'windows-2012r2-en.txt',
      { build: 9600, cores: 4, powershell: '4.0', pendingReboot: ['Component Based Servicing', 'Windows Update'] },
    ],
    [
      'windows-2016-de.txt',
      {
        build: 14393,
        server: true,
        proxies: {
          'Internet Options': 'http=proxy.firma.example:8080;https=proxy.firma.example:8080',
          'Internet Options, script': 'http://wpad.firma.example/wpad.dat',
        },
      },
    ],
    [
      'windows-2019-fr.txt',
      { build: 17763, proxies: { WinHTTP: 'proxy.firma.example:3128' }, timeZone: 'Romance Standard Time' },
    ],
    ['windows-2022-ja.txt', { build: 20348, clockMhz: 2400, memoryTotal: 17179332608, memoryFree: 9876543 * 1024 }],
    ['windows-2008r2-ru.txt', { build: 7601, administrator: false, powershell: '2.0', pendingReboot: [] }],
    ['windows-11-pl.txt', { build: 22631, server: false, display: { width: 1920, height: 1080 } }],
  ])('%s is read in any language', (name, expected) => {
    expect(parseWindows(fixture(name), {})).toMatchObject(expected);
  });

  it('are judged by what the document asks for', async () => {
    const outcomes = async (name: string) =>
      judge({ ...parseWindows(fixture(name), {}), dataFree: 50 * 1024 ** 3, tempFree: 50 * 1024 ** 3 });
    expect(await outcomes('windows-2022-ja.txt')).toMatchObject({
      'host.os': 'passed',
      'host.memory': 'passed',
      'host.cores': 'passed',
      'host.display': 'passed',
      'host.reboot': 'passed',
    });
    expect(await outcomes('windows-2012r2-en.txt')).toMatchObject({
      'host.os': 'passed',
      'host.memory': 'passed',
      'host.reboot': 'warning',
    });
    expect(await outcomes('windows-2008r2-ru.txt')).toMatchObject({
      'host.os': 'failed',
      'host.memory': 'failed',
      'host.cores': 'warning',
    });
    expect(await outcomes('windows-11-pl.txt')).toMatchObject({ 'host.os': 'warning' });
    expect(await outcomes('windows-2019-fr.txt')).toMatchObject({ 'host.proxy': 'warning' });
  });

  it('keep the WinHTTP proxy in documented bytes; others are none', () => {
    expect(winHttpProxy('28-00-00-00-05-00-00-00-01-00-00-00-00-00-00-00')).toBeUndefined();
    expect(winHttpProxy('28-00')).toBeUndefined();
    expect(winHttpProxy(undefined)).toBeUndefined();
  });

  it('are unknown, not failed, where nothing was told', () => {
    expect(parseWindows('', {})).toMatchObject({ platform: 'windows', osName: 'Windows' });
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseWindows(text, {})));
  });
});

describe('the memory that is asked for', () => {
  const GB = 1024 ** 3;
  it.each([
    [8 * GB, 15_000, 'passed'],
    [8 * GB, 15_001, 'failed'],
    [16 * GB, 15_001, 'passed'],
    [7 * GB, 10, 'failed'],
    [7.7 * GB, 10, 'passed'],
  ])('%d bytes for %d mailboxes: %s', async (memoryTotal, mailboxes, expected) => {
    expect((await judge({ memoryTotal }, 'console', mailboxes))['host.memory']).toBe(expected);
  });

  it('is 6 GB for a worker however many mailboxes there are', async () => {
    expect((await judge({ memoryTotal: 6 * GB }, 'worker', 50_000))['host.memory']).toBe('passed');
  });

  it('is not known where the system does not tell', async () => {
    const outcomes = await judge({});
    expect(outcomes['host.memory']).toBe('notTried');
    expect(outcomes['host.disk']).toBe('notTried');
  });
});
