import { toRecipient } from '../../../core/directory/recipient.ts';
import { Engine, type EngineOptions } from '../../../core/rationalize/engine.ts';
import type { MatchObject, MatchOutcome } from '../../../core/rationalize/model.ts';
import { matchObject } from '../../../core/rationalize/objects.ts';
import type { TruthForests, TruthObject } from './forests.ts';

export interface Quality {
  /** Source objects, and those of them that have a counterpart. */
  objects: number;
  pairs: number;
  matched: number;
  /** Matches by themselves that are right. */
  right: number;
  /** Of all automatic matches, the share that is right. */
  precision: number;
  /** Of all pairs there are, the share that was matched by itself. */
  recall: number;
  /** True pairs that wait for a person with the right target among the candidates. */
  queued: number;
  /** True pairs that are neither matched nor shown to anybody. */
  lost: number;
  /** Rows a person has to look at. */
  queue: number;
  wrong: Finding[];
  missed: Finding[];
}

export interface Finding {
  source: string;
  truth: string | null;
  outcome: MatchOutcome;
  found: string | null;
  cases: string[];
}

function objects(list: readonly TruthObject[], from: number): { objects: MatchObject[]; dns: Map<number, string> } {
  const dns = new Map<number, string>();
  const found = list.map((o, i) => {
    const recipient = toRecipient(o.dn, o.attributes);
    if (!recipient) throw new Error(`${o.dn} is no recipient`);
    dns.set(from + i, o.dn);
    return matchObject({ ...recipient, id: from + i });
  });
  return { objects: found, dns };
}

/** Matches generated forests and holds the outcome against the truth. */
export function evaluate(forests: TruthForests, options: EngineOptions = {}): Quality {
  const source = objects(forests.source, 1);
  const target = objects(forests.target, 10_000_001);
  const engine = new Engine(source.objects, target.objects, options);
  const q: Quality = {
    objects: 0,
    pairs: 0,
    matched: 0,
    right: 0,
    precision: 1,
    recall: 1,
    queued: 0,
    lost: 0,
    queue: 0,
    wrong: [],
    missed: [],
  };
  for (const outcome of engine.run()) {
    const dn = source.dns.get(outcome.sourceId) ?? '';
    const truth = forests.truth.get(dn) ?? null;
    const found = outcome.targetId === null ? null : (target.dns.get(outcome.targetId) ?? null);
    const finding = { source: dn, truth, outcome, found, cases: forests.cases.get(dn) ?? [] };
    q.objects++;
    if (truth !== null) q.pairs++;
    if (outcome.state === 'review' || outcome.state === 'conflict') q.queue++;
    if (outcome.state === 'matched') {
      q.matched++;
      if (found === truth) q.right++;
      else q.wrong.push(finding);
    } else if (truth !== null) {
      q.missed.push(finding);
      const waits = outcome.state === 'review' || outcome.state === 'conflict';
      if (waits && outcome.candidates.some((c) => c.targetDn === truth)) q.queued++;
      else q.lost++;
    }
  }
  q.precision = q.matched === 0 ? 1 : q.right / q.matched;
  q.recall = q.pairs === 0 ? 1 : q.right / q.pairs;
  return q;
}
