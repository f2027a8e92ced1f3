import { z } from 'zod';
import { RECIPIENT_KINDS } from '../domain/words.ts';
import type { Expression, Subject } from './expression.ts';

/** Text of an expression. */
export const expressionSchema = z.string().trim().min(1).max(2000);

/** Which objects a rule is for; everything that is given must hold. */
export const scopeSchema = z.strictObject({
  types: z.array(z.enum(RECIPIENT_KINDS)).min(1).optional(),
  /** DN of an organisational unit: objects at any depth below it. */
  ou: z.string().min(1).optional(),
  /** Compared without case. */
  departments: z.array(z.string().min(1)).min(1).optional(),
  when: expressionSchema.optional(),
});
export type Scope = z.infer<typeof scopeSchema>;

/** Whether an object is one that a rule is for; undefined for every object. @throws ExpressionError */
export function inScope<S extends Subject>(
  scope: Scope | undefined,
  read: (text: string) => Expression<S>,
): ((o: S) => boolean) | undefined {
  if (!scope) return undefined;
  const when = scope.when === undefined ? undefined : read(scope.when);
  const types = scope.types && new Set(scope.types);
  const departments = scope.departments && new Set(scope.departments.map((d) => d.trim().toLowerCase()));
  const below = scope.ou === undefined ? undefined : read(`below(dn, ${JSON.stringify(scope.ou)})`);
  return (o) => {
    if (types && !types.has(o.kind)) return false;
    if (departments && !departments.has((o.attributes.department?.[0] ?? '').trim().toLowerCase())) return false;
    if (below && !below.holds(o)) return false;
    return when ? when.holds(o) : true;
  };
}
