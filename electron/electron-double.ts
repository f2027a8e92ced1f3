import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';

/** A double of the `electron` module that remembers what was asked of it; for tests of the shell. */
export class WebContentsDouble extends EventEmitter {
  windowOpen: ((details: { url: string }) => { action: string }) | undefined;
  sent: unknown[][] = [];
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpen = handler;
  }
  send(...message: unknown[]): void {
    this.sent.push(message);
  }
}

export class BrowserWindowDouble extends EventEmitter {
  static made: BrowserWindowDouble[] = [];
  readonly webContents = new WebContentsDouble();
  loaded: string | undefined;
  shown = false;
  focused = false;
  maximized = false;
  bounds = { x: 10, y: 20, width: 1300, height: 800 };
  readonly options: Record<string, unknown> & { webPreferences: Record<string, unknown> };
  constructor(options: Record<string, unknown> & { webPreferences: Record<string, unknown> }) {
    super();
    this.options = options;
    BrowserWindowDouble.made.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    this.loaded = url;
  }
  show(): void {
    this.shown = true;
  }
  focus(): void {
    this.focused = true;
  }
  restore(): void {
    this.shown = true;
  }
  maximize(): void {
    this.maximized = true;
  }
  isMaximized = (): boolean => this.maximized;
  isMinimized = (): boolean => false;
  isDestroyed = (): boolean => false;
  getNormalBounds = (): typeof this.bounds => this.bounds;
}

class AppDouble extends EventEmitter {
  lock = true;
  sandboxed = false;
  quits = 0;
  badge = 0;
  userData = '';
  requestSingleInstanceLock = (): boolean => this.lock;
  enableSandbox = (): void => {
    this.sandboxed = true;
  };
  whenReady = async (): Promise<void> => undefined;
  quit = (): void => {
    this.quits += 1;
  };
  getPath = (): string => this.userData;
  setBadgeCount = (count: number): void => {
    this.badge = count;
  };
}
export const app = new AppDouble();

type Handler = (request: Request) => Promise<Response>;
export const protocol = {
  schemes: [] as { scheme: string; privileges: Record<string, boolean> }[],
  handlers: new Map<string, Handler>(),
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: Record<string, boolean> }[]): void {
    this.schemes = schemes;
  },
  handle(scheme: string, handler: Handler): void {
    this.handlers.set(scheme, handler);
  },
};

type Answer = (value: unknown) => void;
export const session = {
  defaultSession: {
    request: undefined as ((contents: unknown, permission: string, answer: Answer) => void) | undefined,
    check: undefined as (() => boolean) | undefined,
    device: undefined as (() => boolean) | undefined,
    before: undefined as ((details: { url: string }, answer: (a: { cancel: boolean }) => void) => void) | undefined,
    setPermissionRequestHandler(handler: (contents: unknown, permission: string, answer: Answer) => void): void {
      this.request = handler;
    },
    setPermissionCheckHandler(handler: () => boolean): void {
      this.check = handler;
    },
    setDevicePermissionHandler(handler: () => boolean): void {
      this.device = handler;
    },
    webRequest: {
      onBeforeRequest(handler: (details: { url: string }, answer: (a: { cancel: boolean }) => void) => void): void {
        session.defaultSession.before = handler;
      },
    },
  },
};

export const ipcMain = new EventEmitter();
export const shell = {
  opened: [] as string[],
  async openExternal(url: string): Promise<void> {
    shell.opened.push(url);
  },
};
export const crashReporter = {
  options: undefined as Record<string, unknown> | undefined,
  start(options: Record<string, unknown>): void {
    this.options = options;
  },
};
export const dialog = {
  boxes: [] as string[][],
  showErrorBox(...box: string[]): void {
    dialog.boxes.push(box);
  },
};
export const Menu = { setApplicationMenu: (): void => undefined };
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };

export class Notification extends EventEmitter {
  static shown: Notification[] = [];
  static isSupported = (): boolean => true;
  readonly options: { title: string; body: string };
  constructor(options: { title: string; body: string }) {
    super();
    this.options = options;
  }
  show(): void {
    Notification.shown.push(this);
  }
}

/** Reverses the bytes, so that a test sees at once when a key was written as it is. */
export const safeStorage = {
  available: true,
  backend: 'gnome_libsecret',
  isEncryptionAvailable: (): boolean => safeStorage.available,
  getSelectedStorageBackend: (): string => safeStorage.backend,
  encryptString: (text: string): Buffer => Buffer.from([...Buffer.from(text)].reverse()),
  decryptString: (bytes: Buffer): string => Buffer.from([...bytes].reverse()).toString(),
};

/** Real processes of Node, because what they do is real too. */
export const utilityProcess = {
  forked: [] as { words: string[]; child: ChildProcess }[],
  fork(entry: string, words: string[], options: { env: NodeJS.ProcessEnv; stdio: 'pipe' }): ChildProcess {
    const child = spawn(process.execPath, [entry, ...words], { env: options.env, stdio: options.stdio });
    utilityProcess.forked.push({ words, child });
    return child;
  },
};

export const contextBridge = {
  exposed: {} as Record<string, Record<string, (...args: unknown[]) => unknown>>,
  exposeInMainWorld(name: string, api: Record<string, (...args: unknown[]) => unknown>): void {
    contextBridge.exposed[name] = api;
  },
};
export const ipcRenderer = Object.assign(new EventEmitter(), {
  sent: [] as unknown[][],
  send(...message: unknown[]): void {
    ipcRenderer.sent.push(message);
  },
});
export { BrowserWindowDouble as BrowserWindow };
