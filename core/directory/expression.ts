import { Environment } from '@marcbachmann/cel-js';
import type { Attributes } from '../domain/recipient.ts';
import type { RecipientKind } from '../domain/words.ts';
import { attributeName, RECIPIENT_ATTRIBUTES } from './attributes.ts';
import { parentDn } from './dn.ts';
import { FUNCTIONS, MISSING, Missing, registerFunctions } from './expression-functions.ts';

/*
 * Expressions are CEL (Common Expression Language, cel.dev): it has no loops of its own and no way to anything outside.
 * An attribute's name stands for its first value, `all.NAME` for the list of its values. An attribute that an object
 * does not have equals '' in a comparison, and whatever is built from it is no value: "x-" + employeeID gives nobody
 * without an employeeID the key "x-".
 */

/** What an expression sees of an object. */
export interface Subject {
  dn: string;
  kind: RecipientKind;
  attributes: Attributes;
}

/** Names that stand for more than an attribute; each is worked out only where an expression has it. */
export type Extras<S extends Subject> = Record<string, (subject: S) => string | boolean | readonly string[]>;

/** An expression that was read and found sound. */
export interface Expression<S extends Subject = Subject> {
  readonly text: string;
  /** The attributes it names as all.NAME: what a directory has beyond the usual is named like this alone. */
  readonly lists: readonly string[];
  /** Its values as text: none where an attribute it needs is missing, several where it makes a list. */
  values(subject: S): readonly string[];
  /** Whether it holds. */
  holds(subject: S): boolean;
}

/** Why text is no expression. */
export class ExpressionError extends Error {
  /** Where in the text, from 0. */
  readonly at: number;

  constructor(message: string, at: number, cause?: unknown) {
    super(message, { cause });
    this.at = at;
  }
}

/** Longer ones are nobody's rule. */
const LONGEST = 2000;
const LIMITS = { maxAstNodes: 300, maxDepth: 30, maxListElements: 100, maxMapEntries: 1, maxCallArguments: 8 };
/** A longer value is taken as none: no key, name or address comes near. */
const LONGEST_VALUE = 8192;
const MOST_VALUES = 10_000;

const BASICS: Extras<Subject> = { dn: (s) => s.dn, kind: (s) => s.kind, ou: (s) => safeParent(s.dn) };

/** Reads expressions in which the given names stand beside the attributes. */
export class ExpressionReader<S extends Subject> {
  readonly #extras: Extras<S>;
  readonly #environment: Environment;

