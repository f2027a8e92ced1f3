import { z } from 'zod';

/** Groups of checks, in the order in which a person works through them. */
export const CHECK_GROUPS = ['host', 'workers', 'sql', 'ports', 'tls', 'accounts', 'exchange', 'batch'] as const;
export type CheckGroup = (typeof CHECK_GROUPS)[number];
export const checkGroupSchema = z.enum(CHECK_GROUPS);

/** How a check ended, with the sign that stands beside the word everywhere; `rank` puts the worst first. */
export const CHECK_OUTCOMES = {
  failed: { word: 'Failed', sign: '✕', rank: 0 },
  notTried: { word: 'Not tried', sign: '?', rank: 1 },
  warning: { word: 'Warning', sign: '▲', rank: 2 },
  passed: { word: 'Passed', sign: '✓', rank: 3 },
  notApplicable: { word: 'Not applicable', sign: '–', rank: 4 },
} as const;
export type CheckOutcome = keyof typeof CHECK_OUTCOMES;

/** What mends a finding: a sentence, and a script where there is one, with where it is to be run. */
export const remedySchema = z.object({
  text: z.string(),
  script: z
    .object({
      /** What runs it. */
      shell: z.enum(['cmd', 'powershell', 'exchange-shell', 'sh', 'sql', 'transplant']),
      /** The machine or role where it is to be run, and as whom. */
      where: z.string(),
      code: z.string(),
    })
    .optional(),
});
export type Remedy = z.infer<typeof remedySchema>;

const evidence = z.array(z.string());
/** What a check found. Evidence and remedies hold names, figures and server words; never a secret or content of mail. */
export const findingSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('passed'), evidence }),
  z.object({ outcome: z.literal('warning'), evidence, remedy: remedySchema }),
  z.object({ outcome: z.literal('failed'), evidence, remedy: remedySchema }),
  z.object({ outcome: z.literal('notApplicable'), why: z.string() }),
  z.object({ outcome: z.literal('notTried'), why: z.string(), remedy: remedySchema.optional() }),
]);
export type Finding = z.infer<typeof findingSchema>;

/** What stands fast about a check before it is run. */
export const checkFactsSchema = z.object({
  /** Name of the check, such as `tls.version`; with object and machine it tells one result from another. */
  id: z.string(),
  group: checkGroupSchema,
  title: z.string(),
  /** What is looked at: a host with port, an account, a forest, a batch. */
  object: z.string(),
  requirement: z.object({
    text: z.string(),
    /** Who asks for it: the requirements document with its heading, a rule of the vendor, or this program. */
    source: z.string(),
  }),
  /** How it is tried, for a person who wants to repeat it by hand. */
  how: z.string(),
  /** Whether a batch must not start while this has failed. */
  blocks: z.boolean(),
});
export type CheckFacts = z.infer<typeof checkFactsSchema>;

/** One check with its end, as it is stored and shown. */
export interface CheckResult extends CheckFacts {
  /** The machine it was tried from. */
  machine: string;
  finding: Finding;
  /** ms. */
  tookMs: number;
}

/** How many checks ended how. */
export type CheckCounts = Record<CheckOutcome, number>;

export function countOutcomes(results: readonly { finding: Finding }[]): CheckCounts {
  const counts: CheckCounts = { failed: 0, notTried: 0, warning: 0, passed: 0, notApplicable: 0 };
  for (const { finding } of results) counts[finding.outcome]++;
  return counts;
}
