/** A point of the checklist, where it is met, and the same place without it. */
export interface Point {
  point: string;
  file: string;
  from: string;
  to: string;
}

const WINDOW = 'electron/window.ts';
const POLICY = 'electron/policy.ts';
const MAIN = 'electron/main.ts';
const BUILDER = 'build/electron-builder.json';
const off = (name: string): Point => ({
  point: `window: ${name}`,
  file: WINDOW,
  from: `${name}: false`,
  to: `${name}: true`,
});
const on = (name: string): Point => ({
  point: `window: ${name}`,
  file: WINDOW,
  from: `${name}: true`,
  to: `${name}: false`,
});
const fuse = (name: string, value: boolean): Point => ({
  point: `fuse: ${name}`,
  file: BUILDER,
  from: `"${name}": ${value}`,
  to: `"${name}": ${!value}`,
});

/** In the order of docs/security.md. */
export const POINTS: readonly Point[] = [
  { point: '1 the network is blocked', file: POLICY, from: 'cancel: !(isOurPage', to: 'cancel: false && !(isOurPage' },
  { point: '1 it is blocked at all', file: POLICY, from: '  blockNetwork(session.defaultSession);\n', to: '' },
  off('nodeIntegration'),
  off('nodeIntegrationInWorker'),
  off('nodeIntegrationInSubFrames'),
  on('contextIsolation'),
  on('sandbox'),
  { point: '4 every renderer is sandboxed', file: MAIN, from: '  app.enableSandbox();\n', to: '' },
  { point: '5 permissions are denied', file: POLICY, from: 'answer(false)', to: 'answer(true)' },
  {
    point: '5 permission checks are denied',
    file: POLICY,
    from: 'setPermissionCheckHandler(() => false)',
    to: 'setPermissionCheckHandler(() => true)',
  },
  {
    point: '5 devices are denied',
    file: POLICY,
    from: 'setDevicePermissionHandler(() => false)',
    to: 'setDevicePermissionHandler(() => true)',
  },
  on('webSecurity'),
  {
    point: '7 a policy on every page',
    file: 'core/api/static.ts',
    from: "default-src 'none'",
    to: "default-src 'self'",
  },
  off('allowRunningInsecureContent'),
  off('experimentalFeatures'),
  {
    point: '10 no Blink features',
    file: WINDOW,
    from: 'webSecurity: true,',
    to: "webSecurity: true,\n      enableBlinkFeatures: 'X',",
  },
  {
    point: '12 no webview is attached',
    file: POLICY,
    from: "contents.on('will-attach-webview', (event) => event.preventDefault());",
    to: '',
  },
  off('webviewTag'),
  {
    point: '13 navigation',
    file: POLICY,
    from: "contents.on('will-navigate', (event) => stay(event, event.url));",
    to: '',
  },
  {
    point: '13 navigation of frames',
    file: POLICY,
    from: "contents.on('will-frame-navigate', (event) => stay(event, event.url));",
    to: '',
  },
  {
    point: '13 redirects',
    file: POLICY,
    from: "contents.on('will-redirect', (event) => stay(event, event.url));",
    to: '',
  },
  {
    point: '13 pages are compared as URLs',
    file: POLICY,
    from: "url.protocol === 'app:' && url.host === APP_HOST",
    to: 'address.startsWith(APP_ORIGIN)',
  },
  {
    point: '14 no new windows',
    file: POLICY,
    from: "return { action: 'deny' };",
    to: "return { action: 'allow' } as never;",
  },
  { point: '15 help pages alone are opened outside', file: POLICY, from: 'HELP_HOSTS.has(url.hostname) && ', to: '' },
  { point: '15 over HTTPS alone', file: POLICY, from: "url.protocol === 'https:' && ", to: '' },
  { point: '17 our window alone', file: POLICY, from: 'event.sender === window.webContents && ', to: '' },
  { point: '17 the main frame alone', file: POLICY, from: 'event.senderFrame.parent === null && ', to: '' },
  { point: '17 our page alone', file: POLICY, from: ' && isOurPage(event.senderFrame.url);', to: ';' },
  {
    point: '17 messages are asked for who sent them',
    file: 'electron/ipc.ts',
    from: '    if (!isOurSender(event, window())) return;\n',
    to: '',
  },
  {
    point: '17 messages have their shape',
    file: 'electron/ipc.ts',
    from: 'if (parsed.success) act(parsed.data',
    to: 'act((parsed.data ?? message)',
  },
  { point: '18 our protocol alone', file: MAIN, from: "scheme: 'app', privileges", to: "scheme: 'file', privileges" },
  {
    point: '18 our protocol passes no policy by',
    file: MAIN,
    from: 'stream: true }',
    to: 'stream: true, bypassCSP: true }',
  },
  fuse('runAsNode', false),
  fuse('enableCookieEncryption', true),
  fuse('enableNodeOptionsEnvironmentVariable', false),
  fuse('enableNodeCliInspectArguments', false),
  fuse('enableEmbeddedAsarIntegrityValidation', true),
  fuse('onlyLoadAppFromAsar', true),
  fuse('grantFileProtocolExtraPrivileges', false),
  {
    point: '20 no event object to the page',
    file: 'electron/preload.ts',
    from: "(_event, place: unknown) => {\n      if (typeof place === 'string') listener(place);",
    to: '(event, _place: unknown) => {\n      listener(event as never);',
  },
  {
    point: '20 nothing more on the bridge',
    file: 'electron/preload.ts',
    from: "contextBridge.exposeInMainWorld('transplantShell', {",
    to: "contextBridge.exposeInMainWorld('transplantShell', {\n  any: ipcRenderer,\n",
  },
  { point: 'crash dumps stay', file: MAIN, from: 'uploadToServer: false', to: 'uploadToServer: true' },
  {
    point: 'one instance',
    file: MAIN,
    from: '  if (!app.requestSingleInstanceLock()) {',
    to: '  if (app.requestSingleInstanceLock() === undefined) {',
  },
  { point: 'the weak key store is refused', file: 'electron/key-store.ts', from: ' || weak', to: '' },
  { point: 'updates are off', file: BUILDER, from: '"publish": null', to: '"publish": []' },
];
