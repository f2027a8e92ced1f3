import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { channelName, channels, GO_CHANNEL } from './channels.ts';
import * as double from './electron-double.ts';

vi.mock('electron', () => import('./electron-double.ts'));

const home = mkdtempSync(join(tmpdir(), 'transplant-shell-'));
const renderer = join(home, 'renderer');
const command = join(import.meta.dirname, '..', 'cli', 'transplant.js');

const firstWindow = (): double.BrowserWindowDouble => {
  const window = double.BrowserWindowDouble.made[0];
  if (!window) throw new Error('no window was opened');
  return window;
};

beforeAll(async () => {
  process.env.TRANSPLANT_HOME = home;
  double.app.userData = home;
  const { mkdirSync } = await import('node:fs');
  mkdirSync(renderer);
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><meta property="csp-nonce" content="__CSP_NONCE__">');
  const { start } = await import('./main.ts');
  await start({ renderer, preload: join(home, 'preload.cjs'), command });
});
afterAll(() => {
  double.app.emit('will-quit');
  rmSync(home, { recursive: true, force: true });
  delete process.env.TRANSPLANT_HOME;
});

describe('the window', () => {
  it('is sandboxed and isolated, with no Node in any frame or worker', () => {
    expect(firstWindow().options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
    expect(double.app.sandboxed).toBe(true);
    expect(firstWindow().options.webPreferences).not.toHaveProperty('enableBlinkFeatures');
  });
  it('shows our page, from our protocol', () => {
    expect(firstWindow().loaded).toBe('app://console/');
    expect(double.protocol.schemes.map((s) => s.scheme)).toEqual(['app']);
    expect(double.protocol.schemes[0]?.privileges).toMatchObject({ standard: true, secure: true });
    expect(double.protocol.schemes[0]?.privileges.bypassCSP ?? false).toBe(false);
  });
  it('comes back where it was, unless that display is gone', async () => {
    firstWindow().emit('close');
    expect(JSON.parse(readFileSync(join(home, 'window.json'), 'utf8'))).toMatchObject({ width: 1300, height: 800 });
    const { openWindow } = await import('./window.ts');
    openWindow('preload.cjs');
    expect(double.BrowserWindowDouble.made.at(-1)?.options).toMatchObject({ x: 10, y: 20, width: 1300 });
    writeFileSync(
      join(home, 'window.json'),
      JSON.stringify({ x: 9000, y: 0, width: 1300, height: 800, maximized: false }),
    );
    openWindow('preload.cjs');
    expect(double.BrowserWindowDouble.made.at(-1)?.options).toMatchObject({ width: 1280, height: 768 });
    expect(double.BrowserWindowDouble.made.at(-1)?.options.x).toBeUndefined();
  });
});

describe('navigation', () => {
  const leaves = (name: string, url: string): boolean => {
    const event = { url, prevented: false, preventDefault: () => undefined as undefined };
    let prevented = false;
    event.preventDefault = () => {
      prevented = true;
      return undefined;
    };
    firstWindow().webContents.emit(name, event);
    return !prevented;
  };
  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])(
    '%s leads nowhere but to our own pages',
    (name) => {
      expect(leaves(name, 'app://console/batches/4')).toBe(true);
      for (const url of [
        'https://example.com/',
        'app://console.evil/',
        'app://other/',
        'file:///etc/passwd',
        'javascript:1',
      ]) {
        expect(leaves(name, url), url).toBe(false);
      }
    },
  );
  it('opens no window; a help page goes to the browser, anything else nowhere', () => {
    const open = firstWindow().webContents.windowOpen;
    expect(open?.({ url: 'https://learn.microsoft.com/exchange' })).toEqual({ action: 'deny' });
    for (const url of [
      'https://evil.example/',
      'http://learn.microsoft.com/',
      'file:///c:/x.exe',
      'https://a@learn.microsoft.com/',
    ]) {
      expect(open?.({ url })).toEqual({ action: 'deny' });
    }
    expect(double.shell.opened).toEqual(['https://learn.microsoft.com/exchange']);
  });
  it('attaches no webview', () => {
    let prevented = false;
    firstWindow().webContents.emit('will-attach-webview', { preventDefault: () => (prevented = true) });
    expect(prevented).toBe(true);
  });
});

describe('the session', () => {
  it('denies every permission', () => {
    const answers: unknown[] = [];
    const { request, check, device } = double.session.defaultSession;
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal']) {
      request?.({}, permission, (answer) => answers.push(answer));
    }
    expect(answers).toEqual([false, false, false, false, false]);
    expect(check?.()).toBe(false);
    expect(device?.()).toBe(false);
  });
  it('cancels every request that would leave the machine', () => {
    const cancelled = (url: string): boolean | undefined => {
      let answer: { cancel: boolean } | undefined;
      double.session.defaultSession.before?.({ url }, (a) => {
        answer = a;
      });
      return answer?.cancel;
    };
    expect(cancelled('app://console/api/x')).toBe(false);
    expect(cancelled('https://example.com/')).toBe(true);
    expect(cancelled('http://127.0.0.1:8080/')).toBe(true);
    expect(cancelled('file:///etc/passwd')).toBe(true);
  });
  it('keeps crash dumps on this machine', () => {
    expect(double.crashReporter.options).toMatchObject({ uploadToServer: false });
  });
});

