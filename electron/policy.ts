import { app, type BrowserWindow, type Session, session, shell, type WebContents } from 'electron';

/** The one host of our protocol; every page of the program is below it. */
export const APP_HOST = 'console';
export const APP_ORIGIN = `app://${APP_HOST}`;

/** True for a page of ours, compared as parsed URLs: a prefix test would take app://console.evil for ours. */
export function isOurPage(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === 'app:' && url.host === APP_HOST;
  } catch {
    return false;
  }
}

/** Pages that help texts link to; everything else stays closed. */
const HELP_HOSTS = new Set(['learn.microsoft.com']);

/** Nothing the console does needs a permission of the browser; notifications go through the main process. */
export function denyPermissions(target: Session): void {
  target.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  target.setPermissionCheckHandler(() => false);
  target.setDevicePermissionHandler(() => false);
}

/** No page but ours is ever loaded, no further window is opened, no webview is attached. */
export function confine(contents: WebContents): void {
  const stay = (event: { preventDefault(): void }, address: string): void => {
    if (!isOurPage(address)) event.preventDefault();
  };
  contents.on('will-navigate', (event) => stay(event, event.url));
  contents.on('will-frame-navigate', (event) => stay(event, event.url));
  contents.on('will-redirect', (event) => stay(event, event.url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (isHelpPage(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}

function isHelpPage(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' && HELP_HOSTS.has(url.hostname) && url.username === '' && url.port === '';
  } catch {
    return false;
  }
}

/** Requests to anything but our own protocol are cancelled before they leave (developer tools have their own scheme). */
export function blockNetwork(target: Session): void {
  target.webRequest.onBeforeRequest((details, answer) => {
    const { protocol } = new URL(details.url);
    answer({ cancel: !(isOurPage(details.url) || protocol === 'devtools:' || protocol === 'data:') });
  });
}

/** Applies the whole policy; call before the first window is made. */
export function applyPolicy(): void {
  denyPermissions(session.defaultSession);
  blockNetwork(session.defaultSession);
  app.on('web-contents-created', (_event, contents) => confine(contents));
}

/** Whether an IPC message comes from the main frame of our own window, showing our own page. */
export function isOurSender(
  event: { senderFrame: { url: string; parent: unknown } | null; sender: WebContents },
  window: BrowserWindow | undefined,
): boolean {
  if (!event.senderFrame || !window || window.isDestroyed()) return false;
  return event.sender === window.webContents && event.senderFrame.parent === null && isOurPage(event.senderFrame.url);
}
