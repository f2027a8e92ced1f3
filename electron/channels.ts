import { z } from 'zod';

/**
 * What the page may ask of the shell, and nothing more: all data goes through the router below app://console/api/.
 * Each channel has a schema, checked in the main process.
 */
export const channels = {
  /** A notification of the operating system, such as "Wave 4 is done". */
  notify: z.object({ title: z.string().min(1).max(200), body: z.string().max(500), place: z.string().max(500) }),
  /** A count on the task bar's icon: decisions that wait. */
  badge: z.object({ count: z.number().int().min(0).max(9999) }),
} as const;

export type ChannelName = keyof typeof channels;
export type ChannelMessage<N extends ChannelName> = z.infer<(typeof channels)[N]>;

/** The names as Electron sees them. */
export const channelName = (name: ChannelName): string => `transplant:${name}`;
/** From shell to page: go to a place in the console. */
export const GO_CHANNEL = 'transplant:go';
