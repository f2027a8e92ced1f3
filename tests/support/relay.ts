import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that a test can take away and give back. */
export interface Relay {
  readonly port: number;
  /** Breaks every connection and refuses new ones, as a server that is gone does. */
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Listens on an address and passes everything on.
 * @param listen address of this side; any free port
 * @param delayMs how much later everything arrives, each way
 */
export async function openRelay(to: { host: string; port: number }, listen = '127.0.0.1', delayMs = 0): Promise<Relay> {
  const sockets = new Set<Socket>();
  const accept = (near: Socket) => {
    const far = connect(to.port, to.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    pass(near, far, delayMs);
    pass(far, near, delayMs);
  };
  let server = await open(accept, 0, listen);
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the relay has no port');
  const { port } = address;
  const shut = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of [...sockets]) socket.destroy();
    await closed;
  };
  return {
    port,
    takeAway: shut,
    giveBack: async () => {
      server = await open(accept, port, listen);
    },
    close: shut,
  };
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  if (delayMs === 0) from.pipe(to);
  else {
    from.on('data', (chunk: Buffer) => setTimeout(() => to.writable && to.write(chunk), delayMs));
    from.on('end', () => setTimeout(() => to.end(), delayMs));
  }
}

async function open(accept: (socket: Socket) => void, port: number, host: string): Promise<Server> {
  const server = createServer(accept).listen(port, host);
  await once(server, 'listening');
  return server;
}
