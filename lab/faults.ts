import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../core/domain/errors.ts';

/**
 * Trouble on order: a file of rules says which calls go wrong, how, and how often. The same file, seed and order of calls
 * give the same trouble.
 */

const fault = z.discriminatedUnion('kind', [
  /** ErrorServerBusy with BackOffMilliseconds: a SOAP fault in HTTP 500, or a response message inside a 200. */
  z.strictObject({
    kind: z.literal('busy'),
    backOffMs: z.int().min(0).max(600_000).default(1000),
    form: z.enum(['http500', 'http200']).default('http500'),
  }),
  /** HTTP 503, as while requests queue. */
  z.strictObject({ kind: z.literal('unavailable'), retryAfterSeconds: z.int().min(0).max(3600).optional() }),
  /** HTTP 401 although the credentials are right; an NTLM connection has to authenticate again. */
  z.strictObject({ kind: z.literal('unauthorized') }),
  /** The connection is torn down: before the work is done, after it (the answer is lost), or within the answer. */
  z.strictObject({ kind: z.literal('drop'), when: z.enum(['before', 'after', 'middle']).default('before') }),
  /** The answer ends early, as if it were whole: the XML is not. */
  z.strictObject({ kind: z.literal('truncate'), fraction: z.number().min(0).max(1).default(0.5) }),
  /** Well-formed but short: exported data ends in `=== Truncated Data ===`, in the text or within the bytes. */
  z.strictObject({
    kind: z.literal('short'),
    fraction: z.number().min(0).max(1).default(0.5),
    form: z.enum(['text', 'bytes', 'silent']).default('text'),
  }),
  /** The answer drips. */
  z.strictObject({ kind: z.literal('slow'), bytesPerSecond: z.int().min(1) }),
  /** The work begins only after this. */
  z.strictObject({ kind: z.literal('latency'), ms: z.int().min(0).max(600_000) }),
  /** An item that cannot be read; once chosen it stays so for every operation that reads it whole. */
  z.strictObject({
    kind: z.literal('corruptItem'),
    code: z.enum(['ErrorCorruptData', 'ErrorItemCorrupt']).default('ErrorCorruptData'),
  }),
  /** ErrorInvalidSyncStateData for a sync state that was good. */
  z.strictObject({ kind: z.literal('staleSyncState') }),
  /** Any other EWS response code: for the whole call, or for each item it names. */
  z.strictObject({
    kind: z.literal('error'),
    code: z.string().regex(/^Error[A-Za-z0-9]+$/),
    scope: z.enum(['call', 'item']).default('item'),
  }),
]);
export type Fault = z.infer<typeof fault>;

const rule = z.strictObject({
  /** Name of the lab's organisation; both where left out. */
  organisation: z.string().optional(),
  /** EWS operations; all where left out. */
  operation: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  /** Address of the mailbox the call is about; `publicFolders` for the tree. */
  mailbox: z.string().optional(),
  /** Only this item: its id in the lab, its search key (hex) or its Message-ID. */
  item: z.string().optional(),
  /** Only items of this class or one derived from it. */
  itemClass: z.string().optional(),
  /** Matching calls (or items) that pass before the first fault. */
  skip: z.int().min(0).default(0),
  /** How many faults in all; endless where left out. */
  count: z.int().min(1).optional(),
  probability: z.number().min(0).max(1).default(1),
  fault,
});
export type FaultRule = z.infer<typeof rule>;

const plan = z.strictObject({ seed: z.int().default(1), rules: z.array(rule) });
export type FaultPlan = z.infer<typeof plan>;
/** A plan as one writes it, defaults left out. */
export type FaultPlanInput = z.input<typeof plan>;

/** A plan from JSON; throws UsageError naming what is wrong. */
export function parseFaults(json: unknown, name = 'the faults'): FaultPlan {
  const parsed = plan.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UsageError({
    tried: `use ${name}`,
    happened: `${z.prettifyError(parsed.error).replaceAll('\n', ' ')}.`,
    next: 'Correct the file; docs/lab.md lists the rules.',
  });
}

