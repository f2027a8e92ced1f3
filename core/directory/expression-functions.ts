import type { Environment } from '@marcbachmann/cel-js';
import { cleanSmtp, domainKey, parseProxyAddress, smtpKey, x500Key } from '../domain/addresses.ts';
import { tellingId } from '../domain/id-key.ts';
import { dnKey, isBelow } from './dn.ts';

/** The value of an attribute that an object does not have, and of everything made from it. */
export class Missing {}
export const MISSING = new Missing();

/** No function makes text longer than this, so that calls within calls cannot fill the memory. */
const LONGEST_RESULT = 16_384;

/** A function of text; a list is treated value by value, and what is missing stays so. */
export interface TextFunction {
  name: string;
  /** Parameters beside the text. */
  parameters: number;
  example: string;
  does: string;
  call(text: unknown, ...rest: unknown[]): unknown;
}

type OfText = (text: string, ...rest: string[]) => string;

function textFunction(name: string, parameters: number, example: string, does: string, make: OfText): TextFunction {
  const one = (text: unknown, rest: unknown[]): unknown => {
    if (typeof text !== 'string' || rest.some((r) => typeof r !== 'string')) return MISSING;
    const made = make(text, ...(rest as string[]));
    return made === '' || made.length > LONGEST_RESULT ? MISSING : made;
  };
  const call = (text: unknown, ...rest: unknown[]) =>
    Array.isArray(text) ? text.map((t) => one(t, rest)).filter((t) => t !== MISSING) : one(text, rest);
  return { name, parameters, example, does, call };
}

/** Each function with an example, as the documentation and the console list them. */
export const FUNCTIONS: readonly TextFunction[] = [
  textFunction('lower', 0, 'lower(mail)', 'in small letters', (s) => s.toLowerCase()),
  textFunction('upper', 0, 'upper(st)', 'in capitals', (s) => s.toUpperCase()),
  textFunction('trim', 0, 'trim(company)', 'without space at both ends', (s) => s.trim()),
  textFunction('squeeze', 0, 'squeeze(displayName)', 'one space where there are several', (s) =>
    s.trim().replace(/\s+/g, ' '),
  ),
  textFunction('strip', 1, 'strip(employeeID, "-/ ")', 'without these characters', strip),
  textFunction('digits', 0, 'digits(telephoneNumber)', 'only the digits', (s) => s.replace(/\D/g, '')),
  textFunction('plain', 0, 'plain(sn)', 'in small letters without accents', (s) =>
    s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase(),
  ),
  textFunction('part', 2, 'part(employeeID, 2, 6)', 'characters from a position on (0 is the first), so many', part),
  textFunction('before', 1, 'before(mail, "@")', 'what stands before a sign', (s, sign) => cutAt(s, sign)[0]),
  textFunction('after', 1, 'after(mail, "@")', 'what stands behind a sign', (s, sign) => cutAt(s, sign)[1]),
  textFunction('replace', 2, 'replace(company, "Ltd", "Limited")', 'with one text in place of another', (s, a, b) =>
    a === '' ? s : s.replaceAll(a, b),
  ),
  textFunction(
    'replaceDomain',
    2,
    'replaceDomain(mail, "old.example", "new.example")',
    'an address with another domain; addresses of other domains stay',
    replaceDomain,
  ),
  textFunction('domain', 0, 'domain(mail)', 'the domain of an address', (s) =>
    s.includes('@') ? domainKey(s.slice(s.lastIndexOf('@') + 1)) : '',
  ),
  textFunction('smtp', 0, 'smtp(all.proxyAddresses)', 'SMTP addresses in the form in which they are equal', (s) => {
    const proxy = parseProxyAddress(s);
    return proxy?.kind === 'smtp' ? smtpKey(proxy.address) : '';
  }),
  textFunction('x500', 0, 'x500(legacyExchangeDN)', 'an X500 address in the form in which it is equal', x500Key),
  textFunction('cleanAddress', 0, 'cleanAddress(mail)', 'an address without / and \\, which Exchange refuses', clean),
  textFunction('dn', 0, 'dn(manager)', 'a DN in the form in which it is equal', dnKey),
  textFunction('sid', 0, 'sid(objectSid)', 'the SID of an account; well-known ones like SELF are none', (s) =>
    s.startsWith('S-1-5-21-') ? s : '',
  ),
  textFunction(
    'id',
    0,
    'id(employeeID)',
    'a number or code without punctuation, leading zeros and placeholders',
    tellingId,
  ),
];

