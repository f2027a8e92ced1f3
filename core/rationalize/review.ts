import { dnKey } from '../directory/dn.ts';
import { MATCH_STATES, type MatchState } from '../domain/words.ts';
import type { DecisionChoice, MatchLine, StoredDecision, StoredEvidence } from '../store/matches.ts';

/** The columns of a review file; the first six are a contract, all of them may come back in any order. */
export const REVIEW_COLUMNS = [
  'source_dn',
  'target_dn',
  'state',
  'rule',
  'score',
  'evidence',
  'source_name',
  'source_mail',
  'source_kind',
  'target_name',
  'target_mail',
  'target_kind',
  'source_guid',
] as const;
export type ReviewColumn = (typeof REVIEW_COLUMNS)[number];
export type ReviewRow = Record<ReviewColumn, string>;

/** Candidates of a conflict or review stand in one cell, best first. */
export const CANDIDATE_SEPARATOR = ' | ';

/** A match as a row for people to look through. */
export function reviewRow(m: MatchLine): ReviewRow {
  const undecided = m.state === 'conflict' || m.state === 'review';
  const candidates = undecided ? m.candidates.map((c) => c.targetDn) : [];
  return {
    source_dn: m.sourceDn,
    target_dn: m.targetDn ?? candidates.join(CANDIDATE_SEPARATOR),
    state: m.state,
    rule: m.rule,
    score: m.score.toFixed(4),
    evidence: describeEvidence(m.evidence),
    source_name: m.sourceName,
    source_mail: m.sourceMail ?? '',
    source_kind: m.sourceKind,
    target_name: m.targetName ?? '',
    target_mail: m.targetMail ?? '',
    target_kind: m.targetKind ?? '',
    source_guid: m.sourceGuid,
  };
}

/** Evidence in words: `employeeID equal, family name differs (Müller / Schmidt)`. */
export function describeEvidence(evidence: readonly StoredEvidence[]): string {
  return evidence
    .map((e) => {
      if (e.verdict === 'info') return e.note ?? '';
      if (e.verdict === 'equal') return `${e.key} equal${e.source === undefined ? '' : ` (${e.source})`}`;
      const values =
        e.source === undefined && e.target === undefined ? '' : ` (${e.source ?? '-'} / ${e.target ?? '-'})`;
      return `${e.key} ${e.verdict}${values}${e.note ? `: ${e.note}` : ''}`;
    })
    .filter((text) => text !== '')
    .join('; ');
}

/** What an imported file would change. */
export interface ReviewPreview {
  rows: number;
  unchanged: number;
  changes: ReviewChange[];
  errors: { row: number; reason: string }[];
}
export interface ReviewChange {
  /** The row in the file, the heading being row 1. */
  row: number;
  sourceGuid: string;
  sourceDn: string;
  from: { state: MatchState; targetDn: string };
  to: { choice: DecisionChoice | 'clear'; targetGuid: string | null; targetDn: string };
}

/** What the preview looks objects up by. */
export interface ReviewLookup {
  /** The current match of a source object, by GUID or DN. */
  source(guid: string, dn: string): MatchLine | undefined;
  target(dn: string): { guid: string; dn: string } | undefined;
  decision(sourceGuid: string): StoredDecision | undefined;
}

/** Compares a reviewed file with the current matches; nothing is changed by it. */
export function previewReview(rows: readonly Partial<ReviewRow>[], lookup: ReviewLookup): ReviewPreview {
  const preview: ReviewPreview = { rows: rows.length, unchanged: 0, changes: [], errors: [] };
  const seen = new Map<string, number>();
  const taken = new Map<string, number>();
  rows.forEach((raw, i) => {
    const row = i + 2;
    const outcome = compareRow(raw, row, lookup);
    if (outcome === undefined) preview.unchanged++;
    else if ('reason' in outcome) preview.errors.push(outcome);
    else {
      const twice = seen.get(outcome.sourceGuid);
      const claimed = outcome.to.targetGuid ? taken.get(outcome.to.targetGuid) : undefined;
      if (twice !== undefined) preview.errors.push({ row, reason: `the same source object stands in row ${twice}` });
      else if (claimed !== undefined) {
        preview.errors.push({ row, reason: `row ${claimed} is given the same target object` });
      } else preview.changes.push(outcome);
      seen.set(outcome.sourceGuid, row);
      if (outcome.to.targetGuid) taken.set(outcome.to.targetGuid, row);
    }
  });
  return preview;
}

function compareRow(
  raw: Partial<ReviewRow>,
  row: number,
  lookup: ReviewLookup,
): ReviewChange | { row: number; reason: string } | undefined {
  const sourceDn = raw.source_dn?.trim() ?? '';
  const match = lookup.source(raw.source_guid?.trim().toLowerCase() ?? '', sourceDn);
  if (!match) return { row, reason: `there is no source object ${sourceDn || '(no DN given)'}` };
  const state = raw.state?.trim() ?? '';
  const targetDn = raw.target_dn?.trim() ?? '';
  const from = { state: match.state, targetDn: reviewRow(match).target_dn };
  if (state === match.state && sameTargets(targetDn, from.targetDn)) return undefined;
  const to = wanted(state, targetDn, match, lookup);
  if ('reason' in to) return { row, reason: to.reason };
  return { row, sourceGuid: match.sourceGuid, sourceDn: match.sourceDn, from, to };
}

function sameTargets(a: string, b: string): boolean {
  const keys = (text: string) => text.split(CANDIDATE_SEPARATOR).map(dnKey).join('|');
  return keys(a) === keys(b);
}

function wanted(
  state: string,
  targetDn: string,
  match: MatchLine,
  lookup: ReviewLookup,
): ReviewChange['to'] | { reason: string } {
  if (state === '' || state === 'auto') return { choice: 'clear', targetGuid: null, targetDn: '' };
  if (!isState(state)) return { reason: `"${state}" is no state; it is one of ${MATCH_STATES.join(', ')} or auto` };
  switch (state) {
    case 'matched':
      return matchedTo(targetDn, lookup);
    case 'create':
      return { choice: 'create', targetGuid: null, targetDn: '' };
    case 'unmatched':
      return { choice: 'none', targetGuid: null, targetDn: '' };
    case 'review':
    case 'conflict':
    case 'filtered':
      // A target alone, with the state left as it was, is how many people decide a conflict.
      if (state === match.state && targetDn !== '' && !targetDn.includes(CANDIDATE_SEPARATOR)) {
        return matchedTo(targetDn, lookup);
      }
      return { reason: `the state "${state}" cannot be set by hand; use matched, create, unmatched or auto` };
  }
}

function matchedTo(targetDn: string, lookup: ReviewLookup): ReviewChange['to'] | { reason: string } {
  if (targetDn === '') return { reason: 'it shall be matched, but no target_dn is given' };
  if (targetDn.includes(CANDIDATE_SEPARATOR)) return { reason: 'it shall be matched, but several targets are given' };
  const target = lookup.target(targetDn);
  if (!target) return { reason: `there is no target object ${targetDn}` };
  return { choice: 'match', targetGuid: target.guid, targetDn: target.dn };
}

function isState(text: string): text is MatchState {
  return (MATCH_STATES as readonly string[]).includes(text);
}
