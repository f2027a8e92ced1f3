import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withCorrelation } from '../domain/correlation.ts';
import { openLog } from './log.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'transplant-log-'));
  folder = join(root, 'logs');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const lines = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

it('writes one JSON document a line, with the click it belongs to, and ships what is warn and above', async () => {
  const shipped: unknown[] = [];
  const log = openLog({ folder, program: 'worker', ship: (line) => shipped.push(line) });
  log.debug('too fine');
  log.info('works', { worker: 'w' });
  withCorrelation('click-1', () => log.warn('a task failed', { task: 7 }));
  log.error('ends');
  await log.close();
  const [name] = readdirSync(folder);
  expect(name).toBe(`worker-${new Date().toISOString().slice(0, 10)}.log`);
  expect(lines(name ?? '')).toEqual([
    { level: 'info', message: 'works', worker: 'w', timestamp: expect.any(String) },
    { level: 'warn', message: 'a task failed', task: 7, correlation: 'click-1', timestamp: expect.any(String) },
    { level: 'error', message: 'ends', timestamp: expect.any(String) },
  ]);
  expect(shipped).toEqual([
    { level: 'warn', text: 'a task failed', correlation: 'click-1', fields: { task: 7 } },
    { level: 'error', text: 'ends', fields: {} },
  ]);
});

it('begins a file each day, and takes away its own that are older than it keeps, nobody else’s', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-03-01T23:59:59Z') });
  mkdirSync(folder);
  const old = (name: string, day: string) => {
    writeFileSync(join(folder, name), '{}\n');
    utimesSync(join(folder, name), new Date(day), new Date(day));
  };
  old('worker-2026-01-30.log', '2026-01-30T12:00:00Z');
  old('worker-2026-02-20.log', '2026-02-20T12:00:00Z');
  old('console-2026-01-01.log', '2026-01-01T12:00:00Z');
  old('worker-notes.txt', '2026-01-01T12:00:00Z');
  const log = openLog({ folder, program: 'worker', keepDays: 28 });
  log.info('before midnight');
  const first = join(folder, 'worker-2026-03-01.log');
  await expect.poll(() => existsSync(first) && readFileSync(first, 'utf8')).toContain('before midnight');
  vi.setSystemTime(Date.parse('2026-03-02T00:00:01Z'));
  log.info('after midnight');
  await log.close();
  expect(readdirSync(folder).sort()).toEqual([
    'console-2026-01-01.log',
    'worker-2026-02-20.log',
    'worker-2026-03-01.log',
    'worker-2026-03-02.log',
    'worker-notes.txt',
  ]);
  expect(lines('worker-2026-03-01.log')).toMatchObject([{ message: 'before midnight' }]);
  expect(lines('worker-2026-03-02.log')).toMatchObject([{ message: 'after midnight' }]);
});
