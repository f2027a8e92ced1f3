import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTidyFolder } from '../support/tidy.ts';

let outer: string;
beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'outer-'));
});
afterEach(() => rmSync(outer, { recursive: true, force: true }));

test('a run of the tests has its own temporary folder, and this is such a run', () => {
  expect(tmpdir()).toMatch(/\/tt-\d+$/);
  expect(statSync(tmpdir()).mode & 0o777).toBe(0o755);
});

test('what is left in the folder is told and removed', () => {
  const { folder, close } = openTidyFolder(outer, process.pid);
  mkdirSync(join(folder, 'transplant-db-1'));
  writeFileSync(join(folder, 'transplant-db-1', 'x.db'), 'x');
  expect(close()).toEqual(['transplant-db-1']);
  expect(existsSync(folder)).toBe(false);
});

test('a run that was killed is tidied up after by the next one; one that still runs is not', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  for (const name of [`tt-${dead}`, `tt-${process.ppid}`, 'tt-notes']) mkdirSync(join(outer, name));
  const { close } = openTidyFolder(outer, process.pid);
  expect([`tt-${dead}`, `tt-${process.ppid}`, 'tt-notes'].map((name) => existsSync(join(outer, name)))).toEqual([
    false,
    true,
    true,
  ]);
  expect(close()).toEqual([]);
});

test('a folder that somebody still writes to does not make the run fail', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(join(outer, `tt-${dead}`));
  const held = () => {
    throw new Error('ENOTEMPTY');
  };
  const { folder, close } = openTidyFolder(outer, process.pid, held);
  writeFileSync(join(folder, 'sam.ldb'), 'x');
  expect(close()).toEqual(['sam.ldb']);
});
