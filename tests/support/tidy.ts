import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Short, because sockets of servers lie below it, and their names may have 107 characters. */
const PREFIX = 'tt-';

/**
 * Gives a run of the tests a temporary folder of its own, so that it leaves nothing behind: not even where a test failed
 * before it could tidy up, and what a run left that was killed is removed by the next one.
 * @returns what ends the run: it removes the folder and gives the names of what was left in it
 */
export function openTidyFolder(
  outer: string,
  pid: number,
  remove: (path: string) => void = removeAll,
): { folder: string; close(): string[] } {
  for (const name of readdirSync(outer)) {
    if (name.startsWith(PREFIX) && !isAlive(Number(name.slice(PREFIX.length)))) unlessHeld(remove, join(outer, name));
  }
  const folder = join(outer, `${PREFIX}${pid}`);
  mkdirSync(folder, { recursive: true });
  // Servers that run as users of their own have folders below it.
  chmodSync(folder, 0o755);
  const close = () => {
    const left = readdirSync(folder);
    unlessHeld(remove, folder);
    return left;
  };
  return { folder, close };
}

function removeAll(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
}

/** A server that is still ending may write while its folder is removed: the next run does it then. No test failed by it. */
function unlessHeld(remove: (path: string) => void, path: string): void {
  try {
    remove(path);
  } catch (error) {
    process.stdout.write(`\n${path} could not be removed: ${error instanceof Error ? error.message : ''}\n`);
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Vitest's global set-up: the processes of the run inherit the folder. */
export default function setup(): () => void {
  const { folder, close } = openTidyFolder(tmpdir(), process.pid);
  process.env.TMPDIR = folder;
  return () => {
    const left = close();
    if (left.length > 0) process.stdout.write(`\nleft in the temporary folder, and removed: ${left.join(', ')}\n`);
  };
}
