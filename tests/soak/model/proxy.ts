import { connect, createServer, type Socket } from 'node:net';

/** A line to a database server that can be cut. */
export interface Line {
  /** The same address through the proxy. */
  url(address: string): string;
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

export async function openProxy(host: string, port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
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
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the proxy has no port');
  return {
    sockets,
    url: (text) => {
      const url = new URL(text);
      url.hostname = '127.0.0.1';
      url.port = String(address.port);
      return url.href;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Breaks every connection, whatever is under way on it. @returns how many lines were cut */
export function cutConnections({ sockets }: Line): number {
  const lines = sockets.size / 2;
  for (const socket of [...sockets]) socket.destroy();
  return Math.ceil(lines);
}
