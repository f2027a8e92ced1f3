import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { app, type BrowserWindow, crashReporter, dialog, Menu, protocol } from 'electron';
import { appGate, createHandler } from '../core/api/handler.ts';
import { consoleKeys, keyFile } from '../core/api/machine.ts';
import { databaseUrl, dataFolder } from '../core/api/paths.ts';
import { TransplantError } from '../core/domain/errors.ts';
import { openStore } from '../core/store/open.ts';
import { utilityCommands } from './commands.ts';
import { listen } from './ipc.ts';
import { loadSealedKey } from './key-store.ts';
import { APP_HOST, applyPolicy } from './policy.ts';
import { openWindow } from './window.ts';

let window: BrowserWindow | undefined;

/** Starts the desktop shell. Everything about the domain happens behind the router's handler; this is a frame. */
export async function start(folders: { renderer: string; preload: string; command: string }): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  // Dumps stay on this machine: they may hold names from the customer's directory.
  crashReporter.start({ uploadToServer: false, compress: true });
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  await app.whenReady();
  Menu.setApplicationMenu(null);
  applyPolicy();
  try {
    await mount(folders.renderer, folders.command);
  } catch (error) {
    showStartError(error);
    app.quit();
    return;
  }
  listen(() => window);
  window = openWindow(folders.preload);
  window.on('closed', () => {
    window = undefined;
  });
}

/** Opens the database and puts the router's handler behind app://. */
async function mount(rendererFolder: string, command: string): Promise<void> {
  const { url, named } = databaseUrl(undefined);
  const store = await openStore(url, { create: !named });
  const user = userInfo().username;
  const loadKey = () => loadSealedKey(`${keyFile('console')}.sealed`);
  // The command line of the same person keeps another key, so it is another console.
  const keys = consoleKeys(store, user, loadKey, 'desktop');
  const program = utilityCommands(command, { ...process.env, TRANSPLANT_DB: url });
  const handler = createHandler({
    rendererFolder,
    gate: appGate(APP_HOST),
    context: (correlation) => ({ store, actor: { user, host: hostname() }, correlation, program, ...keys }),
    onUnexpected: (error, path, correlation) => {
      // The message of an unexpected error may quote what it worked on; its class and place are enough to find it.
      const name = error instanceof Error ? error.name : 'Error';
      process.stderr.write(`${JSON.stringify({ level: 'error', name, path, correlation })}\n`);
    },
  });
  protocol.handle('app', handler);
  app.on('will-quit', () => void store.close());
}

function showStartError(error: unknown): void {
  if (error instanceof TransplantError) {
    const { tried, happened, next } = error.text;
    dialog.showErrorBox('Transplant could not start', `Could not ${tried}.\n\n${happened}\n\n${next}`);
    return;
  }
  dialog.showErrorBox(
    'Transplant could not start',
    `Something unexpected happened. The logs are in ${join(dataFolder(), 'logs')}.`,
  );
}
