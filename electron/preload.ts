import { contextBridge, ipcRenderer } from 'electron';

/**
 * The whole bridge. The names stand here as text because a sandboxed preload can load nothing but Electron's own
 * modules; a test compares them with channels.ts.
 */
contextBridge.exposeInMainWorld('transplantShell', {
  notify: (message: { title: string; body: string; place: string }) => ipcRenderer.send('transplant:notify', message),
  badge: (message: { count: number }) => ipcRenderer.send('transplant:badge', message),
  onGo: (listener: (place: string) => void) => {
    ipcRenderer.on('transplant:go', (_event, place: unknown) => {
      if (typeof place === 'string') listener(place);
    });
  },
});
