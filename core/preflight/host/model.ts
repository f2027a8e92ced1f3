import { z } from 'zod';

/** What is known of the machine that a check runs on. Sizes are bytes, frequencies MHz; absent means unknown. */
export const hostFactsSchema = z.object({
  platform: z.enum(['linux', 'windows', 'other']),
  name: z.string(),
  osName: z.string(),
  osVersion: z.string(),
  /** Build of Windows, such as 17763. */
  build: z.int().optional(),
  server: z.boolean().optional(),
  is64Bit: z.boolean().optional(),
  cores: z.int().optional(),
  processor: z.string().optional(),
  clockMhz: z.number().optional(),
  memoryTotal: z.number().optional(),
  memoryFree: z.number().optional(),
  /** Free bytes where the program's data, its temporary files and the embedded database are. */
  dataFree: z.number().optional(),
  tempFree: z.number().optional(),
  databaseFree: z.number().optional(),
  /** Why a restart is pending; empty when none is. */
  pendingReboot: z.array(z.string()).optional(),
  display: z.object({ width: z.int(), height: z.int() }).optional(),
  /** Proxy settings as found, by where they stand. */
  proxies: z.record(z.string(), z.string()),
  powershell: z.string().optional(),
  /** Whether the account that runs this is a local administrator. */
  administrator: z.boolean().optional(),
  exchangeServer: z.boolean().optional(),
  timeZone: z.string().optional(),
});
export type HostFacts = z.infer<typeof hostFactsSchema>;
