import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { databaseUrl } from '../../core/api/paths.ts';
import { ExitStatus } from '../../core/domain/errors.ts';
import { addCommand, type Result } from '../frame.ts';
import { type ConsoleOptions, runConsole } from './console.ts';

const root = join(import.meta.dirname, '..', '..');

export function register(program: Command): void {
  addCommand<ConsoleOptions>(
    program,
    'app',
    'the console: on the desktop where Electron is installed, otherwise in the browser',
    (c) =>
      c
        .option('--port <n>', 'port for the browser (default: a free one)', '0')
        .option('--no-open', 'do not start a browser'),
    run,
  );
}

async function run(options: ConsoleOptions): Promise<Result | undefined> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const electron = electronBinary();
  if (electron === undefined) {
    say('Electron’s binary is not installed here, so the console opens in the browser (README tells how to fetch it).');
    return await runConsole(options);
  }
  const { rendererFolder } = await import('../renderer.ts');
  await rendererFolder(say);
  const entry = await desktopEntry(say);
  const child = spawn(electron, [entry], {
    stdio: 'inherit',
    env: { ...process.env, TRANSPLANT_DB: databaseUrl(options.db).named ? databaseUrl(options.db).url : '' },
  });
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(ExitStatus.outside));
    child.once('exit', (status) => resolve(status ?? ExitStatus.done));
  });
  process.exitCode = code;
  return undefined;
}

/** Where npm put Electron's binary, if it was fetched: install scripts do not run, so it usually is not there. */
export function electronBinary(): string | undefined {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const name =
      process.platform === 'win32'
        ? 'electron.exe'
        : process.platform === 'darwin'
          ? 'Electron.app/Contents/MacOS/Electron'
          : 'electron';
    const binary = join(folder, 'dist', name);
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** The desktop shell's bundle, built on first use. */
async function desktopEntry(say: (text: string) => void): Promise<string> {
  const entry = join(root, 'dist', 'app', 'main', 'main.js');
  if (!existsSync(entry)) {
    say('Building the desktop shell, once …');
    const file: string = join(root, 'build', 'build.ts');
    const { buildDesktop } = (await import(file)) as { buildDesktop(): Promise<void> };
    await buildDesktop();
  }
  return entry;
}
