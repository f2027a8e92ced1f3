import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Stands in index.html where the nonce of this answer belongs. */
export const NONCE_MARK = '__CSP_NONCE__';

/**
 * Headers of every answer. The policy allows our own files alone; style elements (the component library makes them at
 * run time) need the nonce of the page they are in.
 */
export function securityHeaders(nonce?: string): Record<string, string> {
  const style = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`;
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src ${style}`,
      "font-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), clipboard-read=()',
  };
}

/**
 * A file of the built renderer. Unknown paths without a file ending are places inside the console, so they get
 * index.html; hashed assets may be kept by the browser for ever.
 */
export async function serveStatic(folder: string, pathname: string, headOnly: boolean): Promise<Response> {
  const name = safeName(pathname);
  if (name === undefined) return plain(400, 'Not a path of the console');
  const ending = extname(name);
  // The first place has a page of its own, with its first screen in it (build/first-screen.ts).
  if (name === '' || name === 'home.html') return await servePage(folder, ['home.html', 'index.html'], headOnly);
  if (ending === '' || name === 'index.html') return await servePage(folder, ['index.html'], headOnly);
  const type = TYPES[ending];
  const body = type === undefined ? undefined : await readFile(join(folder, name)).catch(() => undefined);
  if (body === undefined || type === undefined) return plain(404, 'No such file');
  return new Response(headOnly ? null : new Uint8Array(body), {
    headers: {
      ...securityHeaders(),
      'content-type': type,
      'content-length': String(body.byteLength),
      'cache-control': name.startsWith(`assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  });
}

/** The first of these pages that there is, with a nonce of its own. */
async function servePage(folder: string, names: readonly string[], headOnly: boolean): Promise<Response> {
  let template: string | undefined;
  for (const name of names) template ??= await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (template === undefined) return plain(503, 'The console has not been built: run "npm run build"');
  const nonce = randomBytes(16).toString('base64');
  return new Response(headOnly ? null : template.replaceAll(NONCE_MARK, nonce), {
    headers: {
      ...securityHeaders(nonce),
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    },
  });
}

/** The path below the folder, or undefined when it points outside or is not decodable. */
function safeName(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const name = normalize(decoded).replace(/^[/\\]+/, '');
  return name.split(sep).includes('..') ? undefined : name;
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...securityHeaders(), 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });
}
