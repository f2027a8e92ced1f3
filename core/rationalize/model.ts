import type { Attributes } from '../domain/recipient.ts';
import type { MatchState, RecipientKind } from '../domain/words.ts';
import type { PersonName } from './text.ts';

/** What kinds can be the same thing on two sides. */
export type ObjectClass = 'person' | 'room' | 'shared' | 'contact' | 'group' | 'publicFolder';

/** A recipient as matching sees it: keys and words, prepared once. */
export interface MatchObject {
  id: number;
  guid: string;
  dn: string;
  kind: RecipientKind;
  class: ObjectClass;
  displayName: string;
  hidden: boolean;
  /** SMTP addresses and X500 addresses, by key. */
  smtp: string[];
  x500: string[];
  /** Where a contact or mail user forwards to. */
  target: string | undefined;
  mail: string | undefined;
  name: PersonName;
  /** looseKeys of given and family name, first given name first. */
  given: string[];
  family: string[];
  /** sAMAccountName, mailNickname and local parts, lower case, once each. */
  logins: string[];
  attributes: Attributes;
}

/** The objects of one side, by position: a plain array, or packed where there are too many for one (packed.ts). */
export interface Objects extends Iterable<MatchObject> {
  readonly length: number;
  at(position: number): MatchObject | undefined;
  filter(keep: (object: MatchObject) => boolean): Objects;
}

/** Why two objects are, or are not, the same. */
export interface Evidence {
  /** What was compared: an attribute, or `name`, `address`, `login`, `manager`, `type`. */
  key: string;
  verdict: 'equal' | 'similar' | 'differs' | 'info';
  source?: string;
  target?: string;
  /** Natural logarithm of how much more likely this is for the same object than for two; 0 says nothing. */
  weight: number;
  /** More, in words. */
  note?: string;
}

/** A target object that may be the source object. */
export interface MatchCandidate {
  targetId: number;
  targetGuid: string;
  targetDn: string;
  /** The rule that found it. */
  rule: string;
  /** Probability that it is the same object, given everything, before rivals are looked at; 0 to 1. */
  score: number;
  evidence: Evidence[];
}

export interface MatchOutcome {
  sourceId: number;
  state: MatchState;
  targetId: number | null;
  rule: string;
  /** 0 to 1. */
  score: number;
  /** The evidence for the target, or the reasons for the state. */
  evidence: Evidence[];
  /** Rivals, best first; for a match, the ones that were passed over. */
  candidates: MatchCandidate[];
}
