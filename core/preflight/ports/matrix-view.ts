import type { CheckOutcome } from '../../domain/checks.ts';
import { CHECK_OUTCOMES } from '../../domain/checks.ts';
import type { StoredCheckResult } from '../../store/checks.ts';
import { safeCell } from '../report.ts';
import { ALL_ROWS } from './attempts.ts';
import { errataOf } from './errata.ts';
import { PORT_ENDS, type PortEnd, type PortHosts, type PortRow } from './model.ts';

/** How a row stands: from what was tried here, at workers, or read from a result file. */
export type RowState = CheckOutcome | 'elsewhere' | 'noHost';

export interface MatrixRow extends PortRow {
  state: RowState;
  hosts: readonly string[];
  errata: string[];
  results: StoredCheckResult[];
}

/** The matrix: every row with its state, and the worst of each pair of ends. */
export interface PortMatrix {
  rows: MatrixRow[];
  cells: { from: PortEnd; to: PortEnd; state: RowState; rows: number[] }[];
}

const RANK: Record<RowState, number> = {
  failed: CHECK_OUTCOMES.failed.rank,
  notTried: CHECK_OUTCOMES.notTried.rank,
  warning: CHECK_OUTCOMES.warning.rank,
  elsewhere: 2.5,
  passed: CHECK_OUTCOMES.passed.rank,
  notApplicable: CHECK_OUTCOMES.notApplicable.rank,
  noHost: 5,
};

/** @param results the newest results of group `ports`, from whatever machine */
export function portMatrix(results: readonly StoredCheckResult[], hosts: PortHosts): PortMatrix {
  const byRow = Map.groupBy(
    results.filter(({ group }) => group === 'ports'),
    ({ id }) => Number(/^ports\.row-(\d+)$/.exec(id)?.[1]),
  );
  const rows = ALL_ROWS.map((row): MatrixRow => {
    const own = byRow.get(row.row) ?? [];
    const known = hosts[row.to] ?? [];
    return {
      ...row,
      state: stateOf(row, own, known, hosts),
      hosts: known,
      errata: errataOf(row.row).map(({ truth, source }) => `${truth} (${source})`),
      results: own,
    };
  });
  const pairs = Map.groupBy(rows, ({ from, to }) => `${from} ${to}`);
  const cells = [...pairs.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const worst = group.map(({ state }) => state).sort((a, b) => RANK[a] - RANK[b])[0] ?? 'noHost';
    return [{ from: first.from, to: first.to, state: worst, rows: group.map(({ row }) => row) }];
  });
  return { rows, cells };
}

function stateOf(
  row: PortRow,
  results: readonly StoredCheckResult[],
  known: readonly string[],
  hosts: PortHosts,
): RowState {
  const worst = results.map(({ finding }) => finding.outcome).sort((a, b) => RANK[a] - RANK[b])[0];
  if (worst) return worst;
  if (known.length === 0 || (row.from !== 'console' && (hosts[row.from] ?? []).length === 0)) return 'noHost';
  return row.from === 'console' ? 'notTried' : 'elsewhere';
}

export const ROW_STATES: Record<RowState, string> = {
  failed: CHECK_OUTCOMES.failed.word,
  notTried: CHECK_OUTCOMES.notTried.word,
  warning: CHECK_OUTCOMES.warning.word,
  passed: CHECK_OUTCOMES.passed.word,
  notApplicable: CHECK_OUTCOMES.notApplicable.word,
  elsewhere: 'To be tried there (script)',
  noHost: 'No host is known',
};

/** The whole table as CSV for a network team: one line a row. */
export async function matrixCsv(matrix: PortMatrix): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const columns = [
    'row',
    'from',
    'to',
    'to_hosts',
    'protocol',
    'port',
    'component',
    'remark',
    'state',
    'tried_from',
    'found',
    'note',
  ];
  const lines = matrix.rows.map((row) =>
    [
      row.row,
      PORT_ENDS[row.from],
      PORT_ENDS[row.to],
      row.hosts.join(' '),
      row.protocols.join('/').toUpperCase(),
      row.portTo === undefined ? row.port : `${row.port}-${row.portTo}`,
      row.component,
      row.remark,
      ROW_STATES[row.state],
      [...new Set(row.results.map(({ machine }) => machine))].join(' '),
      row.results
        .map(({ object, finding }) => `${object}: ${'evidence' in finding ? finding.evidence.join('; ') : finding.why}`)
        .join(' | '),
      row.errata.join(' '),
    ].map(safeCell),
  );
  return stringify([columns, ...lines], { bom: true, record_delimiter: '\r\n' });
}
