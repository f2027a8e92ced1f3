import { createSocket } from 'node:dgram';

/** An instance as SQL Server Browser announces it ([MS-SQLR] 2.2.5). */
export interface SqlInstance {
  server: string;
  instance: string;
  version: string;
  tcpPort: number | undefined;
}

/** Asks a host's SQL Server Browser for all its instances (CLNT_UCAST_EX). @returns undefined when nothing answers */
export function askBrowser(host: string, timeoutMs: number, port = 1434): Promise<SqlInstance[] | undefined> {
  const { promise, resolve } = Promise.withResolvers<SqlInstance[] | undefined>();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  socket.on('error', () => resolve(undefined));
  socket.on('message', (answer) => resolve(parseBrowser(answer)));
  socket.connect(port, host, () => socket.send(Buffer.from([3]), () => undefined));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

/** SVR_RESP: 5, length, then `name;value;…` with `;;` after each instance. */
export function parseBrowser(answer: Uint8Array): SqlInstance[] | undefined {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  if (bytes.length < 3 || bytes[0] !== 5) return undefined;
  const text = bytes.subarray(3, 3 + bytes.readUInt16LE(1)).toString('latin1');
  return text
    .split(';;')
    .filter((part) => part !== '')
    .map((part) => {
      const words = part.split(';');
      const value = (name: string): string => {
        const at = words.findIndex((word, i) => i % 2 === 0 && word.toLowerCase() === name);
        return at < 0 ? '' : (words[at + 1] ?? '');
      };
      const tcp = Number(value('tcp'));
      return {
        server: value('servername'),
        instance: value('instancename'),
        version: value('version'),
        tcpPort: Number.isInteger(tcp) && tcp > 0 ? tcp : undefined,
      };
    });
}
