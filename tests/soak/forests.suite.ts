import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { SoakRun } from './soak.ts';

/** People in each forest. */
const USERS = Number(process.env.DIRECTORY_TEST_USERS ?? 5000);

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      message: z.string().nullish(),
      assertionResults: z.array(
        z.object({
          title: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/**
 * The suite of two real Active Directory forests with as many people as a company has: discover, delta after changes,
 * match, prepare, undo, and both forests compared with what they were, attribute by attribute.
 */
export const run: SoakRun = async ({ progress }) => {
  const root = join(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'transplant-forests-soak-'));
  const file = join(folder, 'report.json');
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [
      vitest,
      'run',
      'tests/directory/forests.test.ts',
      '--reporter=verbose',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ];
    const env = { ...process.env, DIRECTORY_TEST_USERS: String(USERS), CI: 'true' };
    progress(`two forests with ${USERS} people each`);
    // What vitest says goes to stderr: its JSON knows nothing of a set-up that failed.
    await once(spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 2, 2] }), 'close');
    const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const { message } of report.testResults) if (message) progress(message.slice(0, 2000));
    const found = report.testResults.flatMap((r) => r.assertionResults);
    for (const { title, status, duration, failureMessages } of found) {
      progress(`${status}: ${title}${duration ? ` (${Math.round(duration / 1000)} s)` : ''}`);
      for (const message of failureMessages ?? []) progress(message.slice(0, 2000));
    }
    const findings = found.filter((one) => one.status === 'failed').map((one) => one.title);
    if (report.numPassedTests + report.numFailedTests === 0) findings.push('no test ran: the set-up failed');
    return {
      name: 'forests',
      seeds: 1,
      operations: USERS * 2,
      faults: {},
      lost: 0,
      doubled: 0,
      violations: findings.length,
      findings,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
