import type { Attributes } from '../../../core/domain/recipient.ts';

/** A directory object of a generated forest. */
export interface TruthObject {
  dn: string;
  attributes: Attributes;
}

/**
 * Two forests of which is known who is who. `truth` has the target's DN for every source DN, or null where nothing in
 * the target is the same; `cases` names what is hard about an object.
 */
export interface TruthForests {
  source: TruthObject[];
  target: TruthObject[];
  truth: Map<string, string | null>;
  cases: Map<string, string[]>;
}
