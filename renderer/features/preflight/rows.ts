import { CHECK_GROUPS, CHECK_OUTCOMES, type CheckGroup, type CheckOutcome } from '../../../core/domain/checks.ts';
import type { Result } from './PreflightPage.tsx';

/** One check, with its results on all objects and from all machines. */
export interface CheckRow {
  id: string;
  title: string;
  group: CheckGroup;
  worst: CheckOutcome;
  results: Result[];
}

const rankOf = (outcome: CheckOutcome) => CHECK_OUTCOMES[outcome].rank;

/** The worst of several outcomes; undefined where there is none. */
export function worstOf(results: readonly Result[]): CheckOutcome | undefined {
  return results.map(({ finding }) => finding.outcome).sort((a, b) => rankOf(a) - rankOf(b))[0];
}

/** Rows of the matrix: by group in the order of the work, the worst first in each. Ports have a matrix of their own. */
export function rowsOf(results: readonly Result[]): CheckRow[] {
  const byId = Map.groupBy(results, ({ id }) => id);
  const rows = [...byId].flatMap(([id, own]): CheckRow[] => {
    const [first] = own;
    const worst = worstOf(own);
    if (!first || !worst) return [];
    const sorted = own.toSorted((a, b) => rankOf(a.finding.outcome) - rankOf(b.finding.outcome));
    return [{ id, title: first.title, group: first.group, worst, results: sorted }];
  });
  return rows.toSorted(
    (a, b) =>
      CHECK_GROUPS.indexOf(a.group) - CHECK_GROUPS.indexOf(b.group) ||
      rankOf(a.worst) - rankOf(b.worst) ||
      a.title.localeCompare(b.title),
  );
}
