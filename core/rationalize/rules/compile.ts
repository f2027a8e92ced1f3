import { atPlace, RuleError } from '../../directory/document.ts';
import type { Expression } from '../../directory/expression.ts';
import { inScope } from '../../directory/scope.ts';
import type { IdentityKey } from '../identity.ts';
import type { KeysOf } from '../join.ts';
import type { MatchObject } from '../model.ts';
import { MOST_KEYS } from '../pairs.ts';
import type { FilterPolicy } from '../policy.ts';
import { BUILT_IN_FILTERS, BUILT_IN_JOINS, BUILT_IN_KEYWORDS, BUILT_IN_PROJECTION } from './built-in.ts';
import type { FilterRule, JoinRule, ProjectionRule, Rules } from './schema.ts';
import { ruleExpressions } from './vocabulary.ts';

/** Rules as the engine takes them, every expression compiled. */
export interface CompiledRules {
  keys: readonly IdentityKey[];
  filter: FilterPolicy;
  projects: (o: MatchObject) => boolean;
  nicknames: readonly (readonly string[])[];
  thresholds: Record<string, number>;
  /** Attributes that the rules name as all.NAME: discovery reads them beside its own list. */
  attributes: readonly string[];
}

type ReadExpression = (text: string) => Expression<MatchObject>;

export type Section = 'joins' | 'filters' | 'projection';
interface Placed<R> {
  rule: R;
  /** Where it stands in the file; empty for built-in rules that no `use` names. */
  path: readonly (string | number)[];
}

const REST = 'rest';
const NONE = 'none';

/**
 * The rules of a section in order, built-in ones where they are placed; a rule with the name of a built-in one stands in
 * for it. @throws RuleError
 */
function placed<R extends { name: string }>(
  section: Section,
  entries: readonly (R | { use: string })[],
  builtIn: readonly R[],
): Placed<R>[] {
  const named = new Set(entries.map((e) => ('use' in e ? e.use : e.name)));
  const rest = builtIn.filter((rule) => !named.has(rule.name)).map((rule) => ({ rule, path: [] }));
  const found = entries.flatMap((entry, i): Placed<R>[] => {
    const path = [section, i];
    if (!('use' in entry)) return [{ rule: entry, path }];
    if (entry.use === NONE) return [];
    if (entry.use === REST) return rest;
    const rule = builtIn.find((one) => one.name === entry.use);
    if (rule) return [{ rule, path }];
    const names = builtIn.map((one) => one.name).join(', ');
    throw new RuleError(
      [...path, 'use'],
      `there is no built-in rule "${entry.use}"; there are ${names}, rest and none`,
    );
  });
  const all = entries.some((e) => 'use' in e) ? found : [...found, ...rest];
  const seen = new Set<string>();
  for (const { rule, path } of all) {
    if (seen.has(rule.name)) {
      throw new RuleError([...path, 'name'], `another rule of the section is called "${rule.name}"`);
    }
    seen.add(rule.name);
  }
  return all;
}

/** @throws RuleError */
export function compileRules(rules: Rules): CompiledRules {
  const attributes = new Set<string>();
  const read: ReadExpression = (text) => {
    const expression = ruleExpressions().read(text);
    for (const name of expression.lists) attributes.add(name);
    return expression;
  };
  const joins = placed('joins', rules.joins, BUILT_IN_JOINS);
  if (joins.length > MOST_KEYS) {
    throw new RuleError(
      ['joins'],
      `there are ${joins.length} joins with the built-in ones; there is room for ${MOST_KEYS}`,
    );
  }
  const filters = placed('filters', rules.filters, BUILT_IN_FILTERS).map((f) => compileFilter(f, read));
  const projection = placed('projection', rules.projection, BUILT_IN_PROJECTION).map((p) => compileProjection(p, read));
  return {
    keys: joins.map((j) => compileJoin(j, read)),
    filter: {
      source: filters.filter((f) => f.side === 'source'),
      target: filters.filter((f) => f.side === 'target'),
      keywords: rules.keywords ?? BUILT_IN_KEYWORDS,
    },
    projects: (o) => projection.find((rule) => rule.holds(o))?.create ?? false,
    nicknames: rules.nicknames,
    thresholds: Object.fromEntries(Object.entries(rules.thresholds ?? {}).filter(([, v]) => v !== undefined)),
    attributes: [...attributes],
  };
}

const BUILT_IN_NAMES: ReadonlySet<string> = new Set(BUILT_IN_JOINS.map((rule) => rule.name));
const CERTAIN_BY_WORD = 0.999_999_9;

/** Values of several ways of one rule do not mix; with one way the values stand by themselves. */
const PREFIXES = ['a>', 'b>', 'c>', 'd>', 'e>', 'f>'];

function compileJoin({ rule, path }: Placed<JoinRule>, read: ReadExpression): IdentityKey {
  const sides = rule.any ?? [{ source: rule.source ?? '', target: rule.target }];
  const scope = atPlace([...path, 'scope'], () => inScope(rule.scope, read));
  const place = (i: number, side: string) => (rule.any ? [...path, 'any', i, side] : [...path, side]);
  const ways = sides.map((side, i) => {
    const source = atPlace(place(i, 'source'), () => read(side.source));
    const { target } = side;
    const other = target === undefined ? source : atPlace(place(i, 'target'), () => read(target));
    return { source, target: other, prefix: sides.length > 1 ? (PREFIXES[i] ?? '') : '' };
  });
  const keysOf =
    (side: 'source' | 'target'): KeysOf<MatchObject> =>
    (o, add) => {
      if (side === 'source' && scope && !scope(o)) return;
      for (const way of ways) for (const text of way[side].values(o)) add(way.prefix + text);
    };
  const [only] = ways;
  // One expression for both sides without a prefix: the most common rule by far.
  const plain: KeysOf<MatchObject> | undefined =
    only && ways.length === 1 && !scope
      ? (o, add) => {
          for (const text of only.source.values(o)) add(text);
        }
      : undefined;
  const source = plain ?? keysOf('source');
  return {
    name: rule.name,
    label: rule.label ?? rule.name,
    // A person's own certain rule stands against names that differ, as no observation would.
    trust: rule.certain && !BUILT_IN_NAMES.has(rule.name) ? CERTAIN_BY_WORD : rule.trust,
    certainty: rule.certainty,
    ...(rule.maxHolders !== undefined && { maxHolders: rule.maxHolders }),
    ...(rule.certain && { hard: true }),
    source,
    target: plain && only?.source === only?.target ? plain : keysOf('target'),
  };
}

function compileFilter({ rule, path }: Placed<FilterRule>, read: ReadExpression) {
  const when = atPlace([...path, 'when'], () => read(rule.when));
  const scope = atPlace([...path, 'scope'], () => inScope(rule.scope, read));
  const { name, reason, side } = rule;
  return { name, reason, side, holds: (o: MatchObject) => (scope?.(o) ?? true) && when.holds(o) };
}

function compileProjection({ rule, path }: Placed<ProjectionRule>, read: ReadExpression) {
  const when = atPlace([...path, 'when'], () => read(rule.when));
  const scope = atPlace([...path, 'scope'], () => inScope(rule.scope, read));
  return { create: rule.create, holds: (o: MatchObject) => (scope?.(o) ?? true) && when.holds(o) };
}

let builtIn: CompiledRules | undefined;

/** The built-in rules alone. */
export function builtInRules(): CompiledRules {
  builtIn ??= compileRules({ version: 1, joins: [], filters: [], projection: [], nicknames: [] });
  return builtIn;
}
