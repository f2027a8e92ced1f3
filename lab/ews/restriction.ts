import { PropType, type PropValue } from '../../core/domain/mapi/model.ts';
import { filetimeToMs } from '../../core/domain/mapi/time.ts';
import { EwsError } from './errors.ts';
import { type FieldPath, fieldPath, isPath } from './paths.ts';
import { parseDateTime } from './xml/dates.ts';
import { child, type XmlNode } from './xml/node.ts';

/** A value as restrictions and sort orders compare it. Times are ms since the epoch. */
export type Comparable =
  | { kind: 'text'; value: string }
  | { kind: 'texts'; value: string[] }
  | { kind: 'number'; value: number | bigint }
  | { kind: 'time'; value: number }
  | { kind: 'boolean'; value: boolean }
  /** Lower-case hex. */
  | { kind: 'binary'; value: string };

/** Gives the value of a property of one object; undefined where it has none. */
export type ValueOf = (path: FieldPath) => Comparable | undefined;
/** Whether an object meets a restriction. */
export type Test = (get: ValueOf) => boolean;

/** Compiles the content of a Restriction element ([MS-OXWSSRCH] 2.2.4); throws ErrorInvalidRestriction. */
export function compileRestriction(node: XmlNode | undefined): Test {
  const expression = node?.children[0];
  return expression ? compile(expression, 0) : () => true;
}

function compile(node: XmlNode, depth: number): Test {
  if (depth > 32) throw invalid('It is nested too deeply.');
  switch (node.name) {
    case 'And': {
      const tests = node.children.map((c) => compile(c, depth + 1));
      return (get) => tests.every((t) => t(get));
    }
    case 'Or': {
      const tests = node.children.map((c) => compile(c, depth + 1));
      return (get) => tests.some((t) => t(get));
    }
    case 'Not': {
      const [inner] = node.children;
      if (!inner) throw invalid('Not needs an expression.');
      const test = compile(inner, depth + 1);
      return (get) => !test(get);
    }
    case 'Exists': {
      const path = pathOf(node);
      return (get) => get(path) !== undefined;
    }
    case 'Excludes':
      return compileExcludes(node);
    case 'Contains':
      return compileContains(node);
    default:
      return compileComparison(node);
  }
}

function compileExcludes(node: XmlNode): Test {
  const path = pathOf(node);
  const mask = Number(child(node, 'Bitmask')?.attributes.Value);
  if (!Number.isInteger(mask)) throw invalid('Bitmask is no number.');
  return (get) => {
    const value = get(path);
    return value?.kind === 'number' && (Number(value.value) & mask) === 0;
  };
}

function compileContains(node: XmlNode): Test {
  const path = pathOf(node);
  const constant = child(node, 'Constant')?.attributes.Value ?? '';
  const comparison = node.attributes.ContainmentComparison ?? 'Exact';
  const fold = (text: string) => {
    const marks = /NonSpac/.test(comparison) || comparison.startsWith('Loose');
    const plain = marks ? text.normalize('NFD').replace(/\p{Mn}/gu, '') : text;
    return /IgnoreCase|Loose/.test(comparison) ? plain.toLowerCase() : plain;
  };
  const wanted = fold(constant);
  const mode = node.attributes.ContainmentMode ?? 'FullString';
  const meets = (text: string): boolean => {
    const has = fold(text);
    switch (mode) {
      case 'FullString':
        return has === wanted;
      case 'Prefixed':
        return has.startsWith(wanted);
      case 'PrefixOnWords':
        return has.split(/\s+/).some((word) => word.startsWith(wanted));
      default:
        return has.includes(wanted);
    }
  };
  return (get) => {
    const value = get(path);
    if (!value) return false;
    if (value.kind === 'text') return meets(value.value);
    if (value.kind === 'texts') return value.value.some(meets);
    if (value.kind === 'binary') return value.value.includes(Buffer.from(constant, 'base64').toString('hex'));
    throw new EwsError('ErrorContainsFilterWrongType', 'The Contains filter can only be used for string properties.');
  };
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  IsEqualTo: (o) => o === 0,
  IsNotEqualTo: (o) => o !== 0,
  IsGreaterThan: (o) => o > 0,
  IsGreaterThanOrEqualTo: (o) => o >= 0,
  IsLessThan: (o) => o < 0,
  IsLessThanOrEqualTo: (o) => o <= 0,
};

