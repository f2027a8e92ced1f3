import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { incomingMessageToRequest } from '@trpc/server/adapters/node-http';
import { browserGate, createHandler, type HandlerOptions } from '../core/api/handler.ts';
import { TransplantError } from '../core/domain/errors.ts';

/** The port cannot be listened on. */
export class PortTakenError extends TransplantError {}

export interface ConsoleServer {
  /** With the one-time token; opening it twice does not work. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** A request of the console is a few kilobytes; a reviewed file of all matches may be larger. Bytes. */
const MAX_BODY = 64 * 1024 * 1024;

/** Serves the console to browsers on this machine, on loopback alone. @param port 0 takes a free one */
export async function serveConsole(options: Omit<HandlerOptions, 'gate'>, port: number): Promise<ConsoleServer> {
  let handle: ReturnType<typeof createHandler> | undefined;
  const server = createServer({ requestTimeout: 60_000 }, (incoming, outgoing) => {
    if (!handle) return void outgoing.writeHead(503).end();
    answer(handle, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new PortTakenError(
          {
            tried: `serve the console on port ${port}`,
            happened: `The port cannot be used (${'code' in cause ? cause.code : cause.name}).`,
            next: 'Another console may be running. Leave --port away to take a free one.',
          },
          { cause },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  const { gate, token } = browserGate(address.port);
  handle = createHandler({ ...options, gate });
  return {
    url: `http://127.0.0.1:${address.port}/?token=${token}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  handle: ReturnType<typeof createHandler>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = incomingMessageToRequest(incoming, outgoing, { maxBodySize: MAX_BODY });
  const response = await handle(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing);
  else outgoing.end();
}
