import { z } from 'zod';
import { CHECK_GROUPS } from '../../core/domain/checks.ts';
import { MATCH_STATES, RECIPIENT_KINDS, STATES, type State } from '../../core/domain/words.ts';

/** What may stand in the addresses of the screens, so that a link shows the same thing. Nothing wrong in it does harm. */
const text = z.string().max(200).optional().catch(undefined);
const row = z.int().positive().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

export const forestsSearch = z.object({ edit: text, add: z.enum(['source', 'target']).optional().catch(undefined) });

export const preflightSearch = z.object({
  tab: z.literal('ports').optional().catch(undefined),
  check: text,
  from: text,
  to: text,
  q: text,
  group: z.enum(CHECK_GROUPS).optional().catch(undefined),
  findings: flag,
});

export const planSearch = z.object({
  tab: z.enum(['waves', 'timeline']).optional().catch(undefined),
  max: z.int().min(1).max(100_000).optional().catch(undefined),
  gb: z.int().min(1).max(1_000_000).optional().catch(undefined),
});

export const workersSearch = z.object({ row });

export const auditSearch = z.object({ row, action: text });

export const batchSearch = z.object({
  row,
  tab: z.enum(['cutover', 'mails']).optional().catch(undefined),
  q: text,
  state: z
    .enum(Object.keys(STATES) as [State, ...State[]])
    .optional()
    .catch(undefined),
  sort: z.enum(['name', 'state', 'items', 'left', 'bad', 'bytes', 'priority']).optional().catch(undefined),
  down: flag,
});

export const recipientsSearch = z.object({
  row,
  q: text,
  side: z.enum(['source', 'target']).optional().catch(undefined),
  kind: z.enum(RECIPIENT_KINDS).optional().catch(undefined),
  department: z.string().max(1000).optional().catch(undefined),
  match: z
    .enum([...MATCH_STATES, 'none'])
    .optional()
    .catch(undefined),
  sort: z.enum(['name', 'mail', 'kind', 'department', 'changed']).optional().catch(undefined),
  down: flag,
});

export const matchesSearch = z.object({
  row,
  q: text,
  state: z.enum(MATCH_STATES).optional().catch(undefined),
  rule: text,
});

export const prepareSearch = z.object({
  row,
  plan: row,
  q: text,
  kind: z.enum(['add', 'modify', 'delete']).optional().catch(undefined),
  state: z
    .enum(['planned', 'writing', 'applied', 'stopped', 'failed', 'undoing', 'undone', 'kept'])
    .optional()
    .catch(undefined),
  forest: row,
  show: z.enum(['options', 'notes', 'check']).optional().catch(undefined),
});

export const reportsSearch = z.object({
  batch: row,
  tab: z.enum(['certificate', 'members', 'findings', 'badItems']).optional().catch(undefined),
});

export const foldersSearch = z.object({ side: z.literal('target').optional().catch(undefined) });
