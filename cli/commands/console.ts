import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../core/domain/errors.ts';
import { addCommand, type CommonOptions, osUser, type Result } from '../frame.ts';

export interface ConsoleOptions extends CommonOptions {
  port?: string;
  /** Commander's form of --no-open. */
  open?: boolean;
}

export function register(program: Command): void {
  addCommand<ConsoleOptions>(
    program,
    'console',
    'the console in a browser: prints its address with a token that works once',
    (c) =>
      c
        .option('--port <n>', 'port on 127.0.0.1 (default: a free one)', '0')
        .option('--no-open', 'do not start a browser'),
    runConsole,
  );
}

/** Serves the console until Ctrl+C. The address goes to stdout, everything else to stderr. */
export async function runConsole(options: ConsoleOptions): Promise<Result | undefined> {
  const port = Number(options.port ?? '0');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError({
      tried: 'serve the console',
      happened: `${options.port} is no port number.`,
      next: 'Give a number up to 65535, or leave --port away.',
    });
  }
  const [{ serveConsole }, { rendererFolder }, { openStore }, paths, { consoleKeys }, { openLog }, { spawned }] =
    await Promise.all([
      import('../console-server.ts'),
      import('../renderer.ts'),
      import('../../core/store/open.ts'),
      import('../../core/api/paths.ts'),
      import('../../core/api/machine.ts'),
      import('../../core/api/log.ts'),
      import('../../core/api/command.ts'),
    ]);
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const folder = await rendererFolder(say);
  const { url, named } = paths.databaseUrl(options.db);
  const store = await openStore(url, { create: !named });
  const log = openLog({ folder: join(paths.dataFolder(), 'logs'), program: 'console' });
  const user = osUser();
  const keys = consoleKeys(store, user);
  const program = spawned(process.execPath, process.argv.slice(1, 2), { ...process.env, TRANSPLANT_DB: url });
  const server = await serveConsole(
    {
      rendererFolder: folder,
      context: (correlation) => ({ store, actor: { user, host: hostname() }, correlation, program, ...keys }),
      onUnexpected: (error, path, correlation) =>
        log.error('a procedure failed unexpectedly', {
          error: error instanceof Error ? error.name : 'Error',
          path,
          correlation,
        }),
    },
    port,
  ).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  process.stdout.write(options.json ? `${JSON.stringify({ url: server.url })}\n` : `${server.url}\n`);
  say('This address works once, on this machine. Ctrl+C ends the console; workers go on without it.');
  if (options.open !== false) openBrowser(server.url);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await server.close();
  await store.close();
  await log.close();
  return undefined;
}

/** Starts the person's browser; that there is none is no error, the address stands on the screen. */
function openBrowser(url: string): void {
  const [command, args] =
    process.platform === 'win32'
      ? (['rundll32', ['url.dll,FileProtocolHandler', url]] as const)
      : process.platform === 'darwin'
        ? (['open', [url]] as const)
        : (['xdg-open', [url]] as const);
  const child = spawn(command, [...args], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
