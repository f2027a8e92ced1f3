import type { useTexts } from '../../app/texts.ts';
import { count } from '../../ui/figures.ts';
import type { Progress } from './PreparePage.tsx';

type ChangeState = Progress['counts'][number]['state'];
type Kind = Progress['counts'][number]['kind'];

/** How many changes are in one of the states. */
export function inStates({ counts }: Progress, states: readonly ChangeState[]): number {
  return counts.filter(({ state }) => states.includes(state)).reduce((sum, one) => sum + one.count, 0);
}

export const totalOf = ({ counts }: Progress): number => counts.reduce((sum, one) => sum + one.count, 0);

/** Whether this console writes or takes back just now. */
export const isBusy = (plan: Progress): boolean => plan.running;

/** How far writing or taking back is, 0 to 1. */
export function doneShare(plan: Progress): number {
  const total = totalOf(plan);
  if (total === 0) return 1;
  const done =
    plan.plan.state === 'undoing'
      ? inStates(plan, ['undone', 'kept', 'stopped', 'failed', 'planned'])
      : inStates(plan, ['applied', 'stopped', 'failed']);
  return done / total;
}

/** What a plan does in each forest: `47 new objects, 151 changes in Fabrikam`. */
export function partsOf(
  plan: Progress,
  names: ReadonlyMap<number, string>,
  t: ReturnType<typeof useTexts>['prepare'],
): string[] {
  return [...Map.groupBy(plan.counts, ({ forestId }) => forestId)].map(([forestId, counts]) => {
    const kinds = (['add', 'modify', 'delete'] as Kind[]).flatMap((kind) => {
      const n = counts.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.count, 0);
      return n > 0 ? [t.applyCounts[kind](count(n))] : [];
    });
    return t.applyPart(kinds.join(', '), names.get(forestId) ?? String(forestId));
  });
}

/** The forest that most of the plan is written to: its name is what has to be typed. */
export function mainForest(plan: Progress, names: ReadonlyMap<number, string>): string {
  const sums = new Map<number, number>();
  for (const { forestId, count: n } of plan.counts) sums.set(forestId, (sums.get(forestId) ?? 0) + n);
  const [most] = [...sums].toSorted((a, b) => b[1] - a[1]);
  return most ? (names.get(most[0]) ?? String(most[0])) : '';
}

export function sentenceOf(
  plan: Progress,
  names: ReadonlyMap<number, string>,
  t: ReturnType<typeof useTexts>['prepare'],
): string {
  const total = count(totalOf(plan));
  switch (plan.plan.state) {
    case 'planned':
      return t.sentences.planned(
        total,
        [...new Set(plan.counts.map(({ forestId }) => names.get(forestId) ?? String(forestId)))].join(', '),
      );
    case 'applying':
      return t.sentences.applying(count(inStates(plan, ['applied', 'stopped', 'failed'])), total);
    case 'applied':
      return t.sentences.applied(count(inStates(plan, ['applied'])), count(inStates(plan, ['stopped', 'failed'])));
    case 'undoing':
      return t.sentences.undoing(count(inStates(plan, ['undone', 'kept'])), total);
    case 'undone':
      return t.sentences.undone(count(inStates(plan, ['undone'])), count(inStates(plan, ['kept'])));
    case 'superseded':
      return t.sentences.superseded;
  }
}
