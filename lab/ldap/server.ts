import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Connection } from './connection.ts';
import type { Directory } from './directory.ts';

export interface LdapServerOptions {
  directory: Directory;
  /** PEM. */
  key: string;
  /** PEM, the server's certificate followed by its issuer's. */
  cert: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Answers for all naming contexts under an empty base, as port 3269 does. */
  globalCatalog?: boolean;
}

export interface LdapServer {
  port: number;
  close(): Promise<void>;
}

/** An LDAPS server (TLS 1.2 or later) over a directory. @throws when the port is taken */
export async function startLdapServer(options: LdapServerOptions): Promise<LdapServer> {
  const sockets = new Set<TLSSocket>();
  const server: Server = createServer(
    { key: options.key, cert: options.cert, minVersion: 'TLSv1.2', handshakeTimeout: 30_000 },
    (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      new Connection(socket, options.directory, options.globalCatalog === true);
    },
  );
  // A client that breaks off or fails the handshake is its own affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
