import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { nothingFound, type SoakResult } from './soak.ts';

const root = join(import.meta.dirname, '..', '..');
const reportSchema = z.object({
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
 * Runs tests of the usual suite at another size, as a long suite of its own: a test that does not pass is a violation.
 * What vitest says goes to stderr.
 */
export async function runTests(
  name: string,
  path: string,
  env: Record<string, string>,
  progress: (text: string) => void,
): Promise<SoakResult> {
  const folder = mkdtempSync(join(tmpdir(), `transplant-${name}-`));
  const file = join(folder, 'report.json');
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', path, '--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`];
    const options = { cwd: root, env: { ...process.env, ...env } };
    await once(spawn(process.execPath, args, { ...options, stdio: ['ignore', 2, 2] }), 'close');
    const { testResults } = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    // The JSON knows nothing more of a set-up that failed.
    for (const { message } of testResults) if (message) progress(message.slice(0, 2000));
    const tests = testResults.flatMap((one) => one.assertionResults);
    for (const { title, status, duration } of tests)
      progress(`${status}: ${title}${duration ? ` (${Math.round(duration / 1000)} s)` : ''}`);
    const findings = tests
      .filter(({ status }) => status !== 'passed')
      .map(({ title, status, failureMessages }) => `${title}: ${status} ${(failureMessages?.[0] ?? '').slice(0, 500)}`);
    if (tests.length === 0) findings.push('no test ran: the set-up failed');
    return { ...nothingFound(name), operations: tests.length, violations: findings.length, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
