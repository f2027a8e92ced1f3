import { z } from 'zod';
import { expressionSchema, scopeSchema } from '../../directory/scope.ts';

export const ruleNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, 'a rule is named in small letters, digits and hyphens, a letter first');

/** Objects of which the two expressions give the same text may be one object. */
const sidesSchema = z.strictObject({
  source: expressionSchema,
  /** The same as for the source unless given. */
  target: expressionSchema.optional(),
});

/** Places a built-in rule, the rest of them, or says that there shall be none. */
const useSchema = z.strictObject({ use: z.string().min(1) });

const joinSchema = z
  .strictObject({
    name: ruleNameSchema,
    /** What the evidence calls it; its name unless given. */
    label: z.string().min(1).max(60).optional(),
    source: expressionSchema.optional(),
    target: expressionSchema.optional(),
    /** Several ways in which the rule joins, in place of `source` and `target`. */
    any: z.array(sidesSchema).min(1).max(6).optional(),
    /** How often objects that share the value are one object, before the data has spoken; 0 to 1. */
    trust: z.number().min(0.01).max(0.9999).default(0.95),
    /** As how many observed pairs that assumption counts. */
    certainty: z.number().min(1).max(1e6).default(20),
    /** A value that more objects of one side hold ties nobody together. */
    maxHolders: z.int().min(1).max(50).optional(),
    /** Ties objects together whatever their names are; the data cannot take its trust away. */
    certain: z.boolean().default(false),
    scope: scopeSchema.optional(),
  })
  .refine((rule) => (rule.any === undefined) !== (rule.source === undefined), {
    message: 'give either source (and target), or any with a list of them',
  });
export type JoinRule = z.infer<typeof joinSchema>;

const filterSchema = z.strictObject({
  name: ruleNameSchema,
  when: expressionSchema,
  /** Why, for the person who looks for the object. */
  reason: z.string().min(1).max(200),
  /** A target object that is left out is nobody's match. */
  side: z.enum(['source', 'target']).default('source'),
  scope: scopeSchema.optional(),
});
export type FilterRule = z.infer<typeof filterSchema>;

const projectionSchema = z.strictObject({
  name: ruleNameSchema,
  when: expressionSchema,
  create: z.boolean(),
  scope: scopeSchema.optional(),
});
export type ProjectionRule = z.infer<typeof projectionSchema>;

/** An entry is a `use` or a rule; which of the two it was meant to be decides whose errors are told. */
function entries<T extends z.ZodType>(rule: T) {
  return z.array(
    z.unknown().transform((value, ctx) => {
      const placed = typeof value === 'object' && value !== null && 'use' in value;
      const read = (placed ? useSchema : rule).safeParse(value);
      if (read.success) return read.data as { use: string } | z.output<T>;
      for (const issue of read.error.issues) ctx.addIssue({ ...issue, input: value } as never);
      return z.NEVER;
    }),
  );
}

/**
 * Rules of one's own. Each section is in order of precedence. A section without `use` is put before the built-in rules of
 * that section; one with `use` has exactly what it lists.
 */
export const rulesSchema = z.strictObject({
  version: z.literal(1).default(1),
  joins: entries(joinSchema).default([]),
  filters: entries(filterSchema).default([]),
  /** Words in a custom attribute that leave an object out, in place of the built-in ones. */
  keywords: z.array(z.string().min(1)).optional(),
  /** Which objects without a match are created; the first rule that fits decides. */
  projection: entries(projectionSchema).default([]),
  thresholds: z
    .strictObject({
      match: z.number().min(0.5).max(1).optional(),
      matchByAddress: z.number().min(0.5).max(1).optional(),
      matchByName: z.number().min(0.5).max(1).optional(),
      review: z.number().min(0).max(1).optional(),
    })
    .optional(),
  /** Given names that stand for each other, beside the built-in ones. */
  nicknames: z.array(z.array(z.string().min(1)).min(2)).default([]),
});
export type Rules = z.output<typeof rulesSchema>;
export type RulesInput = z.input<typeof rulesSchema>;
