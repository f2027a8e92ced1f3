import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POINTS } from './shell/points.ts';
import { nothingFound, type SoakRun } from './soak.ts';

const root = join(import.meta.dirname, '..', '..');
const NEEDED = [
  'cli',
  'core',
  'electron',
  'lab',
  'worker',
  'build',
  'sql',
  'tests/support',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];
const SUITES = ['electron', 'build/electron-builder.test.ts', 'core/api/handler.test.ts'];

/**
 * Takes every point of the desktop shell's checklist (docs/security.md) away, one at a time in a copy of the sources, and
 * runs the shell's tests: a point whose absence no test notices is a violation.
 */
export const run: SoakRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-shell-'));
  const findings: string[] = [];
  try {
    for (const part of NEEDED) cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    if (!passes(folder)) findings.push('the tests fail before anything is taken away');
    for (const { point, file, from, to } of findings.length === 0 ? POINTS : []) {
      const path = join(folder, file);
      const before = readFileSync(path, 'utf8');
      if (!before.includes(from)) {
        findings.push(`${point}: ${file} does not say ${from}`);
        continue;
      }
      writeFileSync(path, before.replace(from, to));
      const noticed = !passes(folder);
      writeFileSync(path, before);
      progress(`${noticed ? 'noticed' : 'NOT NOTICED'}: ${point}`);
      if (!noticed) findings.push(`${point}: no test fails when it is taken away`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    ...nothingFound('shell'),
    operations: POINTS.length,
    faults: { taken: POINTS.length },
    violations: findings.length,
    findings,
  };
};

function passes(folder: string): boolean {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--bail', '1', ...SUITES], {
    cwd: folder,
    stdio: 'ignore',
  });
  return status === 0;
}
