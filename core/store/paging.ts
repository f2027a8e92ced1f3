import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';

/**
 * Lists are read in pages by key: the next page begins after the last row of this one, so page 900 costs what page 1
 * costs. To jump into the middle of a long list, `anchors` gives the key before each page in one pass.
 */
export const cursorSchema = z.object({ value: z.union([z.string(), z.number()]), id: z.int() });
export type Cursor = z.infer<typeof cursorSchema>;

export interface Order {
  /** What the list is sorted by; never null (wrap it in coalesce). */
  by: RawBuilder<string | number>;
  id: RawBuilder<number>;
  descending: boolean;
}

/** True for rows that come after a cursor in this order. */
export function afterCursor(order: Order, cursor: Cursor): RawBuilder<SqlBool> {
  const beyond = order.descending ? sql`<` : sql`>`;
  return sql<SqlBool>`(${order.by} ${beyond} ${cursor.value} OR (${order.by} = ${cursor.value} AND ${order.id} > ${cursor.id}))`;
}

/** The ORDER BY list; ids break ties upwards in both directions. */
export function orderBy(order: Order): RawBuilder<unknown> {
  return order.descending ? sql`${order.by} DESC, ${order.id}` : sql`${order.by}, ${order.id}`;
}

/** `LIKE` pattern for "contains", with the text's own wildcards escaped by `!`: use it as `x LIKE ${p} ESCAPE '!'`. */
export function containing(text: string): string {
  return `%${text.replace(/[!%_[\]]/g, (sign) => `!${sign}`)}%`;
}
