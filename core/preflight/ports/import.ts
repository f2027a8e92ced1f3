import { z } from 'zod';
import type { CheckResult } from '../../domain/checks.ts';
import { UsageError } from '../../domain/errors.ts';
import { rowFacts } from '../checks/ports.ts';
import { ALL_ROWS } from './attempts.ts';
import type { PortTry } from './matrix.ts';
import { PORT_ENDS, type PortEnd, type PortOutcome } from './model.ts';
import type { PortResult } from './probe.ts';
import { RESULT_COLUMNS } from './script.ts';
import { questionFor } from './services.ts';
import { verdictOf } from './verdict.ts';

const end = z.enum(Object.keys(PORT_ENDS) as [PortEnd, ...PortEnd[]]);
const port = z.coerce.number().int().min(1).max(65_535);
/** One line of the result file that the script writes. */
const lineSchema = z.object({
  machine: z.string().min(1).max(255),
  row: z.coerce.number().int().min(1).max(999),
  from: end,
  to: end,
  host: z.string().min(1).max(255),
  protocol: z.enum(['tcp', 'udp']),
  port,
  portTo: z.union([z.literal('').transform(() => undefined), port]),
  decides: z.enum(['0', '1']),
  state: z.string().max(40),
  answer: z
    .string()
    .max(2048)
    .regex(/^(?:[0-9a-f]{2})*$/i),
  detail: z.string().max(1000),
  ms: z.coerce.number().int().min(0),
  at: z.string().max(40),
});
type Line = z.infer<typeof lineSchema>;

/**
 * Reads a result file and judges it as the program judges its own tries.
 * @returns for each machine in the file the results of its rows
 * @throws UsageError when the file is not one that the script wrote, with the line
 */
export async function readPortResults(text: string): Promise<Map<string, CheckResult[]>> {
  const { parse } = await import('csv-parse/sync');
  let records: unknown[];
  try {
    records = parse(text, { bom: true, columns: true, skip_empty_lines: true, relax_column_count: false });
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
  const lines = records.map((record, i) => {
    const parsed = lineSchema.safeParse(record);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw unreadable(`line ${i + 2}, ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
  });
  if (lines.length === 0) throw unreadable('it has no lines');
  const machines = Map.groupBy(lines, ({ machine }) => machine);
  return new Map([...machines].map(([machine, own]) => [machine, resultsOf(machine, own)]));
}

function unreadable(why: string): UsageError {
  return new UsageError({
    tried: 'import the port results',
    happened: `The file cannot be read as one: ${why}.`,
    next: `Give the CSV file that the script wrote, with the columns ${RESULT_COLUMNS.join(', ')}.`,
  });
}

function resultsOf(machine: string, lines: readonly Line[]): CheckResult[] {
  const byRow = Map.groupBy(lines, ({ row }) => row);
  return [...byRow].flatMap(([number, own]) => {
    const row = ALL_ROWS.find((one) => one.row === number);
    if (!row) return [];
    const hosts = Map.groupBy(own, ({ host }) => host);
    return [...hosts].map(([host, tries]): CheckResult => {
      const judged = tries.map((line): PortTry => {
        const { to, protocol, portTo } = line;
        const part = {
          from: row.from,
          to,
          host,
          protocol,
          port: line.port,
          ...(portTo === undefined ? {} : { portTo }),
        };
        return { ...part, row: row.row, decides: line.decides === '1', result: judge(line) };
      });
      return {
        ...rowFacts(row, host),
        machine,
        how: `The script that this program writes, run on ${machine} at ${tries[0]?.at ?? ''}.`,
        blocks: false,
        finding: verdictOf(row, judged, true),
        tookMs: Math.max(...tries.map(({ ms }) => ms)),
      };
    });
  });
}

const STATES: Record<string, PortOutcome> = {
  refused: 'closed',
  timeout: 'filtered',
  unreachable: 'filtered',
  unknownName: 'error',
  noMapping: 'error',
};

/** What the script saw, judged as a try of our own is (probe.ts). */
export function judge(line: Line): PortResult {
  const question = line.portTo === undefined ? questionFor(line.protocol, line.port, line.host) : undefined;
  const service = question ? { service: question.service } : {};
  const result = (outcome: PortOutcome, detail: string): PortResult => ({
    outcome,
    detail: line.detail === '' ? detail : `${detail}; ${line.detail}`,
    tookMs: line.ms,
    ...service,
  });
  switch (line.state) {
    case 'answered': {
      const verdict = question?.isAnswer(Buffer.from(line.answer, 'hex'));
      if (!question || verdict === true) return result('open', `${question?.service ?? 'the service'} answered`);
      return result('otherService', `something answers, but it is not ${question.service}`);
    }
    case 'connected':
      if (!question) return result('open', 'the connection was taken');
      return result('silent', `the connection was taken, but no ${question.service} answered`);
    case 'closed':
    case 'reset':
      if (line.protocol === 'udp') return result('closed', 'the host says that nothing listens on this port');
      if (!question) return result('open', 'the connection was taken');
      return result('otherService', `the connection was taken and closed without an answer of ${question.service}`);
    case 'timeout':
      if (line.protocol === 'udp')
        return result('noAnswer', 'no answer in time: filtered, or the service keeps silent');
      return result('filtered', 'no answer in time: a filter drops the packets, or the host is away');
    default:
      return result(STATES[line.state] ?? 'error', line.state);
  }
}
