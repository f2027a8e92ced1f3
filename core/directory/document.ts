import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../domain/errors.ts';
import { ExpressionError } from './expression.ts';

/** What is wrong in a file of rules, and where. */
export interface DocumentProblem {
  /** From 1. */
  line: number;
  column: number;
  /** The rule's name, where the place belongs to one. */
  rule: string | null;
  /** `joins[2].source`. */
  path: string;
  message: string;
}

/** A rule that cannot be used, and which entry it is. */
export class RuleError extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string, cause?: unknown) {
    super(message, { cause });
    this.path = path;
  }
}

/** Work that may find an expression wrong, with the place of the rule. @throws RuleError */
export function atPlace<T>(path: readonly (string | number)[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RuleError) throw error;
    throw new RuleError(path, error instanceof Error ? error.message : String(error), error);
  }
}

/** Bigger files are no rules. */
const LONGEST = 500_000;

/** A file of rules that was read, or everything that is wrong with it. */
export type DocumentReading<T> = { ok: true; value: T } | { ok: false; problems: DocumentProblem[] };

/**
 * Reads YAML or JSON (which is YAML) by a schema, and then by `check`, which throws a RuleError where what the schema
 * cannot see is wrong. Every problem is told with line, column and the rule's name.
 */
export function readDocument<S extends z.ZodType, T>(
  text: string,
  schema: S,
  check: (value: z.output<S>) => T,
): DocumentReading<T> {
  if (text.length > LONGEST) {
    const message = `the file is longer than ${LONGEST} characters`;
    return { ok: false, problems: [{ line: 1, column: 1, rule: null, path: '', message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const place = new Places(document, lines);
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map((e) => place.atOffset(e.pos[0], e.message)) };
  }
  let plain: unknown;
  try {
    // Aliases that multiply each other would fill the memory.
    plain = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    return { ok: false, problems: [place.atOffset(0, error instanceof Error ? error.message : String(error))] };
  }
  const read = schema.safeParse(plain);
  if (!read.success) return { ok: false, problems: read.error.issues.flatMap((issue) => place.ofIssue(issue)) };
  try {
    return { ok: true, value: check(read.data) };
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const offset = error.cause instanceof ExpressionError ? error.cause.at : 0;
    return { ok: false, problems: [place.atPath(error.path, error.message, offset)] };
  }
}

/** Finds the place in the text that a path in the document stands for. */
class Places {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  atOffset(offset: number, message: string): DocumentProblem {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), rule: null, path: '', message };
  }

  ofIssue(issue: z.core.$ZodIssue): DocumentProblem[] {
    const path = issue.path.filter((p): p is string | number => typeof p !== 'symbol');
    if (issue.code !== 'unrecognized_keys') return [this.atPath(path, issue.message)];
    return issue.keys.map((key) => {
      const at = this.#keyOffset(path, key) ?? this.#offset(path);
      return { ...this.atPath([...path, key], `there is no "${key}" here`), ...this.#position(at) };
    });
  }

  /** @param within characters into the value, where it is plain text */
  atPath(path: readonly (string | number)[], message: string, within = 0): DocumentProblem {
    return {
      ...this.#position(this.#offset(path) + this.#quote(path) + within),
      rule: this.#ruleAt(path),
      path: path.reduce<string>((text, p) => (typeof p === 'number' ? `${text}[${p}]` : text ? `${text}.${p}` : p), ''),
      message,
    };
  }

  #position(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Where the value begins; for what is missing, where that begins which it is missing from. */
  #offset(path: readonly (string | number)[]): number {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  }

  /** Text in quotes begins behind them. */
  #quote(path: readonly (string | number)[]): number {
    const node = path.length === 0 ? undefined : this.#document.getIn(path, true);
    return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? 1 : 0;
  }

  #keyOffset(path: readonly (string | number)[], key: string): number | undefined {
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (!isMap(map)) return undefined;
    for (const pair of map.items) {
      if (isNode(pair.key) && String(pair.key) === key) return pair.key.range?.[0];
    }
    return undefined;
  }

  #ruleAt(path: readonly (string | number)[]): string | null {
    if (typeof path[1] !== 'number') return null;
    for (const key of ['name', 'use', 'attribute']) {
      const name = this.#document.getIn([path[0], path[1], key]);
      if (typeof name === 'string') return name;
    }
    return null;
  }
}

/** Problems for people, one a line: `line 4, column 13, rule hr-number: …`. */
export function describeProblem(p: DocumentProblem): string {
  const rule = p.rule === null ? '' : `, rule ${p.rule}`;
  return `line ${p.line}, column ${p.column}${rule}: ${p.path === '' ? '' : `${p.path}: `}${p.message}`;
}

/** The value of a reading. @throws UsageError with every problem */
export function soundOrThrow<T>(reading: DocumentReading<T>, what: string): T {
  if (reading.ok) return reading.value;
  throw new UsageError({
    tried: `read ${what}`,
    happened: reading.problems.map(describeProblem).join('\n'),
    next: 'docs/rules.md shows every rule there is, with examples.',
  });
}
