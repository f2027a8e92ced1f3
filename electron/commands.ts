import { utilityProcess } from 'electron';
import type { Command, Program } from '../core/api/context.ts';

/**
 * Commands of this program as utility processes: Electron's binary is no Node (the fuse is off), and these are what it has
 * instead. They end with the shell.
 * @param entry the bundled command line
 */
export function utilityCommands(entry: string, env: NodeJS.ProcessEnv): Program {
  return { start: (words) => start(entry, [...words], env) };
}

function start(entry: string, words: string[], env: NodeJS.ProcessEnv): Command {
  const child = utilityProcess.fork(entry, words, { env, stdio: 'pipe', serviceName: `transplant ${words[0] ?? ''}` });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let alive = true;
  child.once('exit', () => {
    alive = false;
    resolve();
  });
  child.stdout?.resume();
  child.stderr?.setEncoding('utf8');
  return {
    get alive() {
      return alive;
    },
    ended,
    hear: (listener) => void child.stderr?.on('data', listener),
    stop: () => void child.kill(),
  };
}
