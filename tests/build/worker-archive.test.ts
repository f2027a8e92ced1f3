import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorker } from '../../build/worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'transplant-archive-'));
const program = join(folder, 'transplant-worker-linux-x64', 'transplant-worker');
// Nothing of this project's Node, modules or settings is within its reach.
const env = {
  PATH: '/usr/bin:/bin',
  HOME: folder,
  TRANSPLANT_HOME: join(folder, 'home'),
  TRANSPLANT_DB: `sqlite:${join(folder, 'db.sqlite')}`,
};
const transplant = (...args: string[]): string => execFileSync(program, args, { env, cwd: folder, encoding: 'utf8' });

let worker: ChildProcess | undefined;
afterAll(() => {
  worker?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the Linux archive of the worker', () => {
  beforeAll(async () => {
    const { archive } = await buildWorker('linux-x64');
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
  }, 240_000);

  it('brings its own Node and no node_modules', () => {
    const content = readdirSync(join(folder, 'transplant-worker-linux-x64'), { recursive: true }).map(String);
    expect(content).toContain('node');
    expect(content).toContain(join('service', 'transplant-worker.service'));
    expect(content.filter((name) => name.includes('node_modules'))).toEqual([]);
  });

  it('runs a worker that enrols, is approved, finds nothing to do and ends', async () => {
    expect(JSON.parse(transplant('db', 'create', '--json'))).toBeTypeOf('object');
    expect(existsSync(join(folder, 'db.sqlite'))).toBe(true);
    worker = spawn(program, ['worker', 'run', '--name', 'carried', '--until-idle'], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => worker?.once('exit', resolve));
    await heard(worker, /fingerprint/i);
    transplant('worker', 'approve', 'carried', '--yes');
    expect(await ended).toBe(0);
    expect(transplant('worker', 'list')).toContain('carried');
  });
});

function heard(child: ChildProcess, text: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (text.test(said)) resolve();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${said}`)));
  });
}
