import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { TransplantError } from '../domain/errors.ts';

/** The key pair of this machine (X25519). The public half goes to the database, the private half never leaves. */
export interface MachineKey {
  readonly publicKeyPem: string;
  readonly privateKey: KeyObject;
}

/** The key file cannot be used as it is. */
export class MachineKeyError extends TransplantError {}

/** A new key pair, and its private half as PEM for the place where it is kept. */
export function newMachineKey(): { key: MachineKey; pem: string } {
  const pem = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key: machineKeyFromPem(pem), pem };
}

/** @throws MachineKeyError when it is no X25519 private key */
export function machineKeyFromPem(pem: string, from = 'the key store'): MachineKey {
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType !== 'x25519') throw new Error(`a key of type ${privateKey.asymmetricKeyType}`);
    const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
    return { publicKeyPem, privateKey };
  } catch (error) {
    throw new MachineKeyError(
      {
        tried: `read this machine's key from ${from}`,
        happened: 'It is damaged or of another kind.',
        next: 'Move it away and start again: a new key is made, which has to be approved, and passwords are entered again.',
      },
      { cause: error },
    );
  }
}

/** What a person should know about a key that lies in a file. */
export const KEY_FILE_WARNING =
  'The key that opens stored passwords lies in a file that only this user may read. Whoever becomes this user can use ' +
  'it; keep it out of backups that others can read.';

/**
 * Reads the machine's key from a file, or makes one: mode 600, on Windows with an access list of this user alone.
 * `warn` hears that a file is the place, and of rights that were too wide.
 * @throws MachineKeyError when the file belongs to somebody else or is damaged
 */
export async function loadMachineKey(file: string, warn: (text: string) => void): Promise<MachineKey> {
  const pem = await loadKeyPem(file, warn, () => newMachineKey().pem);
  return machineKeyFromPem(pem, resolve(file));
}

/**
 * Reads a private key from a file that only its owner may read, or makes the file with what `make` gives.
 * @throws MachineKeyError when the file belongs to somebody else
 */
export async function loadKeyPem(file: string, warn: (text: string) => void, make: () => string): Promise<string> {
  const path = resolve(file);
  return (await readKeyFile(path, warn)) ?? (await createKeyFile(path, warn, make));
}

async function readKeyFile(path: string, warn: (text: string) => void): Promise<string | undefined> {
  try {
    const { mode, uid } = await stat(path);
    if (process.platform !== 'win32') {
      const own = process.getuid?.();
      if (own !== undefined && uid !== own && own !== 0) {
        throw new MachineKeyError({
          tried: `read this machine's key from ${path}`,
          happened: 'The file belongs to another user.',
          next: 'Start as the user who made it, or name another folder with TRANSPLANT_HOME.',
        });
      }
      if (mode & 0o077) {
        await chmod(path, 0o600);
        warn(`The key file ${path} could be read by others; its mode is 600 now. Consider its passwords as seen.`);
      }
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function createKeyFile(path: string, warn: (text: string) => void, make: () => string): Promise<string> {
  const pem = make();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${randomUUID()}`;
  const handle = await open(partial, 'wx', 0o600);
  try {
    if (process.platform === 'win32') await restrictOnWindows(partial);
    await handle.writeFile(pem);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // Two processes may start at once: a link fails when the name is taken, where a rename would replace the key.
    await link(partial, path);
  } catch (error) {
    const winner = await readKeyFile(path, warn);
    if (winner === undefined) throw error;
    return winner;
  } finally {
    await unlink(partial);
  }
  warn(KEY_FILE_WARNING);
  return pem;
}

async function restrictOnWindows(path: string): Promise<void> {
  const user = userInfo().username;
  await promisify(execFile)('icacls', [path, '/inheritance:r', '/grant:r', `${user}:F`]);
}
