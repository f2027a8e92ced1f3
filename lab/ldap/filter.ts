import { Elements, MalformedBer, toBoolean, utf8 } from './ber.ts';

/** A search filter as it came (RFC 4511 4.5.1.7); values are bytes until the attribute's syntax reads them. */
export type Filter =
  | { kind: 'and' | 'or'; parts: Filter[] }
  | { kind: 'not'; part: Filter }
  | { kind: 'equal' | 'greaterOrEqual' | 'lessOrEqual' | 'approx'; attribute: string; value: Buffer }
  | {
      kind: 'substring';
      attribute: string;
      initial: Buffer | undefined;
      any: Buffer[];
      final: Buffer | undefined;
    }
  | { kind: 'present'; attribute: string }
  | {
      kind: 'extensible';
      rule: string | undefined;
      attribute: string | undefined;
      value: Buffer;
      dnAttributes: boolean;
    };

/** Deep enough for any filter a person or program writes, shallow enough for the stack. */
const deepest = 200;

/** Reads the filter at the reader's position. @throws MalformedBer */
export function readFilter(elements: Elements, depth = 0): Filter {
  if (depth > deepest) throw new MalformedBer('a filter nested too deeply');
  const { tag, content } = elements.next();
  const inner = new Elements(content);
  switch (tag) {
    case 0xa0:
    case 0xa1: {
      const parts: Filter[] = [];
      while (!inner.done) parts.push(readFilter(inner, depth + 1));
      return { kind: tag === 0xa0 ? 'and' : 'or', parts };
    }
    case 0xa2:
      return { kind: 'not', part: readFilter(inner, depth + 1) };
    case 0xa3:
      return assertion('equal', inner);
    case 0xa4:
      return substring(inner);
    case 0xa5:
      return assertion('greaterOrEqual', inner);
    case 0xa6:
      return assertion('lessOrEqual', inner);
    case 0x87:
      return { kind: 'present', attribute: utf8(content) };
    case 0xa8:
      return assertion('approx', inner);
    case 0xa9:
      return extensible(inner);
    default:
      throw new MalformedBer(`filter choice 0x${tag.toString(16)}`);
  }
}

function assertion(kind: 'equal' | 'greaterOrEqual' | 'lessOrEqual' | 'approx', inner: Elements): Filter {
  const attribute = inner.text();
  return { kind, attribute, value: inner.expect(0x04) };
}

function substring(inner: Elements): Filter {
  const attribute = inner.text();
  const pieces = new Elements(inner.expect(0x30));
  let initial: Buffer | undefined;
  let final: Buffer | undefined;
  const any: Buffer[] = [];
  if (pieces.done) throw new MalformedBer('a substring filter without substrings');
  while (!pieces.done) {
    const { tag, content } = pieces.next();
    if (tag === 0x80 && initial === undefined && any.length === 0) initial = content;
    else if (tag === 0x81 && final === undefined) any.push(content);
    else if (tag === 0x82 && final === undefined) final = content;
    else throw new MalformedBer('substrings out of order');
  }
  return { kind: 'substring', attribute, initial, any, final };
}

function extensible(inner: Elements): Filter {
  const rule = inner.optional(0x81);
  const attribute = inner.optional(0x82);
  const value = inner.expect(0x83);
  const dnAttributes = inner.optional(0x84);
  return {
    kind: 'extensible',
    rule: rule && utf8(rule),
    attribute: attribute && utf8(attribute),
    value,
    dnAttributes: dnAttributes !== undefined && toBoolean(dnAttributes),
  };
}
