import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow, screen } from 'electron';
import { z } from 'zod';
import { APP_ORIGIN } from './policy.ts';

/** Size and place of the window, kept between starts; in device-independent pixels. */
const windowState = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(640),
  height: z.number().int().min(480),
  maximized: z.boolean(),
});
type WindowState = z.infer<typeof windowState>;

/** The smallest display that the requirements name is 1280 x 768 (seed 002, hardware prerequisites). */
const FIRST = { width: 1280, height: 768 };

/** Opens the console's window: sandboxed, isolated, without Node, shown when it has something to show. */
export function openWindow(preload: string): BrowserWindow {
  const file = join(app.getPath('userData'), 'window.json');
  const state = readState(file);
  const window = new BrowserWindow({
    ...(state ? { x: state.x, y: state.y, width: state.width, height: state.height } : FIRST),
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'Transplant',
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  if (state?.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => keepState(file, window));
  void window.loadURL(`${APP_ORIGIN}/`);
  return window;
}

function keepState(file: string, window: BrowserWindow): void {
  const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
  try {
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
  } catch {
    // A window in another place next time is no reason to hold up the closing.
  }
}

/** The kept state, unless it is damaged or lies on a display that is no longer there. */
function readState(file: string): WindowState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const state = windowState.parse(JSON.parse(readFileSync(file, 'utf8')));
    const seen = screen.getAllDisplays().some(({ workArea: area }) => {
      const right = Math.min(state.x + state.width, area.x + area.width);
      const bottom = Math.min(state.y + state.height, area.y + area.height);
      return right - Math.max(state.x, area.x) >= 100 && bottom - Math.max(state.y, area.y) >= 100;
    });
    return seen ? state : undefined;
  } catch {
    return undefined;
  }
}
