import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorker } from '../../build/worker.ts';
import { describeWith } from '../support/parts.ts';

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

/** The service's definition, as systemd reads it where the archive was unpacked to /opt. */
describeWith('systemd', 'the service of the Linux archive', () => {
  const unit = join(import.meta.dirname, '..', '..', 'build', 'service', 'linux', 'transplant-worker.service');
  /** What systemd-analyze complains about; it ends with 0 all the same. */
  const complaints = (text: string): string => {
    const file = join(folder, 'transplant-worker.service');
    // Any program that is here may stand for ours.
    writeFileSync(file, text.replaceAll('/opt/transplant-worker/transplant-worker', process.execPath));
    return spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' }).stderr;
  };

  it('is understood to the last line, and runs as a user of its own that may do little', () => {
    const text = readFileSync(unit, 'utf8');
    expect(complaints(text)).toBe('');
    expect(complaints(text.replace('Restart=always', 'Restart=sometimes'))).toContain('sometimes');
    expect(text).toMatch(/^User=transplant$/m);
    const security = ['security', '--offline=true', '--threshold=50', join(folder, 'transplant-worker.service')];
    complaints(text);
    const judged = spawnSync('systemd-analyze', security, { encoding: 'utf8' });
    expect(judged.status, judged.stdout).toBe(0);
  });
});

describe('the install command of the Linux archive', () => {
  const script = join(import.meta.dirname, '..', '..', 'build', 'service', 'linux', 'install.sh');
  /** A system of its own for the script: the programs that would change this one only write down what they were asked. */
  const install = (args: string[], env: Record<string, string>) => {
    const system = mkdtempSync(join(folder, 'system-'));
    const text = readFileSync(script, 'utf8').replaceAll(/(?<![\w.])\/(etc|opt|var)\//g, `${system}/$1/`);
    const bundle = join(system, 'bundle', 'service');
    const bin = join(system, 'bin');
    for (const path of [bundle, bin, join(system, 'etc/systemd/system'), join(system, 'opt')])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(bundle, 'install.sh'), text);
    writeFileSync(join(bundle, 'transplant-worker.service'), '[Service]');
    const stub = (name: string, body: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    stub('id', 'if [ "$1" = -u ]; then echo 0; else exit 1; fi');
    for (const name of ['useradd', 'systemctl', 'chown']) stub(name, `echo "${name} $*" >>'${system}/calls'`);
    const end = spawnSync('sh', [join(bundle, 'install.sh'), ...args], {
      env: { PATH: `${bin}:/usr/bin:/bin`, ...env },
      encoding: 'utf8',
      input: '',
    });
    return { ...end, system, calls: () => readFileSync(join(system, 'calls'), 'utf8') };
  };

  it('keeps the address where only root reads it, stops a running worker first, and starts the new one', () => {
    const address = 'mssql://app:p%40ss@sql/Transplant';
    const end = install(['far-away'], { TRANSPLANT_DB: address });
    expect(end.status, end.stderr).toBe(0);
    const settings = join(end.system, 'etc/transplant/worker.env');
    expect(readFileSync(settings, 'utf8')).toBe(`TRANSPLANT_DB=${address}\nTRANSPLANT_WORKER_NAME=far-away\n`);
    expect(statSync(settings).mode & 0o777).toBe(0o600);
    expect(existsSync(join(end.system, 'opt/transplant-worker/service/install.sh'))).toBe(true);
    const called = end
      .calls()
      .split('\n')
      .filter((line) => line.startsWith('systemctl'))
      .join('; ');
    expect(called).toMatch(/stop transplant-worker.*daemon-reload.*enable transplant-worker.*start transplant-worker/);
    expect(end.stdout + end.stderr + end.calls()).not.toContain('p%40ss');
  });

  it('takes no address as an argument, where everybody could read it, and none at all is no address', () => {
    const end = install(['mssql://app:x@sql/T'], {});
    expect([end.status, end.stderr]).toEqual([2, expect.stringContaining('TRANSPLANT_DB')]);
    expect(install([], {}).status).not.toBe(0);
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