describe('the protocol handler', () => {
  const ask = async (url: string, headers: Record<string, string> = {}): Promise<Response> => {
    const handler = double.protocol.handlers.get('app');
    if (!handler) throw new Error('no handler');
    return await handler(new Request(url, { headers }));
  };
  it('serves the console with a content security policy that allows no code from elsewhere', async () => {
    const answer = await ask('app://console/batches/1');
    expect(answer.status).toBe(200);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });
  it('answers no other host and no other origin', async () => {
    expect((await ask('app://other/')).status).toBe(403);
    expect((await ask('app://console/api/x', { origin: 'https://example.com', 'x-transplant-call': '1' })).status).toBe(
      403,
    );
  });
  it('gives no file outside the built pages', async () => {
    expect((await ask('app://console/%2e%2e/window.json')).status).not.toBe(200);
  });
});

describe('messages from the page', () => {
  const message = (
    name: 'notify' | 'badge',
    data: unknown,
    frame: object | null = { url: 'app://console/x', parent: null },
  ): void => {
    double.ipcMain.emit(channelName(name), { senderFrame: frame, sender: firstWindow().webContents }, data);
  };
  it('are heard from our own main frame', () => {
    message('badge', { count: 3 });
    expect(double.app.badge).toBe(3);
    message('notify', { title: 'Wave 4 is done', body: '600 mailboxes', place: '/batches/4' });
    expect(double.Notification.shown.at(-1)?.options.title).toBe('Wave 4 is done');
    double.Notification.shown.at(-1)?.emit('click');
    expect(firstWindow().webContents.sent).toContainEqual([GO_CHANNEL, '/batches/4']);
  });
  it('are dropped from another page, a frame inside ours, another window, or no frame', () => {
    message('badge', { count: 9 }, { url: 'https://example.com/', parent: null });
    message('badge', { count: 9 }, { url: 'app://console/x', parent: {} });
    message('badge', { count: 9 }, null);
    double.ipcMain.emit(
      channelName('badge'),
      { senderFrame: { url: 'app://console/', parent: null }, sender: {} },
      { count: 9 },
    );
    expect(double.app.badge).toBe(3);
  });
  it('are dropped when they are of another shape', () => {
    for (const data of [{ count: -1 }, { count: '9' }, null, 9]) message('badge', data);
    expect(double.app.badge).toBe(3);
  });
});

describe('the preload', () => {
  it('offers the channels of channels.ts and nothing else, and hands over no Electron object', async () => {
    await import('./preload.ts');
    const bridge = double.contextBridge.exposed.transplantShell;
    expect(Object.keys(double.contextBridge.exposed)).toEqual(['transplantShell']);
    expect(Object.keys(bridge ?? {}).sort()).toEqual([...Object.keys(channels), 'onGo'].sort());
    bridge?.badge?.({ count: 1 });
    expect(double.ipcRenderer.sent).toEqual([[channelName('badge'), { count: 1 }]]);
    const heard: unknown[] = [];
    bridge?.onGo?.((place: unknown) => heard.push(place));
    double.ipcRenderer.emit(GO_CHANNEL, { sender: 'secret' }, '/workers');
    expect(heard).toEqual(['/workers']);
  });
});

describe('the key store', () => {
  it('keeps the key sealed, and opens it again', async () => {
    const { loadSealedKey } = await import('./key-store.ts');
    const file = join(home, 'keys', 'k.sealed');
    const first = await loadSealedKey(file);
    expect(readFileSync(file, 'latin1')).not.toContain('PRIVATE KEY');
    expect((await loadSealedKey(file)).publicKeyPem).toBe(first.publicKeyPem);
  });
  it.runIf(process.platform === 'linux')("refuses Electron's built-in password on Linux", async () => {
    const { loadSealedKey } = await import('./key-store.ts');
    double.safeStorage.backend = 'basic_text';
    await expect(loadSealedKey(join(home, 'keys', 'x.sealed'))).rejects.toThrow(/key store/);
    double.safeStorage.backend = 'gnome_libsecret';
  });
});

describe('the practice lab', () => {
  const ask = async (path: string, body?: unknown) => {
    const handler = double.protocol.handlers.get('app');
    if (!handler) throw new Error('nothing answers app://');
    const answer = await handler(
      new Request(`app://console/api/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'x-transplant-call': '1', 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    return ((await answer.json()) as { result: { data: unknown } }).result.data;
  };
  it('is started by the shell, as processes that end with it', async () => {
    expect(await ask('practice.state')).toMatchObject({ possible: true, phase: 'stopped' });
    await ask('practice.start', { users: 5, items: 20, folders: 2 });
    await expect.poll(() => ask('practice.state'), { timeout: 90_000 }).toMatchObject({ phase: 'running' });
    expect(await ask('forests.list')).toMatchObject([{ name: 'Fabrikam' }, { name: 'Northwind' }]);
    const running = () => double.utilityProcess.forked.filter(({ child }) => child.exitCode === null && !child.killed);
    expect(running().map(({ words }) => words.slice(0, 2).join(' '))).toEqual(['lab start', 'worker run']);
    await ask('practice.stop', null);
    expect(running()).toEqual([]);
  }, 120_000);
});

describe('a second start', () => {
  it('gives way to the first, which comes to the front', async () => {
    const { start } = await import('./main.ts');
    double.app.lock = false;
    const windows = double.BrowserWindowDouble.made.length;
    await start({ renderer, preload: 'p', command });
    expect(double.app.quits).toBe(1);
    expect(double.BrowserWindowDouble.made.length).toBe(windows);
    double.app.emit('second-instance');
    expect(firstWindow().focused).toBe(true);
    double.app.lock = true;
  });
  it('says what to do when the database cannot be opened', async () => {
    process.env.TRANSPLANT_DB = `sqlite:${join(home, 'missing', 'no.db')}`;
    const { start } = await import('./main.ts');
    await start({ renderer, preload: 'p', command });
    delete process.env.TRANSPLANT_DB;
    expect(double.dialog.boxes.at(-1)?.[1]).toMatch(/Could not/);
  });
});
