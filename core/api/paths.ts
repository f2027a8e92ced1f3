import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of this user where the program keeps what is its own: the embedded database, key files, logs.
 * `TRANSPLANT_HOME` moves it as a whole, for portable builds and for tests.
 */
export function dataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (env.TRANSPLANT_HOME) return env.TRANSPLANT_HOME;
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Transplant');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Transplant');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'transplant');
}

/** The database that is used when none is named: a file in the user's data folder. */
export function defaultDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string {
  return `sqlite:${join(dataFolder(env), 'transplant.db')}`;
}

/** `--db`, else `TRANSPLANT_DB`, else the embedded default; `named` tells whether somebody chose it. */
export function databaseUrl(
  option: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): { url: string; named: boolean } {
  const named = option ?? (env.TRANSPLANT_DB || undefined);
  return named === undefined ? { url: defaultDatabaseUrl(env), named: false } : { url: named, named: true };
}