function compileComparison(node: XmlNode): Test {
  const holds = COMPARISONS[node.name];
  if (!holds) throw invalid(`${node.name} is not known.`);
  const path = pathOf(node);
  const operand = child(node, 'FieldURIOrConstant')?.children[0];
  if (!operand) throw invalid('FieldURIOrConstant is missing.');
  const missing = node.name === 'IsNotEqualTo';
  if (isPath(operand)) {
    const other = fieldPath(operand);
    return (get) => {
      const [a, b] = [get(path), get(other)];
      return a && b ? holds(compare(a, b)) : missing && a !== b;
    };
  }
  const constant = operand.attributes.Value ?? '';
  let parsed: Comparable | undefined;
  return (get) => {
    const value = get(path);
    if (!value) return missing;
    // The constant is text; the property's kind says how to read it.
    if (!parsed || parsed.kind !== value.kind) parsed = readConstant(constant, value.kind);
    if (value.kind === 'texts') {
      const found = value.value.some((v) => v.toLowerCase() === constant.toLowerCase());
      return node.name === 'IsNotEqualTo' ? !found : found;
    }
    return holds(compare(value, parsed));
  };
}

function readConstant(text: string, kind: Comparable['kind']): Comparable {
  switch (kind) {
    case 'text':
      return { kind, value: text };
    case 'texts':
      return { kind, value: [text] };
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || Number.isNaN(value)) throw invalid('The constant is no number.');
      return { kind, value: Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text) };
    }
    case 'time':
      return { kind, value: parseDateTime(text) };
    case 'boolean':
      return { kind, value: text.trim().toLowerCase() === 'true' || text.trim() === '1' };
    case 'binary':
      return { kind, value: Buffer.from(text, 'base64').toString('hex') };
  }
}

/** Orders two values: negative, zero or positive; text without regard to case, as Exchange does. */
export function compare(a: Comparable, b: Comparable): number {
  const [x, y] = [plain(a), plain(b)];
  if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : x > y ? 1 : 0;
  if (typeof x !== 'string' && typeof y !== 'string') return x < y ? -1 : x > y ? 1 : 0;
  throw invalid('The two properties cannot be compared.');
}

function plain(value: Comparable): string | number | bigint {
  switch (value.kind) {
    case 'text':
      return value.value.toLowerCase();
    case 'texts':
      return value.value.join(';').toLowerCase();
    case 'boolean':
      return value.value ? 1 : 0;
    default:
      return value.value;
  }
}

/** A MAPI value as restrictions compare it. */
export function comparableOf(type: number, value: PropValue): Comparable | undefined {
  if (Array.isArray(value)) {
    return {
      kind: 'texts',
      value: value.map((v) => (v instanceof Uint8Array ? Buffer.from(v).toString('base64') : String(v))),
    };
  }
  if (value instanceof Uint8Array) {
    if (type === PropType.String8) return { kind: 'text', value: new TextDecoder('windows-1252').decode(value) };
    return { kind: 'binary', value: Buffer.from(value).toString('hex') };
  }
  switch (typeof value) {
    case 'string':
      return { kind: 'text', value };
    case 'boolean':
      return { kind: 'boolean', value };
    case 'bigint':
      return type === PropType.Time ? { kind: 'time', value: filetimeToMs(value) } : { kind: 'number', value };
    default:
      return { kind: 'number', value };
  }
}

function pathOf(node: XmlNode): FieldPath {
  const path = node.children.find(isPath);
  if (!path) throw invalid('The property is missing.');
  return fieldPath(path);
}

function invalid(why: string): EwsError {
  return new EwsError('ErrorInvalidRestriction', `The restriction is invalid. ${why}`);
}
