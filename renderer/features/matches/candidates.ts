import type { Outputs } from '../../rpc/client.ts';

export type Shown = NonNullable<Outputs['match']['show']>;
export type Evidence = Shown['line']['evidence'][number];
export type RecipientObject = Shown['objects'][number];

export interface Candidate {
  id: number;
  dn: string;
  name: string;
  /** 0 to 1. */
  score: number;
  rule: string;
  evidence: Evidence[];
  /** The one it is matched with now. */
  current: boolean;
  object: RecipientObject | undefined;
}

/** Keys 1 to 9 choose, so there are no more. */
const MOST = 9;

/** The target objects that a decision is between: the one that is matched, then the rest, best first. */
export function candidatesOf({ line, objects }: Shown): Candidate[] {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const rest = line.candidates
    .filter(({ targetId }) => targetId !== line.targetId)
    .map(
      (one): Candidate => ({
        id: one.targetId,
        dn: one.targetDn,
        name: byId.get(one.targetId)?.displayName ?? one.targetDn,
        score: one.score,
        rule: one.rule,
        evidence: one.evidence,
        current: false,
        object: byId.get(one.targetId),
      }),
    )
    .toSorted((a, b) => b.score - a.score);
  if (line.targetId === null || line.targetDn === null) return rest.slice(0, MOST);
  const current: Candidate = {
    id: line.targetId,
    dn: line.targetDn,
    name: line.targetName ?? line.targetDn,
    score: line.score,
    rule: line.rule,
    evidence: line.evidence.filter(({ verdict }) => verdict !== 'info'),
    current: line.state === 'matched',
    object: byId.get(line.targetId),
  };
  return [current, ...rest].slice(0, MOST);
}

/** Attributes that people tell each other apart by, in the order they look at them. */
const ATTRIBUTES = [
  'displayName',
  'givenName',
  'sn',
  'mail',
  'proxyAddresses',
  'targetAddress',
  'sAMAccountName',
  'userPrincipalName',
  'mailNickname',
  'employeeID',
  'employeeNumber',
  'department',
  'title',
  'company',
  'telephoneNumber',
  'mobile',
  'physicalDeliveryOfficeName',
  'l',
];

export interface AttributeRow {
  name: string;
  source: string;
  /** By candidate; `same` where it agrees but for case. */
  targets: { text: string; same: boolean }[];
}

/** The rows of the comparison: attributes that at least one side has, and custom ones that speak for or against. */
export function rowsOf(source: RecipientObject, candidates: readonly Candidate[]): AttributeRow[] {
  const custom = Object.keys(source.attributes).filter(
    (name) => /^extensionAttribute\d+$/.test(name) && candidates.some((one) => one.object?.attributes[name]),
  );
  const rows = [...ATTRIBUTES, ...custom, 'dn'].map((name): AttributeRow => {
    const own = textOf(source, name);
    return {
      name,
      source: own,
      targets: candidates.map(({ object }) => {
        const text = object ? textOf(object, name) : '';
        return { text, same: text !== '' && text.toLowerCase() === own.toLowerCase() };
      }),
    };
  });
  return rows.filter((row) => row.source !== '' || row.targets.some(({ text }) => text !== ''));
}

function textOf(object: RecipientObject, name: string): string {
  if (name === 'dn') return object.dn;
  if (name === 'proxyAddresses') {
    return object.addresses
      .filter(({ kind }) => kind === 'smtp')
      .map(({ address }) => address)
      .sort()
      .join('\n');
  }
  return (object.attributes[name] ?? []).join('\n');
}
