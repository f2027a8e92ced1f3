import { arch, hostname, type as osType, release } from 'node:os';
import { join } from 'node:path';
import { type Keyring, openKeyring, startOver } from '../store/keyring.ts';
import { loadMachineKey, type MachineKey } from '../store/machine-key.ts';
import type { Store } from '../store/store.ts';
import type { ApiContext } from './context.ts';
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
 * The keys of this console: its keyring, opened once, when it is first needed, and a new data key where no approved
 * console is left. `loadKey` gives another place for the machine's key than a file, such as the desktop's key store;
 * `shell` then makes the name another one, because one name has one key.
 */
export function consoleKeys(
  store: Store,
  user: string,
  loadKey: () => Promise<MachineKey> = loadConsoleKey,
  shell = '',
): Required<Pick<ApiContext, 'keyring' | 'newDataKey'>> {
  let opened: Promise<Keyring> | undefined;
  return {
    keyring: () => {
      opened ??= (async () => {
        const { keyring } = await openKeyring(store, await loadKey(), enrolmentOf(user, shell));
        return keyring;
      })();
      // A failure is not kept: the next click may find the file readable or the machine approved.
      opened.catch(() => {
        opened = undefined;
      });
      return opened;
    },
    newDataKey: async () => {
      const { keyring, waiting } = await startOver(store, await loadKey(), enrolmentOf(user, shell), user);
      opened = Promise.resolve(keyring);
      return waiting;
    },
  };
}
