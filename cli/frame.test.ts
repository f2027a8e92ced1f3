import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it, vi } from 'vitest';
import { printError } from './frame.ts';

afterEach(() => vi.restoreAllMocks());

it('a full disk under any of our databases is told as such, and is no defect', () => {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (x); PRAGMA max_page_count = 3');
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  let error: unknown;
  try {
    db.exec('INSERT INTO t VALUES (randomblob(100000))');
  } catch (thrown) {
    error = thrown;
  }
  expect(printError(error, false)).toBe(3);
  expect(said.mock.calls.join('')).toMatch(/^Could not .*\n {2}The disk is full\.\n {2}Free space/);
});

it('what nobody foresaw is told as a defect', () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(printError(new TypeError('x is not a function'), false)).toBe(3);
  expect(said.mock.calls.join('')).toContain('defect');
});
