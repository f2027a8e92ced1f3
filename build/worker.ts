import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommandLine } from './build.ts';

/**
 * What is carried to a helper machine: the bundle, its own Node, the service definition and an install command, as a
 * folder and an archive for Linux and Windows below out/, and a Windows installer where makensis (Debian: nsis) is here.
 */

const root = join(import.meta.dirname, '..');
const out = join(root, 'out');
/** Makes a Windows service of a program: WinSW (MIT), as the npm package node-windows carries it. */
const WINSW = 'node-windows@1.0.0-beta.8';

interface Manifest {
  version: string;
  optionalDependencies: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

export type WorkerPlatform = 'linux-x64' | 'win-x64';

/** Builds the folder and archive of one platform. @returns their paths */
export async function buildWorker(platform: WorkerPlatform): Promise<{ folder: string; archive: string }> {
  const name = `transplant-worker-${platform}`;
  const folder = join(out, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'app'), { recursive: true });
  await buildCommandLine(join(folder, 'app'));
  cpSync(join(root, 'sql'), join(folder, 'app', 'sql'), { recursive: true });
  writeFileSync(
    join(folder, 'app', 'package.json'),
    JSON.stringify({ name: 'transplant', version: manifest.version, type: 'module' }),
  );
  copyFileSync(join(root, 'build', 'service', 'start.js'), join(folder, 'app', 'start.js'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  if (platform === 'linux-x64') finishLinux(folder);
  else finishWindows(folder);
  const archive = `${folder}.tar.gz`;
  execFileSync('tar', ['-czf', archive, '-C', out, name]);
  return { folder, archive };
}

function finishLinux(folder: string): void {
  copyFileSync(nodeBinary('linux-x64', 'node'), join(folder, 'node'));
  cpSync(join(root, 'build', 'service', 'linux'), join(folder, 'service'), { recursive: true });
  const script =
    '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\nexec "$here/node" --max-semi-space-size=4 "$here/app/start.js" "$@"\n';
  writeFileSync(join(folder, 'transplant-worker'), script);
  for (const file of ['node', 'transplant-worker', 'service/install.sh']) chmodSync(join(folder, file), 0o755);
}

function finishWindows(folder: string): void {
  copyFileSync(nodeBinary('win-x64', 'node.exe'), join(folder, 'node.exe'));
  mkdirSync(join(folder, 'service'));
  copyFileSync(
    join(root, 'build', 'service', 'windows', 'install-service.ps1'),
    join(folder, 'service', 'install-service.ps1'),
  );
  copyFileSync(
    join(root, 'build', 'service', 'windows', 'transplant-worker.xml'),
    join(folder, 'TransplantWorker.xml'),
  );
  copyFileSync(join(unpacked(WINSW), 'bin', 'winsw', 'winsw.exe'), join(folder, 'TransplantWorker.exe'));
  writeFileSync(
    join(folder, 'transplant-worker.cmd'),
    '@"%~dp0node.exe" --max-semi-space-size=4 "%~dp0app\\start.js" %*\r\n',
  );
}

/** The Node of a platform: installed beside us where it is ours, else its npm package in the version of the manifest. */
function nodeBinary(platform: string, file: string): string {
  const name = `node-${platform}`;
  const installed = join(root, 'node_modules', name, 'bin', file);
  if (existsSync(installed)) return installed;
  return join(unpacked(`${name}@${manifest.optionalDependencies[name]}`), 'bin', file);
}

/** An npm package of another platform, fetched from the registry that npm is set to and unpacked below out/. */
function unpacked(spec: string): string {
  const folder = join(out, 'packages', spec.replace(/[^\w.-]/g, '_'));
  if (existsSync(join(folder, 'package'))) return join(folder, 'package');
  const download = mkdtempSync(join(tmpdir(), 'transplant-pack-'));
  try {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    execFileSync(npm, ['pack', spec, '--pack-destination', download], {
      stdio: 'ignore',
      shell: process.platform === 'win32',
    });
    const [archive] = execFileSync('ls', [download]).toString().trim().split('\n');
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', join(download, archive ?? ''), '-C', folder]);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  return join(folder, 'package');
}

/** The installer of the Windows folder. @returns its path, or undefined where makensis is not here */
export function buildInstaller(folder: string): string | undefined {
  const output = join(out, `Transplant-Worker-Setup-${manifest.version}.exe`);
  try {
    execFileSync('makensis', ['-VERSION'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const script = join(root, 'build', 'service', 'windows', 'worker.nsi');
  execFileSync(
    'makensis',
    ['-V2', `-DSOURCE=${folder}`, `-DOUTPUT=${output}`, `-DVERSION=${manifest.version}`, script],
    { stdio: 'inherit' },
  );
  return output;
}

if (process.argv[1] === import.meta.filename) {
  const linux = await buildWorker('linux-x64');
  console.log(linux.archive);
  const windows = await buildWorker('win-x64');
  console.log(windows.archive);
  console.log(buildInstaller(windows.folder) ?? 'No installer: makensis is not here (Debian: apt-get install nsis).');
}
