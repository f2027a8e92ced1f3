import { z } from 'zod';

/**
 * Mistakes that a worker could have, planted to see that the model finds them: `unfenced` writes without asking whether
 * its claim holds, `forgetful` calls items done that it did not send, `trusting` sends again without asking the target.
 */
export const DEFECTS = ['unfenced', 'forgetful', 'trusting'] as const;
export type Defect = (typeof DEFECTS)[number];

/** What a worker of the model is told. */
export const workerSettings = z.object({
  url: z.string(),
  machineId: z.number(),
  targetPort: z.number(),
  leaseMs: z.number(),
  /** Added to this process's clock, in ms. */
  skewMs: z.number(),
  /** A file with what is added to the database's clock, in ms; none when it is left alone. */
  clockFile: z.string().optional(),
  logFile: z.string(),
  defect: z.enum(DEFECTS).optional(),
});
