import type { ItemInfo } from '../../exchange/mail-store.ts';
import { keyText, type LedgerRow } from '../../store/ledger.ts';
import type { Job } from '../job.ts';
import { verdictOf } from './outcome.ts';
import { emptyOutcome, type Outcome } from './recorder.ts';

const AT_ONCE = 200;

/**
 * Before the target is changed for a row that has a counterpart: was the counterpart changed or removed by a person
 * meanwhile? The batch's policy decides: source wins, target wins, newest wins, or a person is asked.
 * @returns the rows that go on, and what became of the others
 */
export async function respectTarget(job: Job, rows: LedgerRow[]): Promise<{ go: LedgerRow[]; outcome: Outcome }> {
  const outcome = emptyOutcome();
  if (job.options.targetChanges === 'source') return { go: rows, outcome };
  const go: LedgerRow[] = [];
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const part = rows.slice(at, at + AT_ONCE);
    const there = part.filter((row) => row.targetId !== null);
    const states = await job.target.describe(
      there.map((row) => row.targetId ?? ''),
      { signal: job.context.signal },
    );
    const sourceTimes = await modifiedTimes(job, there);
    const changed = new Map<string, 'changed' | 'removed'>();
    const times = new Map<string, number | null>();
    for (const [index, row] of there.entries()) {
      const state = states[index];
      if (!state) continue;
      if (!state.ok) {
        if (verdictOf(state.error).kind === 'gone') changed.set(keyText(row.sourceKey), 'removed');
      } else if (row.targetChangeKey !== null && state.value.changeKey !== row.targetChangeKey) {
        changed.set(keyText(row.sourceKey), 'changed');
        times.set(keyText(row.sourceKey), state.value.modified);
      }
    }
    for (const row of part) {
      const key = keyText(row.sourceKey);
      const what = changed.get(key);
      if (what === undefined) go.push(row);
      else
        decide(job, row, what, { source: sourceTimes.get(key) ?? null, target: times.get(key) ?? null }, go, outcome);
    }
  }
  return { go, outcome };
}

function decide(
  job: Job,
  row: LedgerRow,
  what: 'changed' | 'removed',
  times: { source: number | null; target: number | null },
  go: LedgerRow[],
  outcome: Outcome,
): void {
  const reason = what === 'changed' ? 'changed in the target' : 'removed in the target';
  switch (job.options.targetChanges) {
    case 'source':
      go.push(row);
      return;
    case 'target':
      outcome.other.push({ ...row, state: 'kept', reason });
      return;
    case 'newest':
      if (what === 'changed' && (times.source ?? 0) > (times.target ?? 0)) go.push(row);
      else outcome.other.push({ ...row, state: 'kept', reason });
      return;
    case 'report':
      outcome.bad.push({ row: { ...row, state: 'bad' }, reason: 'conflict', message: reason });
  }
}

async function modifiedTimes(job: Job, rows: LedgerRow[]): Promise<Map<string, number | null>> {
  if (job.options.targetChanges !== 'newest') return new Map();
  const found = await job.source.describe(
    rows.map((row) => row.sourceId),
    { signal: job.context.signal },
  );
  return new Map(
    rows.map((row, index) => {
      const answer = found[index];
      const info: ItemInfo | undefined = answer?.ok ? answer.value : undefined;
      return [keyText(row.sourceKey), info?.modified ?? null];
    }),
  );
}
