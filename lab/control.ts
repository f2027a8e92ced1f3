import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { TransplantError, UsageError } from '../core/domain/errors.ts';

/**
 * How a second command reaches the lab of a folder: a loopback port and a token in `lab.run`, which only the folder's
 * owner can read. It works on every system alike, and unlike a process id it can never mean somebody else's process.
 */
const runSchema = z.object({ pid: z.number().int(), port: z.number().int(), token: z.string() });
type Run = z.infer<typeof runSchema>;

const runFile = (dir: string) => join(dir, 'lab.run');
const answerWithinMs = 5_000;

/** The lab could not be told to stop. */
export class LabStopError extends TransplantError {}

export interface Control {
  /** Ends when somebody asks the lab to stop. */
  stopAsked: Promise<void>;
  /** Gives the folder back; whoever asked to stop learns it by the end of the connection. */
  release(): Promise<void>;
}

/** Claims a folder for this process. @throws UsageError when a lab runs there */
export async function claim(dir: string): Promise<Control> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const token = randomBytes(24).toString('hex');
  const asked = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(60_000, () => socket.destroy());
    socket.once('data', (line: Buffer) => {
      const [verb, given = ''] = line.toString('latin1').trim().split(' ');
      if (!isSame(given, token)) {
        socket.destroy();
        return;
      }
      socket.write('ok\n');
      if (verb === 'stop') asked.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const run: Run = { pid: process.pid, port: (server.address() as AddressInfo).port, token };
  try {
    await writeClaim(dir, run);
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    stopAsked: asked.promise,
    release: async () => {
      rmSync(runFile(dir), { force: true });
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function writeClaim(dir: string, run: Run): Promise<void> {
  for (;;) {
    try {
      writeFileSync(runFile(dir), JSON.stringify(run), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const other = readRun(dir);
    if (other && (await say(other, 'ping'))) {
      throw new UsageError({
        tried: `start the lab in ${dir}`,
        happened: `A lab runs there already (process ${other.pid}).`,
        next: `Stop it with \`transplant lab stop --dir ${dir}\`, or name another folder.`,
      });
    }
    // What a killed lab left behind.
    rmSync(runFile(dir), { force: true });
  }
}

/** Asks the lab of a folder to stop and waits until it has. @returns false when none runs there */
export async function stopLab(dir: string, withinMs = 30_000): Promise<boolean> {
  const run = readRun(dir);
  const socket = run && (await say(run, 'stop'));
  if (!socket) return false;
  const tooLong = setTimeout(() => socket.destroy(new Error('too long')), withinMs);
  try {
    await once(socket, 'close');
  } catch (cause) {
    throw new LabStopError(
      {
        tried: `stop the lab in ${dir}`,
        happened: `It did not end within ${withinMs / 1000} s.`,
        next: `End process ${run.pid} by hand.`,
      },
      { cause },
    );
  } finally {
    clearTimeout(tooLong);
  }
  return true;
}

function readRun(dir: string): Run | undefined {
  try {
    return runSchema.parse(JSON.parse(readFileSync(runFile(dir), 'utf8')));
  } catch {
    // Not there, or half written by a process that was killed: nothing that runs.
    return undefined;
  }
}

/** A connection to the lab, once it has taken the word; undefined when none answers by this token. */
async function say(run: Run, verb: 'ping' | 'stop'): Promise<Socket | undefined> {
  const socket = connect(run.port, '127.0.0.1');
  try {
    const signal = AbortSignal.timeout(answerWithinMs);
    await once(socket, 'connect', { signal });
    socket.write(`${verb} ${run.token}\n`);
    await once(socket, 'data', { signal });
    if (verb === 'ping') socket.destroy();
    socket.resume();
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}
