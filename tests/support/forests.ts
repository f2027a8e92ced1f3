import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A real Samba AD forest. */
export interface Forest {
  name: 'source' | 'target';
  /** Loopback address; LDAPS on 636, the global catalog on 3269. */
  host: string;
  url: string;
  baseDn: string;
  /** PEM of its own CA. */
  ca: string;
  caFile: string;
  administrator: string;
  password: string;
}

const scripts = fileURLToPath(new URL('../forests/', import.meta.url));

/**
 * Provisions and starts forests on loopback addresses that no other run on this machine has; takes 6 s to 45 s.
 * Suites that call it are declared with `describeWith(['samba', 'ldb-tools', 'ldapsearch', 'openssl'], …)`.
 */
export async function startForests<N extends Forest['name']>(
  names: readonly N[],
  env: Record<string, string> = {},
): Promise<{ forests: Record<N, Forest>; stop(): Promise<void> }> {
  const root = mkdtempSync(join(tmpdir(), 'forests-'));
  const slot = takeSlot();
  const hosts = { source: `127.${slot.number}.0.10`, target: `127.${slot.number}.0.20` };
  const settings = { FORESTS_ROOT: root, MODEL: '-M single', FORESTS: names.join(' '), ...env };
  const stop = async () => {
    await run('forests-down', settings);
    slot.release();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await run('forests-up', { ...settings, SOURCE_IP: hosts.source, TARGET_IP: hosts.target });
  } catch (error) {
    await stop();
    throw error;
  }
  const forests = Object.fromEntries(names.map((name) => [name, describeForest(name, hosts[name], root)]));
  return { forests: forests as Record<N, Forest>, stop };
}

function describeForest(name: Forest['name'], host: string, root: string): Forest {
  const caFile = join(root, name, 'private/tls/cert.pem');
  return {
    name,
    host,
    url: `ldaps://${host}:636`,
    baseDn: `DC=${name},DC=test`,
    ca: readFileSync(caFile, 'utf8'),
    caFile,
    administrator: `administrator@${name}.test`,
    password: 'Passw0rd!AD',
  };
}

/** A number from 100 that no living process holds, kept by a lock file. */
function takeSlot(): { number: number; release(): void } {
  for (let number = 100; number < 200; number += 1) {
    const file = join(tmpdir(), `transplant-forests-${number}.lock`);
    if (isStale(file)) rmSync(file, { force: true });
    try {
      const lock = openSync(file, 'wx');
      writeSync(lock, String(process.pid));
      closeSync(lock);
      return { number, release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw new Error('a hundred forests are running already');
}

function isStale(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function run(script: string, env: Record<string, string>): Promise<void> {
  // Debian's Python has Samba's modules; another one earlier on PATH has not.
  const PATH = `/usr/bin:/usr/sbin:/bin:/sbin:${process.env.PATH ?? ''}`;
  const log: string[] = [];
  const child = spawn('bash', [join(scripts, script)], {
    env: { ...process.env, ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  // The forests stay on as daemons and hold the pipes open, so the end of the script is what counts.
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  child.stdout.destroy();
  child.stderr.destroy();
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${log.join('')}`);
}
