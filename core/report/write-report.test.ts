import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createBatch } from '../store/batches.ts';
import { openStore } from '../store/open.ts';
import { newSigningKey } from './certificate.ts';
import { ReportWriteError, writeReport } from './write-report.ts';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file of the report that cannot be put in place leaves no half of it behind', async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-report-'));
  const dir = join(folder, 'report');
  // A folder stands where the workbook is to go.
  mkdirSync(join(dir, 'report.xlsx', 'in the way'), { recursive: true });
  const store = await openStore(`sqlite:${join(folder, 'p.db')}`, { create: true });
  try {
    await createBatch(store, { name: 'B', workloads: [] });
    const issuer = { user: 'u', host: 'h', program: 'p' };
    await expect(writeReport(store, 'B', { dir, issuer, signingKeyPem: newSigningKey() })).rejects.toThrow(
      ReportWriteError,
    );
  } finally {
    await store.close();
  }
  expect(readdirSync(dir).sort()).toEqual(['report.html', 'report.xlsx']);
});
