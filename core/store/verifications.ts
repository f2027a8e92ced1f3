import { z } from 'zod';
import { GRADES, type Grade } from '../domain/words.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** One thing that verify found on one item. Names and ids only, never content. */
export const findingSchema = z.object({
  kind: z.enum(['missing', 'extra', 'different', 'duplicate', 'bad', 'unreadable']),
  folder: z.string(),
  itemClass: z.string(),
  sourceId: z.string().nullable(),
  targetId: z.string().nullable(),
  size: z.number(),
  date: z.number().nullable(),
  /** What differs, such as `flags`, `body`, `0x0037 missing`. */
  details: z.array(z.string()),
});
export type Finding = z.infer<typeof findingSchema>;

/** One setting of a mailbox: how it stands in the target. */
export const settingFindingSchema = z.object({
  kind: z.string(),
  name: z.string(),
  /** `kept`: changed in the target and left so by policy; `cannotMove` and `note` say why in `reason`. */
  outcome: z.enum(['same', 'missing', 'different', 'extra', 'kept', 'cannotMove', 'note']),
  reason: z.string(),
  details: z.array(z.string()),
});
export type SettingFinding = z.infer<typeof settingFindingSchema>;

/** What a comparison counted; `accepted` are bad items a person took, `skipped` were left out by the batch's filters. */
export const itemCountsSchema = z.object({
  source: z.number(),
  target: z.number(),
  verified: z.number(),
  different: z.number(),
  missing: z.number(),
  extra: z.number(),
  bad: z.number(),
  accepted: z.number(),
  skipped: z.number(),
});
export type ItemCounts = z.infer<typeof itemCountsSchema>;

/** Where a sum of counts begins. */
export const NO_ITEMS: Readonly<ItemCounts> = {
  source: 0,
  target: 0,
  verified: 0,
  different: 0,
  missing: 0,
  extra: 0,
  bad: 0,
  accepted: 0,
  skipped: 0,
};

export const verificationResultSchema = z.object({
  deep: z.boolean(),
  folders: z.object({
    source: z.number(),
    target: z.number(),
    missing: z.array(z.string()),
    different: z.array(z.string()),
  }),
  items: itemCountsSchema,
  bytes: z.number(),
  /** How items were compared: property by property, by bytes, or by facts; with counts. */
  methods: z.record(z.string(), z.number()),
  /** SHA-256 over the sorted digests of the verified items, hex: two runs over the same content give the same one. */
  digest: z.string(),
  /** The first findings; `findingsTotal` counts all of them. */
  findings: z.array(findingSchema),
  findingsTotal: z.number(),
  /** Delegates, rules, automatic replies, configurations; empty for public folders. */
  settings: z.array(settingFindingSchema).default([]),
  notes: z.array(z.string()),
  tookMs: z.number(),
  calls: z.number(),
});
export type VerificationResult = z.infer<typeof verificationResultSchema>;

/** A comparison before it has looked at anything. */
export function nothingCompared(deep: boolean): VerificationResult {
  return {
    deep,
    folders: { source: 0, target: 0, missing: [], different: [] },
    items: { ...NO_ITEMS },
    bytes: 0,
    methods: {},
    digest: '',
    findings: [],
    findingsTotal: 0,
    settings: [],
    notes: [],
    tookMs: 0,
    calls: 0,
  };
}

export interface Verification {
  id: number;
  workloadId: number;
  at: number;
  grade: Grade;
  result: VerificationResult;
}

export async function addVerification(
  db: Store['db'],
  workloadId: number,
  at: number,
  grade: Grade,
  result: VerificationResult,
): Promise<void> {
  await db
    .insertInto('verification')
    .values({ workload_id: workloadId, at, grade, result: JSON.stringify(result) })
    .execute();
  await db.updateTable('workload').set({ grade, updated_at: at }).where('id', '=', workloadId).execute();
}

const columns = ['id', 'workload_id', 'at', 'grade', 'result'] as const;
type Selected = Omit<Pick<Database['verification'], (typeof columns)[number]>, 'id'> & { id: number };

function toVerification(row: Selected): Verification {
  return {
    id: Number(row.id),
    workloadId: Number(row.workload_id),
    at: Number(row.at),
    grade: z.enum(GRADES).parse(row.grade),
    result: verificationResultSchema.parse(JSON.parse(row.result)),
  };
}

/** The newest verification of a workload. */
export async function lastVerification(store: Store, workloadId: number): Promise<Verification | undefined> {
  const row = await store.db
    .selectFrom('verification')
    .select(columns)
    .where('workload_id', '=', workloadId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toVerification(row);
}

/** The newest verification of each workload of a batch that has one, by workload; in one statement. */
export async function lastVerifications(store: Store, batchId: number): Promise<Map<number, Verification>> {
  const rows = await store.db
    .selectFrom('verification')
    .select(columns)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('verification as one')
        .innerJoin('workload', 'workload.id', 'one.workload_id')
        .select((inner) => inner.fn.max('one.id').as('id'))
        .where('workload.batch_id', '=', batchId)
        .groupBy('one.workload_id'),
    )
    .execute();
  return new Map(rows.map((row) => [Number(row.workload_id), toVerification(row)]));
}
