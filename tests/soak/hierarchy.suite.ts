import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SoakRun } from './soak.ts';

/** Public folders in the tree. */
const FOLDERS = Number(process.env.HIERARCHY_FOLDERS ?? 100_000);

/**
 * A tree of public folders of the size that large companies have, found by FindFolder side by side and made in the target,
 * once and again: what the process keeps in memory on the way, how many calls it took, and how evenly the tree is shared
 * out among workers.
 */
export const run: SoakRun = async ({ progress }) => {
  progress(`a tree of ${FOLDERS} folders`);
  const program = fileURLToPath(new URL('hierarchy/measure.ts', import.meta.url));
  const args = ['--expose-gc', '--max-semi-space-size=4', program, String(FOLDERS)];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.status !== 0) throw new Error(`the measurement ended with ${child.status}`);
  const found = JSON.parse(child.stdout) as { figures: Record<string, number>; findings: string[] };
  progress(JSON.stringify(found.figures));
  return {
    name: 'hierarchy',
    seeds: 1,
    operations: FOLDERS,
    faults: {},
    lost: 0,
    doubled: 0,
    violations: found.findings.length,
    findings: found.findings,
  };
};
