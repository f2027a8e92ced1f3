import { arch, hostname, type as osType, release } from 'node:os';
import { join } from 'node:path';
import { type Keyring, openKeyring } from '../store/keyring.ts';
import { loadMachineKey, type MachineKey } from '../store/machine-key.ts';
import type { Store } from '../store/store.ts';
import { dataFolder } from './paths.ts';
import { programVersion } from './version.ts';

/** The key file of a console or worker on this machine; each has one of its own. */
export function keyFile(name: string): string {
  return join(dataFolder(), 'keys', `${name.replace(/[^\w.@-]/g, '_')}.pem`);
}

/**
 * Opens this console's keyring, once, when it is first needed. `loadKey` gives another place for the key than a file,
 * such as the desktop's key store.
 */
export function lazyConsoleKeyring(
  store: Store,
  user: string,
  loadKey: () => Promise<MachineKey> = () =>
    loadMachineKey(keyFile('console'), (text) => void process.stderr.write(`${text}\n`)),
): () => Promise<Keyring> {
  let opened: Promise<Keyring> | undefined;
  return () => {
    opened ??= (async () => {
      const { keyring } = await openKeyring(store, await loadKey(), {
        name: `${user}@${hostname()}`,
        kind: 'console',
        version: programVersion(),
        facts: { os: `${osType()} ${release()} ${arch()}`, host: hostname() },
      });
      return keyring;
    })();
    // A failure is not kept: the next click may find the file readable or the machine approved.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
}
