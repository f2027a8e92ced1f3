import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { SoakRun } from './soak.ts';

const root = join(import.meta.dirname, '..', '..');
const reportSchema = z.object({
  numTotalTests: z.int(),
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ title: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** The way through the console by the keyboard alone (tests/browser/journey); a step that cannot be done is a violation. */
export const run: SoakRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-keys-'));
  const file = join(folder, 'report.json');
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const child = spawn(
      process.execPath,
      [vitest, 'run', 'tests/browser/journey', '--reporter=json', `--outputFile=${file}`],
      { cwd: root, env: { ...process.env, TRANSPLANT_JOURNEY: 'keys' }, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(child, 'exit');
    const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const steps = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    for (const { title, status } of steps) progress(`${status}: ${title}`);
    const findings = steps
      .filter(({ status }) => status !== 'passed')
      .map(({ title, status, failureMessages: [why = ''] }) => `${title}: ${status} ${why.slice(0, 500)}`);
    if (steps.length === 0) findings.push('no step was taken');
    return {
      name: 'keys',
      seeds: 1,
      operations: report.numTotalTests,
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
