import type { Transaction } from 'kysely';
import { DEFAULT_TEMPLATES, type NotificationSettings, notificationSettingsSchema } from '../domain/notification.ts';
import type { Database } from './schema.ts';
import { readSetting, writeSetting } from './settings.ts';
import type { Store } from './store.ts';

const NAME = 'notifications';

/** How people are told about their move; nothing is sent until somebody turns it on. */
export async function readNotifications(store: Store): Promise<NotificationSettings> {
  return (
    (await readSetting(store, NAME, notificationSettingsSchema)) ??
    notificationSettingsSchema.parse({ templates: DEFAULT_TEMPLATES })
  );
}

export async function writeNotifications(
  store: Store,
  settings: NotificationSettings,
  trx: Transaction<Database>,
): Promise<void> {
  await writeSetting(store, NAME, notificationSettingsSchema.parse(settings), trx);
}