function part(text: string, from: string, length: string): string {
  const start = Number(from);
  return [...text].slice(start, start + Number(length)).join('');
}

function strip(text: string, characters: string): string {
  const drop = new Set(characters);
  return [...text].filter((c) => !drop.has(c)).join('');
}

function replaceDomain(address: string, from: string, to: string): string {
  const at = address.lastIndexOf('@');
  return at >= 0 && domainKey(address.slice(at + 1)) === domainKey(from) ? `${address.slice(0, at)}@${to}` : address;
}

function cutAt(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + sign.length)];
}

function clean(text: string): string {
  const proxy = parseProxyAddress(text);
  if (!proxy) return cleanSmtp(text);
  if (proxy.kind !== 'smtp') return text;
  const prefix = text.slice(0, text.length - text.trimStart().length + proxy.prefix.length + 1);
  return /^\s*smtp:/i.test(text) ? `${prefix.trim()}${cleanSmtp(proxy.address)}` : cleanSmtp(text);
}

/** Whether text is like a pattern with `*` and `?`; in steps that grow with both lengths, not faster. */
export function like(text: string, pattern: string): boolean {
  const [t, p] = [text.toLowerCase(), pattern.toLowerCase()];
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < t.length) {
    if (from < p.length && (p[from] === '?' || (p[from] === t[at] && p[from] !== '*'))) {
      at++;
      from++;
    } else if (p[from] === '*') {
      star = from++;
      mark = at;
    } else if (star >= 0) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (p[from] === '*') from++;
  return from === p.length;
}

/** Makes our functions known, and what an absent attribute means to CEL's own. */
export function registerFunctions(environment: Environment): void {
  const none = () => MISSING;
  environment
    .registerOperator('missing + string', none)
    .registerOperator('string + missing', none)
    .registerOperator('missing + missing', none)
    .registerOperator('missing == string', (_: unknown, text: unknown) => text === '');
  for (const name of ['startsWith', 'endsWith', 'contains']) {
    environment.registerFunction(`missing.${name}(string): bool`, (_: unknown, text: unknown) => text === '');
  }
  for (const name of ['lowerAscii(): dyn', 'upperAscii(): dyn', 'trim(): dyn', 'substring(int): dyn']) {
    environment.registerFunction(`missing.${name}`, none);
  }
  environment.registerFunction('missing.substring(int, int): dyn', none);
  environment.registerFunction('missing.size(): int', () => 0n);
  environment.registerFunction('size(missing): int', () => 0n);
  for (const f of FUNCTIONS) {
    const types = Array.from({ length: f.parameters }, () => (f.name === 'part' ? 'int' : 'string'));
    const call =
      f.name === 'part'
        ? (text: unknown, ...rest: unknown[]) => f.call(text, ...rest.map(String))
        : (text: unknown, ...rest: unknown[]) => f.call(text, ...rest);
    environment.registerFunction(`${f.name}(${['dyn', ...types].join(', ')}): dyn`, call);
  }
  const holds = (test: (text: string, other: string) => boolean) => (text: unknown, other: unknown) =>
    Array.isArray(text)
      ? text.some((t) => typeof t === 'string' && test(t, String(other)))
      : typeof text === 'string' && test(text, String(other));
  environment
    .registerFunction('like(dyn, string): bool', holds(like))
    .registerFunction('below(dyn, string): bool', holds(isBelow))
    .registerFunction('present(dyn): bool', (value: unknown) => value !== MISSING && value !== '')
    .registerFunction('either(dyn, dyn): dyn', (a: unknown, b: unknown) => (a === MISSING || a === '' ? b : a));
}

/** Functions that say yes or no, or choose, for the same lists. */
export const CONDITIONS = [
  { example: 'like(displayName, "Test*")', does: 'whether it is like a pattern with * and ?' },
  { example: 'below(dn, "OU=Sales,DC=a,DC=example")', does: 'whether a DN lies there' },
  { example: 'present(manager)', does: 'whether there is a value' },
  { example: 'either(mobile, telephoneNumber)', does: 'the first that has a value' },
] as const;
