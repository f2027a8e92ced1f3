import { arch, hostname, type as osType, release } from 'node:os';
import { join } from 'node:path';
import { type Keyring, openKeyring, startOver } from '../store/keyring.ts';
import { loadMachineKey, type MachineKey } from '../store/machine-key.ts';
import type { Store } from '../store/store.ts';
import { dataFolder } from './paths.ts';
import { programVersion } from './version.ts';

/** The key file of a console or worker on this machine; each has one of its own. */
export function keyFile(name: string): string {
  return join(dataFolder(), 'keys', `${name.replace(/[^\w.@-]/g, '_')}.pem`);
}

const loadConsoleKey = () => loadMachineKey(keyFile('console'), (text) => void process.stderr.write(`${text}\n`));

function enrolmentOf(user: string, shell = '') {
  const facts = { os: `${osType()} ${release()} ${arch()}`, host: hostname() };
  const name = `${user}@${hostname()}${shell && ` ${shell}`}`;
  return { name, kind: 'console', version: programVersion(), facts } as const;
}

/**
 * Gives this console a new data key where no approved one is left. @returns the machines that have to be approved again
 */
export async function newDataKeyHere(store: Store, user: string): Promise<string[]> {
  const { waiting } = await startOver(store, await loadConsoleKey(), enrolmentOf(user), user);
  return waiting;
}

/**
 * Opens this console's keyring, once, when it is first needed. `loadKey` gives another place for the key than a file,
 * such as the desktop's key store; `shell` then makes the name another one, because one name has one key.
 */
export function lazyConsoleKeyring(
  store: Store,
  user: string,
  loadKey: () => Promise<MachineKey> = loadConsoleKey,
  shell = '',
): () => Promise<Keyring> {
  let opened: Promise<Keyring> | undefined;
  return () => {
    opened ??= (async () => {
      const { keyring } = await openKeyring(store, await loadKey(), enrolmentOf(user, shell));
      return keyring;
    })();
    // A failure is not kept: the next click may find the file readable or the machine approved.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
}
