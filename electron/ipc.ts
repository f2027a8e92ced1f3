import { app, type BrowserWindow, type IpcMainEvent, ipcMain, Notification } from 'electron';
import { type ChannelMessage, type ChannelName, channelName, channels, GO_CHANNEL } from './channels.ts';
import { isOurSender } from './policy.ts';

/** Listens on the page's channels; a message of another sender or of another shape is dropped. */
export function listen(window: () => BrowserWindow | undefined): void {
  on(window, 'notify', ({ title, body, place }) => {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => {
      const shown = window();
      shown?.show();
      shown?.webContents.send(GO_CHANNEL, place);
    });
    notification.show();
  });
  on(window, 'badge', ({ count }) => {
    app.setBadgeCount(count);
  });
}

function on<N extends ChannelName>(
  window: () => BrowserWindow | undefined,
  name: N,
  act: (message: ChannelMessage<N>) => void,
): void {
  ipcMain.on(channelName(name), (event: IpcMainEvent, message: unknown) => {
    if (!isOurSender(event, window())) return;
    const parsed = channels[name].safeParse(message);
    if (parsed.success) act(parsed.data as ChannelMessage<N>);
  });
}
