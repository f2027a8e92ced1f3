import * as z from 'zod/mini';
import type { CheckGroup } from '../../core/domain/checks.ts';
import { MATCH_STATES, RECIPIENT_KINDS, STATES, type State } from '../../core/domain/words.ts';
import { preflightTexts } from './texts/preflight.ts';

/** What may stand in the addresses of the screens, so that a link shows the same thing; what is missing or wrong is left out. */

const lenient = <T extends z.core.$ZodType>(schema: T) => z.catch(z.optional(schema), undefined);
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => lenient(z.enum(values));
const text = lenient(z.string().check(z.maxLength(200)));
const row = lenient(z.int().check(z.positive()));
const flag = lenient(z.boolean());

export const forestsSearch = z.object({ edit: text, add: oneOf(['source', 'target']) });

export const preflightSearch = z.object({
  tab: oneOf(['ports']),
  check: text,
  from: text,
  to: text,
  q: text,
  group: oneOf(Object.keys(preflightTexts.groups) as [CheckGroup, ...CheckGroup[]]),
  findings: flag,
});

export const planSearch = z.object({
  tab: oneOf(['waves', 'timeline']),
  max: lenient(z.int().check(z.minimum(1), z.maximum(100_000))),
  gb: lenient(z.int().check(z.minimum(1), z.maximum(1_000_000))),
});

export const workersSearch = z.object({ row });

export const auditSearch = z.object({ row, action: text });

export const batchSearch = z.object({
  row,
  tab: oneOf(['cutover', 'mails']),
  q: text,
  state: oneOf(Object.keys(STATES) as [State, ...State[]]),
  sort: oneOf(['name', 'state', 'items', 'left', 'bad', 'bytes', 'priority']),
  down: flag,
});

export const recipientsSearch = z.object({
  row,
  q: text,
  side: oneOf(['source', 'target']),
  kind: oneOf(RECIPIENT_KINDS),
  department: lenient(z.string().check(z.maxLength(1000))),
  match: oneOf([...MATCH_STATES, 'none']),
  sort: oneOf(['name', 'mail', 'kind', 'department', 'changed']),
  down: flag,
});

export const matchesSearch = z.object({
  row,
  q: text,
  state: oneOf(MATCH_STATES),
  rule: text,
});

export const prepareSearch = z.object({
  row,
  plan: row,
  q: text,
  kind: oneOf(['add', 'modify', 'delete']),
  state: oneOf(['planned', 'writing', 'applied', 'stopped', 'failed', 'undoing', 'undone', 'kept']),
  forest: row,
  show: oneOf(['options', 'notes', 'check']),
});

export const reportsSearch = z.object({
  batch: row,
  tab: oneOf(['certificate', 'members', 'findings', 'badItems']),
});

export const foldersSearch = z.object({
  side: oneOf(['target', 'sizes']),
  below: text,
  q: text,
  depth: lenient(z.int().check(z.minimum(1), z.maximum(5))),
  sort: text,
  down: flag,
});