  constructor(extras: Extras<S> = {}) {
    this.#extras = { ...BASICS, ...extras };
    const environment = new Environment({ limits: LIMITS }).registerType('missing', { ctor: Missing, fields: {} });
    registerFunctions(environment);
    for (const name of new Set([...RECIPIENT_ATTRIBUTES, ...Object.keys(this.#extras)])) {
      if (/^[A-Za-z_]\w*$/.test(name)) environment.registerVariable(name, 'dyn');
    }
    this.#environment = environment.registerVariable('all', 'map');
  }

  /** @throws ExpressionError */
  read(text: string): Expression<S> {
    if (text.length > LONGEST) throw new ExpressionError(`it is longer than ${LONGEST} characters`, 0);
    const parsed = this.#parse(text);
    const used = namesUsed(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) throw problemOf(checked.error);
    const getters = this.#getters(used);
    // One name, or functions of one: most rules are no more, and need no context to be made.
    const alone = this.#direct(parsed.ast);
    const evaluate = (subject: S): unknown => {
      try {
        return parsed(contextOf(subject, getters));
      } catch {
        // A value that does not suit a function (text behind its end) is no value.
        return MISSING;
      }
    };
    return {
      text,
      lists: getters.lists.map(([, attribute]) => attribute),
      values: alone ? (subject) => texts(alone(subject)) : (subject) => texts(evaluate(subject)),
      holds: (subject) => evaluate(subject) === true,
    };
  }

  #parse(text: string): Parsed {
    try {
      return this.#environment.parse(text) as unknown as Parsed;
    } catch (error) {
      throw problemOf(error);
    }
  }

  #getters(used: Used): Getters<S> {
    return {
      names: [...used.names].map((name) => [name, this.#getter(name)] as const),
      lists: [...used.lists].map((name) => [name, attributeName(name)] as const),
    };
  }

  #getter(name: string): (subject: S) => unknown {
    const extra = this.#extras[name];
    if (!extra) return (subject) => firstOf(subject.attributes[name]);
    return (subject) => {
      const value = extra(subject);
      return value === '' ? MISSING : value;
    };
  }

  /** A way past CEL for names, our functions of them and texts put together: what most rules are. */
  #direct(node: unknown): ((subject: S) => unknown) | undefined {
    if (!isNode(node)) return undefined;
    const { op, args } = node;
    if (op === 'id' && typeof args === 'string') return this.#getter(args);
    const list = listName(node);
    if (list !== undefined) return (subject) => listOf(subject.attributes[attributeName(list)]);
    if (!Array.isArray(args)) return undefined;
    if (op === '+') return this.#directSum(args);
    return op === 'call' ? this.#directCall(args) : undefined;
  }

  #directCall([name, args]: unknown[]): ((subject: S) => unknown) | undefined {
    const made = FUNCTIONS.find((f) => f.name === name);
    if (!made || !Array.isArray(args) || args.length !== made.parameters + 1) return undefined;
    const inner = this.#direct(args[0]);
    const rest = args.slice(1).map(literalOf);
    if (!inner || rest.includes(undefined)) return undefined;
    return rest.length === 0 ? (subject) => made.call(inner(subject)) : (subject) => made.call(inner(subject), ...rest);
  }

  #directSum(parts: unknown[]): ((subject: S) => unknown) | undefined {
    const sides = parts.map((part) => {
      const text = literalOf(part);
      return text === undefined || !isNode(part) || typeof part.args !== 'string' ? this.#direct(part) : () => text;
    });
    const [left, right] = sides;
    if (!left || !right || sides.length !== 2) return undefined;
    return (subject) => {
      const [a, b] = [left(subject), right(subject)];
      if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
      return typeof a === 'string' && typeof b === 'string' ? a + b : MISSING;
    };
  }
}

/** The text of a literal: a string, or a whole number as our functions take it. */
function literalOf(node: unknown): string | undefined {
  if (!isNode(node) || node.op !== 'value') return undefined;
  return typeof node.args === 'string' || typeof node.args === 'bigint' ? String(node.args) : undefined;
}

interface Parsed {
  (context: object): unknown;
  ast: unknown;
  check(): { valid: boolean; error?: unknown };
}

interface Getters<S> {
  names: (readonly [string, (subject: S) => unknown])[];
  lists: (readonly [string, string])[];
}

function contextOf<S extends Subject>(subject: S, { names, lists }: Getters<S>): object {
  const context: Record<string, unknown> = {};
  for (const [name, get] of names) context[name] = get(subject);
  if (lists.length > 0) {
    const all: Record<string, readonly string[]> = {};
    for (const [name, attribute] of lists) all[name] = listOf(subject.attributes[attribute]);
    context.all = all;
  }
  return context;
}

function firstOf(list: readonly string[] | undefined): string | Missing {
  const value = list?.[0];
  return value === undefined || value === '' || value.length > LONGEST_VALUE ? MISSING : value;
}

function listOf(list: readonly string[] | undefined): readonly string[] {
  if (!list) return [];
  const fits = list.every((v) => v.length <= LONGEST_VALUE) ? list : list.filter((v) => v.length <= LONGEST_VALUE);
  return fits.length > MOST_VALUES ? fits.slice(0, MOST_VALUES) : fits;
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'bigint' || typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap((v) => texts(v));
  return [];
}

function safeParent(dn: string): string {
  try {
    return parentDn(dn);
  } catch {
    return '';
  }
}

