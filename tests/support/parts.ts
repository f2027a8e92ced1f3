import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';

/** What a suite may need beside Node: programs, Python packages, rights, servers. */
export type Part =
  | 'xmllint'
  | 'exchangelib'
  | 'aiosmtpd'
  | 'chromium'
  | 'samba'
  | 'openssl'
  | 'nmap'
  | 'ldapsearch'
  | 'ldb-tools'
  | 'ip-netns'
  | 'iptables'
  | 'netem'
  | 'slapd'
  | 'systemd'
  | 'davmail'
  | 'tinyproxy'
  | 'makensis'
  | 'postgres'
  | 'corpus'
  | 'mssql';

/** Debian's own Python, which sees Debian's packages; another one on PATH may not. */
export const python = '/usr/bin/python3';

/** Real mail and calendars to try readers on: beside the project, or where the environment says. */
export const corpusFolder = process.env.TRANSPLANT_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus');

const checks: Record<Part, () => boolean> = {
  xmllint: () => onPath('xmllint') !== undefined,
  exchangelib: () => runs(python, ['-c', 'import exchangelib']),
  aiosmtpd: () => runs(python, ['-c', 'import aiosmtpd']),
  chromium: () => onPath('chromium') !== undefined,
  samba: () => isRoot() && onPath('samba') !== undefined && onPath('samba-tool') !== undefined,
  openssl: () => onPath('openssl') !== undefined,
  nmap: () => onPath('nmap') !== undefined,
  ldapsearch: () => onPath('ldapsearch') !== undefined && onPath('ldapmodify') !== undefined,
  'ldb-tools': () => onPath('ldbadd') !== undefined && onPath('ldbmodify') !== undefined,
  'ip-netns': () => isRoot() && runs('unshare', ['--net', 'ip', 'link', 'show', 'lo']),
  netem: () =>
    isRoot() && runs('unshare', ['--net', 'sh', '-c', 'ip link set lo up && tc qdisc add dev lo root netem delay 1ms']),
  iptables: () => isRoot() && onPath('iptables') !== undefined,
  systemd: () => onPath('systemd-analyze') !== undefined,
  slapd: () => onPath('slapd') !== undefined,
  davmail: () => onPath('davmail') !== undefined,
  tinyproxy: () => onPath('tinyproxy') !== undefined,
  makensis: () => onPath('makensis') !== undefined,
  postgres: () => onPath('postgres') !== undefined,
  corpus: () => isFolder(corpusFolder),
  mssql: () => Boolean(process.env.TRANSPLANT_TEST_MSSQL),
};

/** A part that no machine of the project's CI can have, so that its absence is not a failure there. */
const mayLackInCi: ReadonlySet<Part> = new Set([
  'mssql',
  'postgres',
  'corpus',
  'ip-netns',
  'iptables',
  'netem',
  'systemd',
]);

const found = new Map<Part, boolean>();

/** Whether a part is on this machine; looked up once. */
export function hasPart(name: Part): boolean {
  const known = found.get(name);
  if (known !== undefined) return known;
  const has = checks[name]();
  found.set(name, has);
  return has;
}

/**
 * A suite that needs parts from outside. Where one is missing the suite is skipped and its title names the part; with
 * CI=true, where every part is installed, the suite fails instead, so that it cannot fall silent.
 */
export function describeWith(parts: Part | readonly Part[], title: string, fn: () => void): void {
  const missing = (typeof parts === 'string' ? [parts] : parts).filter((part) => !hasPart(part));
  if (missing.length === 0) {
    describe(title, fn);
    return;
  }
  const because = `${title} (not on this machine: ${missing.join(', ')})`;
  if (process.env.CI === 'true' && missing.some((part) => !mayLackInCi.has(part))) {
    describe(because, () => {
      test('every part is installed in CI', () => {
        throw new Error(`missing: ${missing.join(', ')}`);
      });
    });
    return;
  }
  describe.skip(because, fn);
}

/** The full path of a program on PATH or in the system's sbin folders, or undefined. */
export function onPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function runs(program: string, args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 30_000 }).status === 0;
}