/** Reads `--faults FILE`; throws UsageError when it cannot be read or is no plan. */
export async function loadFaults(path: string): Promise<FaultPlan> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      {
        tried: `read the faults file ${path}`,
        happened: error instanceof SyntaxError ? 'it is no JSON.' : 'it cannot be read.',
        next: 'Name a JSON file with rules; docs/lab.md lists them.',
      },
      { cause: error },
    );
  }
  return parseFaults(json, path);
}

/** What a rule can look at in a call. */
export interface FaultCall {
  operation: string;
  mailbox: string;
}
/** What a rule can look at in an item. */
export interface FaultItem {
  id: string;
  searchKey: string;
  internetMessageId: string | null;
  itemClass: string;
}

const ITEM_KINDS = new Set<Fault['kind']>(['corruptItem', 'short']);
const isItemFault = (f: Fault) => ITEM_KINDS.has(f.kind) || (f.kind === 'error' && f.scope === 'item');

interface RuleState {
  rule: FaultRule;
  seen: number;
  done: number;
  random: () => number;
  /** Items a corruptItem rule has decided on, by id. */
  decided: Map<string, boolean>;
}

/** The faults of one organisation, with what has already happened. */
export class FaultInjector {
  readonly #states: RuleState[];

  constructor(faults: FaultPlan | undefined, organisation: string) {
    this.#states = (faults?.rules ?? []).flatMap((r, index) =>
      r.organisation === undefined || r.organisation === organisation
        ? [{ rule: r, seen: 0, done: 0, random: random((faults?.seed ?? 1) + index * 7919), decided: new Map() }]
        : [],
    );
  }

  get active(): boolean {
    return this.#states.length > 0;
  }

  /** Faults of the call as a whole, in the order of the rules. */
  forCall(call: FaultCall): Fault[] {
    const found: Fault[] = [];
    for (const state of this.#states) {
      const { rule } = state;
      if (isItemFault(rule.fault) || !matchesCall(rule, call)) continue;
      if (strikes(state)) found.push(rule.fault);
    }
    return found;
  }

  /** The fault of one item within a call, if any. */
  forItem(call: FaultCall, item: FaultItem): Fault | undefined {
    for (const state of this.#states) {
      const { rule } = state;
      if (!isItemFault(rule.fault) || !matchesCall(rule, call) || !matchesItem(rule, item)) continue;
      if (rule.fault.kind === 'corruptItem') {
        let corrupt = state.decided.get(item.id);
        if (corrupt === undefined) {
          corrupt = strikes(state);
          state.decided.set(item.id, corrupt);
        }
        if (corrupt) return rule.fault;
      } else if (strikes(state)) return rule.fault;
    }
    return undefined;
  }
}

function matchesCall(rule: FaultRule, call: FaultCall): boolean {
  const { operation, mailbox } = rule;
  if (operation !== undefined && operation !== '*') {
    if (typeof operation === 'string' ? operation !== call.operation : !operation.includes(call.operation))
      return false;
  }
  return mailbox === undefined || mailbox.toLowerCase() === call.mailbox.toLowerCase();
}

function matchesItem(rule: FaultRule, item: FaultItem): boolean {
  const { itemClass } = rule;
  if (itemClass !== undefined) {
    const has = item.itemClass.toLowerCase();
    const wanted = itemClass.toLowerCase();
    if (has !== wanted && !has.startsWith(`${wanted}.`)) return false;
  }
  return rule.item === undefined || [item.id, item.searchKey, item.internetMessageId].includes(rule.item);
}

function strikes(state: RuleState): boolean {
  const { rule } = state;
  if (rule.count !== undefined && state.done >= rule.count) return false;
  state.seen += 1;
  if (state.seen <= rule.skip) return false;
  if (rule.probability < 1 && state.random() >= rule.probability) return false;
  state.done += 1;
  return true;
}

/** mulberry32: a small generator whose sequence depends on the seed alone. */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
