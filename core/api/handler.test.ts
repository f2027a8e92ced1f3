import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransplantError } from '../domain/errors.ts';
import type { ApiContext } from './context.ts';
import { appGate, browserGate, CALL_HEADER, createHandler, type Gate } from './handler.ts';
import { NONCE_MARK } from './static.ts';

let folder: string;
let secret: string;

beforeAll(() => {
  secret = mkdtempSync(join(tmpdir(), 'transplant-handler-'));
  folder = join(secret, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), `<meta property="csp-nonce" content="${NONCE_MARK}">`);
  writeFileSync(join(folder, 'assets', 'main-1a2b.js'), 'export {};');
  writeFileSync(join(secret, 'outside.js'), 'secret');
});
afterAll(() => rmSync(secret, { recursive: true, force: true }));

const none: Gate = () => undefined;
const handler = (gate: Gate) =>
  createHandler({
    context: () => {
      throw new Error('no procedure was expected to run');
    },
    rendererFolder: folder,
    gate,
  });
const get = (url: string, headers: Record<string, string> = {}) => new Request(url, { headers });

describe('the files of the console', () => {
  it('gives places inside the console the page, with a nonce of its own that the policy names', async () => {
    const handle = handler(none);
    const seen = new Set<string>();
    for (const path of ['/', '/batches/7', '/batches/7']) {
      const answer = await handle(get(`http://127.0.0.1:1${path}`));
      const nonce = /content="([^"]+)"/.exec(await answer.text())?.[1] ?? '';
      expect(answer.status).toBe(200);
      expect(nonce.length).toBeGreaterThan(20);
      expect(answer.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
      seen.add(nonce);
    }
    expect(seen.size).toBe(3);
  });

  it('gives the first place the page that has its first screen, where there is one, and nobody else', async () => {
    writeFileSync(join(folder, 'home.html'), `first ${NONCE_MARK}`);
    try {
      const text = async (path: string) => await (await handler(none)(get(`http://127.0.0.1:1${path}`))).text();
      expect(await text('/')).toMatch(/^first [\w+/=]{20,}$/);
      expect(await text('/batches')).not.toContain('first');
    } finally {
      rmSync(join(folder, 'home.html'));
    }
  });

  it('never allows script from anywhere but its own files', async () => {
    const policy = (await handler(none)(get('http://127.0.0.1:1/'))).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
  });

  it.each([
    '/../outside.js',
    '/assets/../../outside.js',
    '/%2e%2e/outside.js',
    '/assets/%2e%2e%2f%2e%2e%2foutside.js',
    '/..%5coutside.js',
    '/assets/..\\..\\outside.js',
    '/%00.js',
    '/%ff.js',
  ])('gives nothing from outside its folder: %s', async (path) => {
    const answer = await handler(none)(get(`http://127.0.0.1:1${path}`));
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain('secret');
  });

  it('lets the browser keep hashed files and nothing else', async () => {
    const asset = await handler(none)(get('http://127.0.0.1:1/assets/main-1a2b.js'));
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('content-type')).toContain('javascript');
    expect((await handler(none)(get('http://127.0.0.1:1/'))).headers.get('cache-control')).toBe('no-store');
  });

  it('refuses a procedure call that a form or an image could make', async () => {
    const answer = await handler(none)(new Request('http://127.0.0.1:1/api/x', { method: 'POST' }));
    expect(answer.status).toBe(403);
  });

  it('reaches the router with the header that only our page can send', async () => {
    const handle = createHandler({ context: () => ({}) as ApiContext, rendererFolder: folder, gate: none });
    const answer = await handle(get('http://127.0.0.1:1/api/no.such.procedure', { [CALL_HEADER]: '1' }));
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('.ts:');
  });
});

describe('the browser mount', () => {
  const base = 'http://127.0.0.1:4711';
  const session = async (handle: ReturnType<typeof handler>, token: string) => {
    const answer = await handle(get(`${base}/?token=${token}`, { host: '127.0.0.1:4711' }));
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  };

  it('takes the token once', async () => {
    const { gate, token } = browserGate(4711);
    const handle = handler(gate);
    const first = await handle(get(`${base}/?token=${token}`, { host: '127.0.0.1:4711' }));
    expect(first.status).toBe(303);
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await handle(get(`${base}/?token=${token}`))).status).toBe(403);
    expect((await handle(get(`${base}/?token=${token}x`))).status).toBe(403);
  });

  it('answers nothing without a session', async () => {
    const handle = handler(browserGate(4711).gate);
    expect((await handle(get(`${base}/`))).status).toBe(401);
    expect((await handle(get(`${base}/assets/main-1a2b.js`))).status).toBe(401);
    expect((await handle(get(`${base}/`, { cookie: 'transplant-session=guess' }))).status).toBe(401);
  });

  it('answers with a session, on its own host names only', async () => {
    const { gate, token } = browserGate(4711);
    const handle = handler(gate);
    const cookie = await session(handle, token);
    expect((await handle(get(`${base}/`, { cookie }))).status).toBe(200);
    expect((await handle(get('http://rebound.example:4711/', { cookie }))).status).toBe(421);
    expect((await handle(get('http://127.0.0.1:4712/', { cookie }))).status).toBe(421);
  });

  it('refuses another origin or site, session or not', async () => {
    const { gate, token } = browserGate(4711);
    const handle = handler(gate);
    const cookie = await session(handle, token);
    expect((await handle(get(`${base}/`, { cookie, origin: 'https://evil.example' }))).status).toBe(403);
    expect((await handle(get(`${base}/`, { cookie, origin: 'null' }))).status).toBe(403);
    expect((await handle(get(`${base}/`, { cookie, 'sec-fetch-site': 'cross-site' }))).status).toBe(403);
    expect((await handle(get(`${base}/`, { cookie, 'sec-fetch-site': 'same-site' }))).status).toBe(403);
    expect((await handle(get(`${base}/`, { cookie, 'sec-fetch-site': 'same-origin' }))).status).toBe(200);
  });
});

describe('the mount in the desktop shell', () => {
  it('answers its own host alone', async () => {
    const handle = handler(appGate('transplant'));
    expect((await handle(get('app://transplant/'))).status).toBe(200);
    expect((await handle(get('app://other/'))).status).toBe(403);
    expect((await handle(get('app://transplant/', { origin: 'https://evil.example' }))).status).toBe(403);
  });
});

describe('an error of a procedure', () => {
  const told = async (error: Error): Promise<unknown[]> => {
    const heard: unknown[] = [];
    const handle = createHandler({
      context: () => {
        throw error;
      },
      rendererFolder: folder,
      gate: none,
      onUnexpected: (one, _path, correlation) => heard.push(one, correlation),
    });
    const answer = await handle(get('http://127.0.0.1:1/api/forests.list', { [CALL_HEADER]: '1' }));
    expect(answer.status).toBe(500);
    return heard;
  };

  it('is told to the log when nobody expected it, not when it has a text for people', async () => {
    const defect = new TypeError('x is not a function');
    expect(await told(defect)).toEqual([defect, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(await told(new TransplantError({ tried: 'a', happened: 'b', next: 'c' }))).toEqual([]);
  });
});
