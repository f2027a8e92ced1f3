import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EwsServerContext } from '../ews/context.ts';
import type { Authenticator } from '../ews/http/auth.ts';

export async function autodiscover(
  _server: EwsServerContext,
  _authenticator: Authenticator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  response.writeHead(404);
  response.end();
}
