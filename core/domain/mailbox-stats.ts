import { z } from 'zod';

/** What a worker measured of a mailbox. */
export const mailboxStatsSchema = z.object({
  items: z.int(),
  /** Bytes of all folders, as the server says them. */
  bytes: z.int(),
  folders: z.int(),
  /** ms since the epoch; null, because EWS tells no logon: a server that does may fill it. */
  lastLogon: z.int().nullable().default(null),
  /** When anything in any folder last changed, ms since the epoch; null where the server does not say. */
  lastChange: z.int().nullable(),
  /** When it was measured, ms since the epoch. */
  at: z.int(),
});
export type MailboxStats = z.infer<typeof mailboxStatsSchema>;

/** Statistics as the store keeps them; null for none, and for what is not readable. */
export function parseStats(text: string | null): MailboxStats | null {
  if (text === null) return null;
  try {
    return mailboxStatsSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
