import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EwsServerContext } from '../ews/context.ts';
import { sendText } from '../ews/http/answer.ts';
import { type Authenticator, sendUnauthorized } from '../ews/http/auth.ts';
import { readXml } from '../ews/http/body.ts';
import type { XmlNode } from '../ews/xml/node.ts';
import { XmlError } from '../ews/xml/parse.ts';
import { jsonAnswer } from './json.ts';
import { poxAnswer } from './pox.ts';
import { soapAnswer } from './soap.ts';

const MOST = 256 * 1024;

/** Autodiscover: plain XML, SOAP, and the JSON of version 2. Rejects with what ends a request: XmlError, TooLargeError. */
export async function autodiscover(
  server: EwsServerContext,
  authenticator: Authenticator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const endpoint = endpointOf(server, request);
  const url = new URL(request.url ?? '/', `https://${endpoint}`);
  const path = url.pathname.toLowerCase();
  if (path.startsWith('/autodiscover/autodiscover.json')) {
    request.resume();
    const { status, body } = jsonAnswer(server, endpoint, url);
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
    return;
  }
  const pox = path === '/autodiscover/autodiscover.xml';
  if (!pox && path !== '/autodiscover/autodiscover.svc') return plain(request, response, 404);
  const who = authenticator.authenticate(request);
  if ('challenges' in who) return sendUnauthorized(request, response, who.challenges);
  if (request.method !== 'POST') return plain(request, response, 405);
  if (pox) {
    sendText(response, 200, poxAnswer(server, endpoint, await readOrNothing(request)));
    return;
  }
  const answer = soapAnswer(server, endpoint, await readXml(request, MOST));
  sendText(response, answer.status, answer.text);
}

/** Plain-XML Autodiscover answers even nonsense with a document of its own. */
async function readOrNothing(request: IncomingMessage): Promise<XmlNode | undefined> {
  try {
    return await readXml(request, MOST);
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** Host and port the client reached, from its Host header where that is sound. */
function endpointOf(server: EwsServerContext, request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  return /^[a-z0-9.-]+(:\d{1,5})?$/i.test(host) ? host : server.organisation.host;
}

function plain(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  response.writeHead(status, { 'Content-Length': '0' });
  response.end();
}
