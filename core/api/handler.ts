import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { TransplantError } from '../domain/errors.ts';
import type { ApiContext } from './context.ts';
import { appRouter } from './router.ts';
import { securityHeaders, serveStatic } from './static.ts';

/**
 * One fetch-style handler for both mounts: Electron gives it to `protocol.handle('app', …)`, `transplant console` puts it
 * behind a loopback web server. Procedures live below /api/, everything else is the built renderer.
 */
export interface HandlerOptions {
  /** Made for each request; the correlation id in it ties a click to the requests it led to. */
  context: (correlation: string) => ApiContext | Promise<ApiContext>;
  /** Folder of the built renderer (index.html and assets/). */
  rendererFolder: string;
  /** How a caller proves that it is ours. */
  gate: Gate;
  /** Told of an unexpected error; never of one that a person caused. */
  onUnexpected?: (error: unknown, path: string | undefined, correlation: string) => void;
}

/** Lets a request through (undefined) or answers it itself. */
export type Gate = (request: Request, url: URL) => Response | undefined;

export type Handler = (request: Request) => Promise<Response>;

/** Every call of ours carries this header: a form or an image of another page cannot set it. */
export const CALL_HEADER = 'x-transplant-call';
const API = '/api';
const SESSION_COOKIE = 'transplant-session';

/** @returns the handler; it never throws. */
export function createHandler(options: HandlerOptions): Handler {
  return async (request) => {
    const url = new URL(request.url);
    const refused = options.gate(request, url);
    if (refused) return withSecurity(refused);
    if (url.pathname === API || url.pathname.startsWith(`${API}/`)) return withSecurity(await call(request, options));
    if (request.method !== 'GET' && request.method !== 'HEAD') return withSecurity(refuse(405, 'Method not allowed'));
    return await serveStatic(options.rendererFolder, url.pathname, request.method === 'HEAD');
  };
}

async function call(request: Request, options: HandlerOptions): Promise<Response> {
  if (request.headers.get(CALL_HEADER) !== '1') return refuse(403, 'Not a call of the console');
  const correlation = randomUUID();
  return await fetchRequestHandler({
    endpoint: API,
    req: request,
    router: appRouter,
    createContext: () => options.context(correlation),
    onError: ({ error, path }) => {
      if (error.code !== 'INTERNAL_SERVER_ERROR' || error.cause instanceof TransplantError) return;
      options.onUnexpected?.(error.cause ?? error, path, correlation);
    },
  });
}

/** Electron's gate: the custom protocol has one host and no network; nothing else may ask. */
export function appGate(host: string): Gate {
  return (request, url) => {
    if (url.host !== host) return refuse(403, 'Unknown host');
    const origin = request.headers.get('origin');
    if (origin !== null && origin !== `app://${host}`) return refuse(403, 'Another origin');
    return undefined;
  };
}

export interface BrowserGate {
  gate: Gate;
  /** Works once: exchanged for a session cookie that no script can read. */
  token: string;
}

/**
 * The browser's gate: only our own host names (a DNS-rebinding page sends its own), only our own origin, and a session
 * that began with the one-time token.
 */
export function browserGate(port: number): BrowserGate {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const token = randomBytes(32).toString('base64url');
  let tokenLeft: string | undefined = token;
  const sessions = new Set<string>();

  const gate: Gate = (request, url) => {
    const host = request.headers.get('host') ?? url.host;
    if (!hosts.has(host)) return refuse(421, 'This console answers on its own address only');
    const origin = request.headers.get('origin');
    if (origin !== null && origin !== `http://${host}`) return refuse(403, 'Another origin');
    const site = request.headers.get('sec-fetch-site');
    const offered = url.pathname === '/' ? url.searchParams.get('token') : null;
    if (offered !== null) {
      if (tokenLeft === undefined || !sameText(offered, tokenLeft)) {
        return page(403, 'This link has been used. Start <code>transplant console</code> again; it prints a new one.');
      }
      tokenLeft = undefined;
      const session = randomBytes(32).toString('base64url');
      sessions.add(session);
      return new Response(null, {
        status: 303,
        headers: {
          location: '/',
          'set-cookie': `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict`,
          'cache-control': 'no-store',
        },
      });
    }
    if (site !== null && site !== 'same-origin' && site !== 'none') return refuse(403, 'Another site');
    const session = cookie(request, SESSION_COOKIE);
    if (session === undefined || !sessions.has(session)) {
      return page(401, 'Open the link that <code>transplant console</code> printed; it works once, on this machine.');
    }
    return undefined;
  };
  return { gate, token };
}

function cookie(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function refuse(status: number, why: string): Response {
  return new Response(`${why}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

function page(status: number, html: string): Response {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Transplant</title><p>${html}</p></html>`;
  return new Response(body, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function withSecurity(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders())) if (!headers.has(name)) headers.set(name, value);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
