import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { safeStorage } from 'electron';
import { type MachineKey, MachineKeyError, machineKeyFromPem, newMachineKey } from '../core/store/machine-key.ts';

/**
 * The console's own key, encrypted by the operating system's key store (DPAPI, Keychain, Secret Service).
 * @throws MachineKeyError when there is no key store, or what it kept cannot be opened by this user
 */
export async function loadSealedKey(file: string): Promise<MachineKey> {
  // Without a key store Electron on Linux falls back to a password that is in its source: no protection at all.
  const weak = process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text';
  if (!safeStorage.isEncryptionAvailable() || weak) {
    throw new MachineKeyError({
      tried: "open this machine's key",
      happened: 'The key store of the operating system is not available to this user.',
      next: 'Unlock or install one (on Linux: gnome-keyring or KWallet), or use the browser console: transplant console',
    });
  }
  if (!existsSync(file)) return await createSealedKey(file);
  let pem: string;
  try {
    pem = safeStorage.decryptString(await readFile(file));
  } catch (error) {
    throw new MachineKeyError(
      {
        tried: `open this machine's key from ${file}`,
        happened:
          'The key store of the operating system does not open it; it was made by another user or on another machine.',
        next: 'Start as that user, or move the file away: a new key is made, and passwords are entered again.',
      },
      { cause: error },
    );
  }
  return machineKeyFromPem(pem, 'the key store');
}

async function createSealedKey(file: string): Promise<MachineKey> {
  const { key, pem } = newMachineKey();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, safeStorage.encryptString(pem), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return key;
}
