import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Command, Program } from './context.ts';

/** Commands of this program as processes that the console starts: `file args… words`, in an environment that names the database. */
export function spawned(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Program {
  return { start: (words) => start(file, [...args, ...words], env) };
}

function start(file: string, args: string[], env: NodeJS.ProcessEnv): Command {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let failed: Error | undefined;
  child.once('error', (error) => {
    failed = error;
    resolve();
  });
  // Not `exit`: what it said last may still be in the pipe then.
  child.once('close', () => resolve());
  child.stdout.resume();
  // Neither the process nor its pipes keep a console that was told to end.
  child.unref();
  for (const pipe of [child.stderr, child.stdout]) if (pipe instanceof Socket) pipe.unref();
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return {
    get alive() {
      return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    },
    ended,
    hear: (listener) => {
      child.stderr.setEncoding('utf8').on('data', listener);
      child.once('error', (error) => listener(error.message));
      if (failed) listener(failed.message);
    },
    stop: end,
  };
}
