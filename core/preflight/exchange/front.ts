import { request } from 'node:https';
import { connectTls } from '../../exchange/ews/tls.ts';

/** How an EWS virtual directory greets somebody who has not signed in. */
export interface Greeting {
  status: number;
  /** Schemes of WWW-Authenticate, as written. */
  schemes: string[];
  server: string | undefined;
}

/** Asks the EWS address without any credential, over verified TLS. @throws what connectTls throws */
export async function greet(
  url: URL,
  trust: { ca?: string | undefined; pin?: string | undefined },
  timeoutMs: number,
): Promise<Greeting> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = await connectTls({ host, port: Number(url.port || 443), ...trust, connectTimeoutMs: timeoutMs });
  return new Promise((resolve, reject) => {
    const asked = request({
      createConnection: () => socket,
      host,
      path: url.pathname,
      method: 'GET',
      timeout: timeoutMs,
      headers: { 'user-agent': 'Transplant', host: url.host },
    });
    asked.once('response', (response) => {
      const header = response.headers['www-authenticate'];
      const values = (Array.isArray(header) ? header : [header ?? '']).flatMap((text) =>
        text.split(/,\s*(?=[A-Za-z]+(?:\s|$))/),
      );
      response.resume();
      socket.destroy();
      resolve({
        status: response.statusCode ?? 0,
        schemes: [...new Set(values.map((text) => text.trim().split(/\s/, 1)[0] ?? '').filter((text) => text !== ''))],
        server: [response.headers.server].flat()[0],
      });
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.once('error', (error) => {
      socket.destroy();
      reject(error);
    });
    asked.end();
  });
}
