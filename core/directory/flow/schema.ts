import { z } from 'zod';
import { expressionSchema, scopeSchema } from '../scope.ts';

const attributeSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, 'an attribute is named in letters, digits and hyphens');

/** Where an attribute's values come from; exactly one is given. */
const origins = {
  /** The values of an attribute of the source object, as they are. */
  copy: attributeSchema.optional(),
  constant: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)]).optional(),
  expression: expressionSchema.optional(),
};

const oneOf = (names: readonly string[]) => (entry: object) =>
  names.filter((name) => (entry as Record<string, unknown>)[name] !== undefined).length === 1;
const ORIGINS = ['copy', 'constant', 'expression'];
const EXPORT_ORIGINS = [...ORIGINS, 'remap', 'leave'];

/** What the values of a source attribute become before anything else sees them. */
const importSchema = z
  .strictObject({ attribute: attributeSchema, ...origins, scope: scopeSchema.optional() })
  .refine(oneOf(ORIGINS), { message: `give one of ${ORIGINS.join(', ')}` });
export type ImportEntry = z.infer<typeof importSchema>;

const exportSchema = z
  .strictObject({
    attribute: attributeSchema,
    ...origins,
    /** An attribute of the source that refers to objects: each becomes its counterpart in the target. */
    remap: attributeSchema.optional(),
    /** The target's attribute is not touched. */
    leave: z.literal(true).optional(),
    /** An object that is there already: `fill` where it has no value, `replace` its values, or `keep` off it. */
    existing: z.enum(['fill', 'replace', 'keep']).default('fill'),
    scope: scopeSchema.optional(),
  })
  .refine(oneOf(EXPORT_ORIGINS), { message: `give one of ${EXPORT_ORIGINS.join(', ')}` });
export type ExportEntry = z.infer<typeof exportSchema>;

/** Attribute flow: what comes in from the source, and what goes out to the target, beside the built-in flow. */
export const flowSchema = z.strictObject({
  version: z.literal(1).default(1),
  import: z.array(importSchema).max(200).default([]),
  export: z.array(exportSchema).max(200).default([]),
});
export type Flow = z.output<typeof flowSchema>;
