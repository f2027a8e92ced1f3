import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { hostname, type as osType, release, tmpdir, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { readLinux } from './linux.ts';
import type { HostFacts } from './model.ts';
import { readWindows } from './windows.ts';

/** Facts of this machine. @param databaseFile the embedded database's file, where there is one */
export async function readHost(dataFolder: string, databaseFile: string | undefined): Promise<HostFacts> {
  const facts = await readSystem();
  const [dataFree, tempFree, databaseFree] = await Promise.all([
    freeBytes(dataFolder),
    freeBytes(tmpdir()),
    databaseFile === undefined ? undefined : freeBytes(dirname(databaseFile)),
  ]);
  return {
    ...facts,
    ...(dataFree === undefined ? {} : { dataFree }),
    ...(tempFree === undefined ? {} : { tempFree }),
    ...(databaseFree === undefined ? {} : { databaseFree }),
  };
}

async function readSystem(): Promise<HostFacts> {
  if (process.platform === 'linux') return readLinux();
  if (process.platform === 'win32') return readWindows();
  return {
    platform: 'other',
    name: hostname(),
    osName: osType(),
    osVersion: release(),
    memoryTotal: totalmem(),
    proxies: {},
  };
}

/** Free bytes for this user where a folder is, or where it would be made. */
async function freeBytes(folder: string): Promise<number | undefined> {
  let at = resolve(folder);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    const { bavail, bsize } = await statfs(at);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