interface Node {
  op: string;
  args: unknown;
  start?: number;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'op' in value;

interface Used {
  names: Set<string>;
  lists: Set<string>;
}

/** Calls that repeat their last argument for each value of a list. */
const REPEATING = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);
/** A search pattern can take ages on the wrong text, and a name for a value doubles it at each step. */
const REFUSED: Record<string, string> = {
  matches: 'search patterns are not allowed: use like(TEXT, "A*"), startsWith, endsWith or contains',
  bind: 'bind is not allowed',
};

/** What an expression needs of an object; what would let its time grow beyond bounds is refused. */
function namesUsed(ast: unknown): Used {
  const used: Used = { names: new Set(), lists: new Set() };
  const visit = (value: unknown, bound: ReadonlySet<string>): void => {
    if (Array.isArray(value)) for (const v of value) visit(v, bound);
    if (!isNode(value)) return;
    const { op, args } = value;
    if (op === 'id' && typeof args === 'string') {
      if (args === 'all') throw new ExpressionError('write all.NAME for the values of an attribute', value.start ?? 0);
      if (!bound.has(args)) used.names.add(args);
      return;
    }
    const list = listName(value);
    if (list !== undefined) {
      if (bound.size > 0) throw new ExpressionError('a list within map or filter is not allowed', value.start ?? 0);
      used.lists.add(list);
      return;
    }
    if (op === 'rcall' && Array.isArray(args)) visitMethod(value, args, bound, visit);
    else visit(args, bound);
  };
  visit(ast, new Set());
  return used;
}

function visitMethod(
  node: Node,
  [name, receiver, rest]: unknown[],
  bound: ReadonlySet<string>,
  visit: (value: unknown, bound: ReadonlySet<string>) => void,
): void {
  const refused = REFUSED[String(name)];
  if (refused !== undefined) throw new ExpressionError(refused, node.start ?? 0);
  visit(receiver, bound);
  const [variable] = Array.isArray(rest) ? rest : [];
  if (!REPEATING.has(String(name)) || !isNode(variable) || typeof variable.args !== 'string') {
    visit(rest, bound);
    return;
  }
  if (bound.size > 0) throw new ExpressionError('map and filter within each other are not allowed', node.start ?? 0);
  visit(Array.isArray(rest) ? rest.slice(1) : [], new Set([variable.args]));
}

/** NAME of `all.NAME` and `all["NAME"]`. */
function listName({ op, args }: Node): string | undefined {
  if ((op !== '.' && op !== '[]') || !Array.isArray(args)) return undefined;
  const [from, name] = args as [unknown, unknown];
  if (!isNode(from) || from.op !== 'id' || from.args !== 'all') return undefined;
  const text = isNode(name) && name.op === 'value' ? name.args : name;
  return typeof text === 'string' ? text : undefined;
}

function problemOf(error: unknown): ExpressionError {
  const text = error instanceof Error ? error.message : String(error);
  const [happened = 'it cannot be read', ...picture] = text.split('\n');
  // The library draws the line with a caret below the place.
  const drawn = picture.find((line) => /^>\s*1 \| /.test(line));
  const caret = picture.at(-1)?.indexOf('^') ?? -1;
  const at = drawn && caret >= 0 ? caret - drawn.indexOf('| ') - 2 : 0;
  const call = /^found no matching overload for '(\w+)\(/.exec(happened)?.[1];
  if (call !== undefined) return new ExpressionError(wrongCall(call), Math.max(0, at), error);
  const unknown = /^Unknown variable: (\w+)/.exec(happened)?.[1];
  if (unknown === undefined) return new ExpressionError(happened, Math.max(0, at), error);
  const known = attributeName(unknown);
  const hint = known !== unknown ? `; it is written ${known}` : `; one of your own schema is written all.${unknown}`;
  return new ExpressionError(`there is no attribute or name "${unknown}"${hint}`, Math.max(0, at), error);
}

function wrongCall(name: string): string {
  const known = FUNCTIONS.find((f) => f.name === name);
  if (known) return `${name} is written like this: ${known.example}`;
  return `there is no function "${name}"; there are ${FUNCTIONS.map((f) => f.name).join(', ')}`;
}
