import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const command = join(import.meta.dirname, '..', '..', '..', 'cli', 'transplant.js');

/** The processes that one started, and those that they started (Linux). */
export function descendants(pid: number): { pid: number; words: string }[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const found: number[] = [pid];
  for (const one of found) {
    for (const [child, parent] of parents) if (parent === one && !found.includes(child)) found.push(child);
  }
  return found.slice(1).map((one) => ({ pid: one, words: commandLine(one) }));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** A worker as somebody starts it in another window; it shows its fingerprint and waits to be let in. */
export class WorkerProcess {
  readonly name: string;
  readonly fingerprint: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, name: string, fingerprint: string) {
    this.#child = child;
    this.name = name;
    this.fingerprint = fingerprint;
  }

  static async start(name: string, database: string, home: string): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [command, 'worker', 'run', '--name', name, '--db', database], {
      env: { ...process.env, TRANSPLANT_HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    for await (const line of createInterface({ input: child.stderr })) {
      said += `${line}\n`;
      const fingerprint = /([0-9a-f]{4}[ :]?){8,}/i.exec(line)?.[0];
      if (fingerprint) {
        child.stderr.resume();
        return new WorkerProcess(child, name, fingerprint);
      }
    }
    throw new Error(`the worker showed no fingerprint: ${said}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
